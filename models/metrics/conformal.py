"""Intervals that hold: split conformal prediction (Lei et al., JASA 2018)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from torch import Tensor

CONFIDENCE = 0.9


def conformal_quantile(errors: Sequence[float] | np.ndarray | Tensor, confidence: float) -> float:
    """The quantile of `errors` that a new one stays under with `confidence`, with the finite-sample correction."""
    level = min(1.0, np.ceil((len(errors) + 1) * confidence) / len(errors))
    return float(np.quantile(errors, level, method="higher"))
