"""Probabilities of several tests, corrected for how many there are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def holm(p: Sequence[float]) -> list[float]:
    """`p` corrected by the sequentially rejective method of Holm (Scand. J. Statist. 1979), in their own order."""
    order = np.argsort(p)
    corrected = np.empty(len(order))
    ranked = np.asarray(p, dtype=float)[order] * np.arange(len(order), 0, -1)
    corrected[order] = np.minimum(np.maximum.accumulate(ranked), 1)
    return corrected.tolist()
