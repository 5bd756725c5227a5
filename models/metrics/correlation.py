"""How far two rows of scores agree: the correlations by which quality models are compared."""

from __future__ import annotations

from typing import Any, cast

from numpy.typing import ArrayLike
from scipy.stats import pearsonr, spearmanr


def srocc(predicted: ArrayLike, truth: ArrayLike) -> float:
    """Spearman's rank-order correlation of two rows of equal length."""
    return float(cast(Any, spearmanr(predicted, truth))[0])


def plcc(predicted: ArrayLike, truth: ArrayLike) -> float:
    """Pearson's linear correlation of two rows of equal length."""
    return float(cast(Any, pearsonr(predicted, truth))[0])
