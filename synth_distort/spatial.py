"""Spatial distortions: samples moved, repeated or lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .lazy import torch
from .registry import distortion

if TYPE_CHECKING:
    from torch import Tensor


@distortion(
    family="spatial",
    parameter="scale of the nearest-neighbour resize, and back",
    null=1,
    known_as="a nearest-neighbour resize to {value:.0%} and back",
)
def pixelate(image: Tensor, value: float, generator: np.random.Generator) -> Tensor:
    """Resize to the scale `value` by nearest neighbour, and back to the photo's size the same way."""
    height, width = image.shape[-2:]
    small = (max(1, round(height * value)), max(1, round(width * value)))
    reduced = torch.nn.functional.interpolate(image[None], size=small, mode="nearest-exact")
    return torch.nn.functional.interpolate(reduced, size=(height, width), mode="nearest-exact")[0]
