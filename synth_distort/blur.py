"""Blur: light that belongs to one pixel spread over its neighbours."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from .convolution import convolve, gaussian_blurred
from .lazy import torch
from .registry import distortion

if TYPE_CHECKING:
    from torch import Tensor


@distortion(
    family="blur",
    parameter="standard deviation of the Gaussian",
    unit="px",
    null=0,
    known_as="a Gaussian blur of sigma {value:.1f} px",
    title="Gaussian blur",
)
def gaussian_blur(image: Tensor, value: float, generator: np.random.Generator) -> Tensor:
    """Convolve with an isotropic Gaussian of standard deviation `value` px."""
    return gaussian_blurred(image, value).clamp(0, 1)


@distortion(
    family="blur",
    parameter="radius of the disk kernel",
    unit="px",
    null=0,
    known_as="a lens out of focus by a disk of radius {value:.1f} px",
)
def lens_blur(image: Tensor, value: float, generator: np.random.Generator) -> Tensor:
    """Convolve with a uniform disk of radius `value` px, the image of a point through a defocused round aperture."""
    return convolve(image, _disk(value)).clamp(0, 1)


@distortion(
    family="blur",
    parameter="length of the line kernel (random angle)",
    unit="px",
    null=1,
    known_as="a camera shake of {value:.0f} px",
)
def motion_blur(image: Tensor, value: float, generator: np.random.Generator) -> Tensor:
    """Convolve with a line of length `value` px at an angle drawn from `generator`."""
    return convolve(image, _line(value, angle=generator.uniform(0, math.pi))).clamp(0, 1)


def _disk(radius: float, subdivisions: int = 15) -> Tensor:
    """The share of each pixel that a disk of `radius` px covers, summing to 1."""
    reach = math.ceil(radius)
    side = 2 * reach + 1
    positions = (torch.arange(side * subdivisions) + 0.5) / subdivisions - side / 2
    inside = (positions[:, None] ** 2 + positions[None, :] ** 2 <= radius**2).float()
    coverage = inside.reshape(side, subdivisions, side, subdivisions).mean((1, 3))
    return coverage / coverage.sum()


def _line(length: float, *, angle: float, samples_per_px: int = 16) -> Tensor:
    """A line of `length` px through the centre, its points shared bilinearly among the pixels, summing to 1."""
    half = (length - 1) / 2
    reach = math.ceil(half) + 1
    positions = torch.linspace(-half, half, max(2, math.ceil(length * samples_per_px)))
    x, y = reach + positions * math.cos(angle), reach - positions * math.sin(angle)
    centres = torch.arange(2 * reach + 1)
    near_x = (1 - (x[:, None] - centres).abs()).clamp(min=0)
    near_y = (1 - (y[:, None] - centres).abs()).clamp(min=0)
    kernel = near_y.T @ near_x
    return kernel / kernel.sum()
