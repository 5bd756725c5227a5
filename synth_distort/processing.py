"""Over-processing: what a camera or an editor does to improve a photo, overdone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .color_spaces import lab_to_rgb, rgb_to_lab
from .convolution import gaussian_blurred
from .registry import distortion

if TYPE_CHECKING:
    from torch import Tensor


@distortion(
    family="processing",
    parameter="amount of the high-pass added to L* of CIELAB",
    null=0,
    known_as="unsharp masking with amount {value:.1f}",
)
def oversharpen(image: Tensor, value: float, generator: np.random.Generator) -> Tensor:
    """Unsharp masking of L* with amount `value`, against a Gaussian of sigma 1 px (MATLAB's imsharpen)."""
    lab = rgb_to_lab(image)
    lightness = lab[:1]
    lab[:1] = (lightness + value * (lightness - gaussian_blurred(lightness, 1.0))).clamp(0, 100)
    return lab_to_rgb(lab).clamp(0, 1)
