"""Masks (H, W) of local distortions: 1 where the distortion acts in full, 0 where it does not act."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from .distortions.convolution import gaussian_blurred
from .lazy import torch

if TYPE_CHECKING:
    from torch import Tensor

SHAPES = ("half_plane", "ellipse", "rectangle")
LARGEST_FEATHER = 1 / 16  # of the photo's shorter side: standard deviation of the softest border


def random_mask(height: int, width: int, generator: np.random.Generator) -> Tensor:
    """One of `SHAPES` somewhere on a photo of `height` × `width` px, with a hard border or a feathered one, evenly likely."""
    shape = str(generator.choice(SHAPES))
    mask = {"half_plane": half_plane, "ellipse": ellipse, "rectangle": rectangle}[shape](height, width, generator)
    if generator.random() < 0.5:
        return mask
    return feathered(mask, generator.uniform(0.1, 1) * LARGEST_FEATHER * min(height, width))


def half_plane(height: int, width: int, generator: np.random.Generator) -> Tensor:
    """1 on one side of a line through the middle part of the photo."""
    angle, offset = generator.uniform(0, 2 * math.pi), generator.uniform(-0.25, 0.25)
    x, y = _from_the_centre(height, width)
    return (x * math.cos(angle) + y * math.sin(angle) > offset).float()


def ellipse(height: int, width: int, generator: np.random.Generator) -> Tensor:
    """1 in an ellipse, a quarter to four fifths of the photo high and wide."""
    x, y = _in_a_box(height, width, generator)
    return (x**2 + y**2 < 1).float()


def rectangle(height: int, width: int, generator: np.random.Generator) -> Tensor:
    """1 in an upright rectangle, a quarter to four fifths of the photo high and wide."""
    x, y = _in_a_box(height, width, generator)
    return ((x.abs() < 1) & (y.abs() < 1)).float()


def feathered(mask: Tensor, sigma: float) -> Tensor:
    """`mask` with its border softened by a Gaussian of standard deviation `sigma` px."""
    return gaussian_blurred(mask[None], sigma)[0].clamp(0, 1).float()


def _from_the_centre(height: int, width: int) -> tuple[Tensor, Tensor]:
    """x (1, W) and y (H, 1), from -1/2 to 1/2."""
    y, x = (torch.linspace(-0.5, 0.5, side, dtype=torch.float64) for side in (height, width))
    return x[None, :], y[:, None]


def _in_a_box(height: int, width: int, generator: np.random.Generator) -> tuple[Tensor, Tensor]:
    """The same, from -1 to 1 across a box drawn inside the photo."""
    tall, wide = generator.uniform(0.25, 0.8, size=2)
    down, across = generator.uniform(-0.5, 0.5, size=2) * (1 - np.array([tall, wide]))
    x, y = _from_the_centre(height, width)
    return 2 * (x - across) / wide, 2 * (y - down) / tall
