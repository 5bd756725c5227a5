"""Blur: light that belongs to one pixel spread over its neighbours."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from .convolution import convolve, gaussian_blurred
from .registry import distortion
from .resampling import magnified

if TYPE_CHECKING:
    from torch import Tensor


@distortion(
    family="blur",
    stage="lens",
    parameter="standard deviation of the Gaussian",
    unit="px",
    null=0,
    limit=20,
    known_as="a Gaussian blur of sigma {value:.1f} px",
    title="Gaussian blur",
)
def gaussian_blur(image: Tensor, value: float, generator: np.random.Generator) -> Tensor:
    """Convolve with an isotropic Gaussian of standard deviation `value` px."""
    return gaussian_blurred(image, value)


@distortion(
    family="blur",
    stage="lens",
    parameter="radius of the disk kernel",
    unit="px",
    null=0,
    limit=30,
    known_as="a lens out of focus by a disk of radius {value:.1f} px",
)
def lens_blur(image: Tensor, value: float, generator: np.random.Generator) -> Tensor:
    """Convolve with a uniform disk of radius `value` px, the image of a point through a defocused round aperture."""
    return convolve(image, _disk(value))


@distortion(
    family="blur",
    stage="lens",
    parameter="length of the line kernel (random angle)",
    unit="px",
    null=1,
    limit=60,
    known_as="a camera shake of {value:.0f} px",
)
def motion_blur(image: Tensor, value: float, generator: np.random.Generator) -> Tensor:
    """Convolve with a line of length `value` px at an angle drawn from `generator`."""
    return convolve(image, _line(value, angle=generator.uniform(0, math.pi)))


@distortion(
    family="blur",
    stage="lens",
    parameter="length of the streak in a corner, over its distance from the centre",
    null=0,
    limit=1,
    known_as="zooming by {value:.1%} during the exposure",
)
def zoom_blur(image: Tensor, value: float, generator: np.random.Generator) -> Tensor:
    """Average the photo over magnifications from 1 / sqrt(1 + `value`) to sqrt(1 + `value`) about its centre.

    Evenly spaced on a logarithmic scale, 2^n magnifications are a product of n averages of two, so n passes make them all, a
    pixel or less apart in the corners.
    """
    streak = value * math.hypot(*image.shape[-2:]) / 2
    passes = max(1, math.ceil(math.log2(streak + 1)))
    step = math.log1p(value) / (2**passes - 1)
    for power in range(passes):
        image = (magnified(image, math.exp(step * 2**power)) + image) / 2
    return magnified(image, 1 / math.sqrt(1 + value))


def _disk(radius: float, subdivisions: int = 15) -> np.ndarray:
    """The share of each pixel that a disk of `radius` px covers, summing to 1."""
    side = 2 * math.ceil(radius) + 1
    positions = (np.arange(side * subdivisions) + 0.5) / subdivisions - side / 2
    inside = positions[:, None] ** 2 + positions[None, :] ** 2 <= radius**2
    coverage = inside.reshape(side, subdivisions, side, subdivisions).mean((1, 3))
    return coverage / coverage.sum()


def _line(length: float, *, angle: float, samples_per_px: int = 16) -> np.ndarray:
    """A line of `length` px through the centre, its points shared bilinearly among the pixels, summing to 1."""
    half = (length - 1) / 2
    reach = math.ceil(half) + 1
    positions = np.linspace(-half, half, max(2, math.ceil(length * samples_per_px)))
    x, y = reach + positions * math.cos(angle), reach - positions * math.sin(angle)
    centres = np.arange(2 * reach + 1)
    near_x = (1 - np.abs(x[:, None] - centres)).clip(min=0)
    near_y = (1 - np.abs(y[:, None] - centres)).clip(min=0)
    kernel = near_y.T @ near_x
    return kernel / kernel.sum()
