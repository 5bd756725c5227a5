"""Agreement of predictions with people's scores: the figures of a quality study, and tests of differences between models.

Figures and tests are those of VQEG's reports and of ITU-T P.1401.
"""

from __future__ import annotations

import warnings
from dataclasses import asdict, dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import OptimizeWarning, curve_fit
from scipy.stats import f as f_distribution
from scipy.stats import kendalltau, norm, pearsonr, spearmanr

SIGNIFICANCE = 0.05
FIGURES = ("srocc", "krocc", "plcc", "plcc_fitted", "rmse")


@dataclass(frozen=True)
class Agreement:
    """Predictions against people's scores.

    Attributes:
        srocc: Spearman's rank-order correlation.
        krocc: Kendall's tau-b.
        plcc: Pearson's linear correlation of the raw predictions.
        plcc_fitted: the same after VQEG's four-parameter logistic was fitted to them.
        rmse: root mean squared error after that logistic, in points.
        photos: how many.
    """

    srocc: float
    krocc: float
    plcc: float
    plcc_fitted: float
    rmse: float
    photos: int

    def to_dict(self) -> dict[str, float]:
        """Rounded to four places."""
        return {name: round(value, 4) for name, value in asdict(self).items()}


def agreement(predicted: ArrayLike, truth: ArrayLike) -> Agreement:
    """The figures of `predicted` (N,) against `truth` (N,), in points of the scale of `truth`.

    Raises:
        ValueError: there are fewer than five, or all predictions or all truths are equal.
    """
    predicted, truth = np.asarray(predicted, dtype=float), np.asarray(truth, dtype=float)
    if len(predicted) < 5 or np.ptp(predicted) == 0 or np.ptp(truth) == 0:
        raise ValueError(
            f"{len(predicted)} photos with {len(set(predicted))} predictions: a correlation needs five that differ"
        )
    fitted = logistic(predicted, *fit_logistic(predicted, truth))
    return Agreement(
        srocc=srocc(predicted, truth),
        krocc=float(cast(Any, kendalltau(predicted, truth))[0]),
        plcc=plcc(predicted, truth),
        plcc_fitted=plcc(fitted, truth),
        rmse=float(np.sqrt(np.mean((fitted - truth) ** 2))),
        photos=len(truth),
    )


def srocc(predicted: ArrayLike, truth: ArrayLike) -> float:
    """Spearman's rank-order correlation of two rows of equal length."""
    return float(cast(Any, spearmanr(predicted, truth))[0])


def plcc(predicted: ArrayLike, truth: ArrayLike) -> float:
    """Pearson's linear correlation of two rows of equal length."""
    return float(cast(Any, pearsonr(predicted, truth))[0])


def logistic(predicted: np.ndarray, top: float, bottom: float, middle: float, width: float) -> np.ndarray:
    """VQEG's four-parameter logistic (Final report of the FR-TV phase II, 2003): bottom + (top - bottom) / (1 + e^-x)."""
    return bottom + (top - bottom) / (1 + np.exp(-np.clip((predicted - middle) / abs(width), -50, 50)))


def fit_logistic(predicted: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """The parameters of `logistic` with the least squared error; where no curve is better, those of the regression line."""
    start = (truth.max(), truth.min(), predicted.mean(), max(predicted.std(), 1e-6))
    slope, offset = np.polyfit(predicted, truth, 1)
    reach = 100 * max(np.ptp(predicted), 1e-6)  # the middle of so wide a logistic is the regression line
    centre = predicted.mean()
    line = np.array(
        [offset + slope * centre + slope * 2 * reach, offset + slope * centre - slope * 2 * reach, centre, reach]
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", OptimizeWarning)  # a flat valley has no covariance, and none is asked for
        try:
            best = curve_fit(logistic, predicted, truth, p0=start, maxfev=4000)[0]
        except RuntimeError:  # no convergence, where predictions and truth are unrelated
            return line

    def error(parameters: np.ndarray) -> float:
        return float(np.sum((logistic(predicted, *parameters) - truth) ** 2))

    return min(best, line, key=error)


def rmse_differs(first: float, second: float, photos: int) -> bool:
    """Whether two root mean squared errors on `photos` photos differ significantly (F test of P.1401)."""
    larger, smaller = max(first, second), max(min(first, second), 1e-12)
    freedom = photos - 4  # the logistic took four
    return bool((larger / smaller) ** 2 > f_distribution.ppf(1 - SIGNIFICANCE / 2, freedom, freedom))


def correlation_differs(first: float, second: float, photos: int) -> bool:
    """Whether two correlations on `photos` photos differ significantly (Fisher's z, as P.1401 has it).

    The test is for different photos; for correlations on the same photos it is conservative.
    """
    z = (np.arctanh(np.clip([first, second], -0.999999, 0.999999))) @ [1, -1]
    return bool(abs(z) / np.sqrt(2 / (photos - 3)) > norm.ppf(1 - SIGNIFICANCE / 2))
