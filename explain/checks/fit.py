"""Fitting the checks: weights by regularized logistic regression, thresholds from clean photos that were left out of it."""

from __future__ import annotations

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from ...synth_distort import DISTORTIONS
from ..measurements import MEASUREMENTS
from .candidates import CANDIDATES
from .measured_checks import FARTHEST, MeasuredCheck, Rates, comparable
from .trials import Trials

ALLOWED = 0.02  # share of clean photos, left out of the fit, that may pass
FOLDS = 5
STRENGTHS = (0.003, 0.03, 0.3)  # of the regression's freedom, one of which cross-validation chooses


def fit_checks(trials: Trials) -> dict[str, MeasuredCheck]:
    """A check for each distortion from measured `trials` of training photos, clean and distorted; photos stay together in folds."""
    columns, clean = list(MEASUREMENTS), trials.distortion == ""
    raw = np.stack([comparable(name, trials.values[:, index]) for index, name in enumerate(columns)], axis=1)
    median = np.nanmedian(raw[clean], axis=0)
    spread = (np.nanquantile(raw[clean], 0.9, axis=0) - np.nanquantile(raw[clean], 0.1, axis=0)) / 2.563 + 1e-3
    inputs = np.nan_to_num((raw - median) / spread).clip(-FARTHEST, FARTHEST)
    standards = {
        name: (float(f"{centre:.5g}"), float(f"{width:.5g}")) for name, centre, width in zip(columns, median, spread, strict=True)
    }
    return {name: _fitted(name, trials, inputs, columns, standards) for name in DISTORTIONS}


def measured_rates(check: MeasuredCheck, trials: Trials) -> Rates:
    """How often `trials` of photos that chose nothing pass `check`."""
    of_it, clean = trials.distortion == check.name, trials.distortion == ""
    chosen = trials[of_it | clean]
    passed = np.array([check.score(dict(zip(MEASUREMENTS, _or_none(row), strict=True))) > 0 for row in chosen.values])
    is_clean = chosen.distortion == ""
    false, power = {}, {}
    for post in sorted(set(chosen.post)):
        here = chosen.post == post
        false[str(post)] = round(float(passed[here & is_clean].mean()), 4)
        levels = sorted(set(chosen.severity[here & ~is_clean].tolist()))
        power[str(post)] = {
            level: round(float(passed[here & ~is_clean & (chosen.severity == level)].mean()), 4) for level in levels
        }
    photos = len(set(chosen.photo[is_clean].tolist())), len(set(chosen.photo[~is_clean].tolist()))
    return Rates(false, power, photos)


def _fitted(
    name: str, trials: Trials, inputs: np.ndarray, columns: list[str], standards: dict[str, tuple[float, float]]
) -> MeasuredCheck:
    clean, of_it = trials.distortion == "", trials.distortion == name
    used = clean | of_it
    candidates = CANDIDATES[name]
    x, y = inputs[np.ix_(used, [columns.index(one) for one in candidates])], of_it[used]
    weight = np.where(y, 0.5 / of_it.mean(), 0.5 / clean.mean())
    folds = list(GroupKFold(FOLDS).split(x, y, trials.photo[used]))
    is_clean, posts = ~y, trials.post[used]
    best = None
    for strength in STRENGTHS:
        left_out = np.empty(len(y))
        for fit, judge in folds:
            left_out[judge] = _regression(strength, x[fit], y[fit], weight[fit]).decision_function(x[judge])
        threshold = max(float(np.quantile(left_out[is_clean & (posts == post)], 1 - ALLOWED)) for post in set(posts))
        power = float((left_out[y] > threshold).mean())
        if best is None or power > best[0] + 0.01:
            best = power, strength, threshold
    assert best is not None
    regression = _regression(best[1], x, y, weight)
    weights = {one: round(float(value), 4) for one, value in zip(candidates, regression.coef_[0], strict=True)}
    threshold = best[2] - float(regression.intercept_[0])
    return MeasuredCheck(name, weights, round(threshold, 4), {one: standards[one] for one in candidates}, None)


def _regression(strength: float, x: np.ndarray, y: np.ndarray, weight: np.ndarray) -> LogisticRegression:
    return LogisticRegression(C=strength, max_iter=500).fit(x, y, sample_weight=weight)


def _or_none(row: np.ndarray) -> list[float | None]:
    return [None if np.isnan(value) else float(value) for value in row]
