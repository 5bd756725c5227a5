"""Fitting the checks: weights by regularized logistic regression, thresholds from clean photos that were left out of it."""

from __future__ import annotations

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from ...synth_distort import DISTORTIONS
from ..measurements import MEASUREMENTS
from .candidate_measurements import CANDIDATES
from .measured_checks import FARTHEST, MeasuredCheck, Rates, comparable
from .trials import AS_VIEWED, AT_100, Trials

ALLOWED = 0.03  # share of clean photos, left out of the fit, that may pass
# A check confirms findings at a scale where, in cross-validation, LEAST_POWER of the photos of JUDGED severity or more pass it.
# Its rates on other photos are measured and printed; they choose nothing.
LEAST_POWER, JUDGED = 0.5, 0.5
FOLDS = 5
SCALES = (AS_VIEWED, AT_100)
STRENGTHS = (0.02, 0.3)  # of the regression's freedom, one of which cross-validation chooses


def fit_checks(trials: Trials) -> dict[str, MeasuredCheck]:
    """A check for each distortion from measured `trials` of training photos, clean and distorted, at both scales.

    Photos stay together in the folds of cross-validation, which chooses how freely a regression fits, and gives the thresholds
    and, until other photos were measured, the rates.
    """
    columns, clean = list(MEASUREMENTS), trials.distortion == ""
    raw = np.stack([comparable(name, trials.values[:, index]) for index, name in enumerate(columns)], axis=1)
    median = np.nanmedian(raw[clean], axis=0)
    spread = (np.nanquantile(raw[clean], 0.9, axis=0) - np.nanquantile(raw[clean], 0.1, axis=0)) / 2.563 + 1e-3
    inputs = np.nan_to_num((raw - median) / spread).clip(-FARTHEST, FARTHEST)
    standards = {
        name: (float(f"{centre:.5g}"), float(f"{width:.5g}"))
        for name, centre, width in zip(columns, median, spread, strict=True)
    }
    return {name: _fitted(name, trials, inputs, columns, standards) for name in DISTORTIONS}


def measured_rates(check: MeasuredCheck, trials: Trials) -> dict[str, Rates]:
    """How often `trials` of photos that chose nothing pass `check`, by scale."""
    of_it, clean = trials.distortion == check.name, trials.distortion == ""
    chosen = trials[of_it | clean]
    passed = np.array(
        [
            check.score(dict(zip(MEASUREMENTS, _or_none(row), strict=True)), str(scale)) > 0
            for row, scale in zip(chosen.values, chosen.scale, strict=True)
        ]
    )
    return _rates_by_scale(chosen, passed)


def _rates_by_scale(trials: Trials, passed: np.ndarray) -> dict[str, Rates]:
    rates, is_clean = {}, trials.distortion == ""
    for scale in sorted(set(trials.scale.tolist())):
        false, power = {}, {}
        for post in sorted(set(trials.post.tolist())):
            here = (trials.post == post) & (trials.scale == scale)
            if (here & is_clean).any():
                false[post] = round(float(passed[here & is_clean].mean()), 4)
            severities = sorted(set(trials.severity[here & ~is_clean].tolist()))
            if severities:
                shares = [passed[here & ~is_clean & (trials.severity == severity)].mean() for severity in severities]
                power[post] = {
                    severity: round(float(share), 4) for severity, share in zip(severities, shares, strict=True)
                }
        there = trials.scale == scale
        photos = len(set(trials.photo[is_clean & there].tolist())), len(set(trials.photo[~is_clean & there].tolist()))
        if false and power:
            rates[scale] = Rates(false, power, photos)
    return rates


def _fitted(
    name: str, trials: Trials, inputs: np.ndarray, columns: list[str], standards: dict[str, tuple[float, float]]
) -> MeasuredCheck:
    clean, of_it = trials.distortion == "", trials.distortion == name
    used = trials[clean | of_it]
    candidates = CANDIDATES[name]
    x, y = inputs[np.ix_(clean | of_it, [columns.index(one) for one in candidates])], of_it[clean | of_it]
    weight = np.where(y, 0.5 / y.mean(), 0.5 / (1 - y.mean()))
    folds = list(GroupKFold(FOLDS).split(x, y, used.photo))
    best: tuple[float, float, dict, np.ndarray] | None = None
    for strength in STRENGTHS:
        left_out = np.empty(len(y))
        for fit, judge in folds:
            left_out[judge] = _regression(strength, x[fit], y[fit], weight[fit]).decision_function(x[judge])
        thresholds = {scale: _threshold(left_out, ~y & (used.scale == scale), used.post) for scale in SCALES}
        passed = left_out > np.array([thresholds[scale] for scale in used.scale])
        if best is None or passed[y].mean() > best[0] + 0.01:
            best = float(passed[y].mean()), strength, thresholds, passed
    assert best is not None
    _, strength, thresholds, passed = best
    regression = _regression(strength, x, y, weight)
    counts = {scale: passed[(used.scale == scale) & (used.severity >= JUDGED)] for scale in SCALES}
    weights = {one: round(float(value), 4) for one, value in zip(candidates, regression.coef_[0], strict=True)}
    shift = np.asarray(regression.intercept_).item()
    return MeasuredCheck(
        name=name,
        weights=weights,
        threshold={scale: round(threshold - shift, 4) for scale, threshold in thresholds.items()},
        standards={one: standards[one] for one in candidates},
        rates=_rates_by_scale(used, passed),
        confirms_at=tuple(scale for scale, passes in counts.items() if passes.mean() >= LEAST_POWER),
    )


def _threshold(scores: np.ndarray, clean: np.ndarray, post: np.ndarray) -> float:
    """The score that the share ALLOWED of the `clean` photos exceeds, under the post-processing where it is the highest."""
    return max(float(np.quantile(scores[clean & (post == one)], 1 - ALLOWED)) for one in set(post[clean].tolist()))


def _regression(strength: float, x: np.ndarray, y: np.ndarray, weight: np.ndarray) -> LogisticRegression:
    return LogisticRegression(C=strength, max_iter=500).fit(x, y, sample_weight=weight)


def _or_none(row: np.ndarray) -> list[float | None]:
    return [None if np.isnan(value) else float(value) for value in row]
