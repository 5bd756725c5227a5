"""Measuring a photo: every value of the table, its percentile among good photos, or why there is none."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from torch import Tensor

from .pixels import NotMeasurableError, Pixels
from .registry import MEASUREMENTS


def values_of(image: Tensor) -> dict[str, float | None]:
    """Every measurement of `image` (3, H, W) in [0, 1] by name; None where it is not measurable."""
    pixels = Pixels(image.numpy())
    values = {}
    for name, entry in MEASUREMENTS.items():
        try:
            value = entry.function(pixels)
            values[name] = value if np.isfinite(value) else None
        except NotMeasurableError:
            values[name] = None
    return values
