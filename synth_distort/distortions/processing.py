"""Over-processing: what a camera or an editor does to improve a photo, overdone."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from ..lazy import scipy
from .bayer import demosaiced
from .color_spaces import lab_to_rgb, rgb_to_lab
from .convolution import box_blurred, convolve, gaussian_blurred
from .registry import distortion

if TYPE_CHECKING:
    from torch import Tensor

DENOISING_RADIUS = 6  # px
RINGING_PERIOD, RINGING_REACH = 6.0, 5.0  # px: from ring to ring, and the standard deviation of their fading


@distortion(
    family="processing",
    stage="development",
    parameter="contrast up to which detail is taken for noise",
    null=0,
    limit=1,
    known_as="noise reduction that smooths contrasts below {value:.3f}",
    title="noise reduction",
)
def denoise(image: Tensor, value: float, generator: np.random.Generator) -> Tensor:
    """Smear texture and keep edges: the self-guided filter (He, Sun and Tang, IEEE TPAMI 2013) with epsilon `value` squared."""
    image = image.double()
    mean = box_blurred(image, DENOISING_RADIUS)
    variance = (box_blurred(image * image, DENOISING_RADIUS) - mean * mean).clamp(min=0)
    kept = variance / (variance + value**2)
    return box_blurred(kept, DENOISING_RADIUS) * image + box_blurred((1 - kept) * mean, DENOISING_RADIUS)


@distortion(
    family="processing",
    stage="development",
    parameter="amount of the high-pass added to L* of CIELAB",
    null=0,
    limit=60,
    known_as="unsharp masking with amount {value:.1f}",
)
def oversharpen(image: Tensor, value: float, generator: np.random.Generator) -> Tensor:
    """Unsharp masking of L* with amount `value`, against a Gaussian of sigma 1 px (MATLAB's imsharpen)."""
    lab = rgb_to_lab(image)
    lightness = lab[:1].clone()
    lab[:1] = (lightness + value * (lightness - gaussian_blurred(lightness, 1.0))).clamp(0, 100)
    return lab_to_rgb(lab)


@distortion(
    family="processing",
    stage="development",
    parameter="gain of the rings",
    null=0,
    limit=10,
    known_as="edges that ring with a gain of {value:.2f}",
)
def ringing(image: Tensor, value: float, generator: np.random.Generator) -> Tensor:
    """Add `value` times a band of spatial frequencies around 1 / RINGING_PERIOD: each edge repeats itself and fades."""
    return image + value * convolve(image, _rings())


@distortion(
    family="processing",
    stage="development",
    parameter="amount of the error of bilinear demosaicing",
    null=0,
    limit=20,
    known_as="{value:.1f} times the zipper edges and false colour of bilinear demosaicing",
    title="demosaicing artefacts",
)
def demosaic_artefacts(image: Tensor, value: float, generator: np.random.Generator) -> Tensor:
    """Add `value` times the difference that a Bayer mosaic and bilinear demosaicing make."""
    return image + value * (demosaiced(image) - image)


def _rings() -> np.ndarray:
    """Concentric rings that fade: their sum is 0, so flat parts stay as they are, and their gain at RINGING_PERIOD is 1."""
    reach = math.ceil(3 * RINGING_REACH)
    offsets = np.arange(-reach, reach + 1)
    distance = np.hypot(offsets[:, None], offsets[None, :])
    fading = np.exp(-0.5 * (distance / RINGING_REACH) ** 2)
    rings = scipy.special.j0(2 * np.pi * distance / RINGING_PERIOD) * fading  # a circle of spatial frequencies, blurred
    rings -= fading * rings.sum() / fading.sum()
    return rings / (rings * np.cos(2 * np.pi * offsets / RINGING_PERIOD)).sum()
