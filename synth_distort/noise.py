"""Noise: values added to or put in the place of those that the scene gave.

Noise is drawn once per seed at unit strength and then scaled, so that the rungs of one ladder differ in strength alone.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from .color_spaces import rgb_to_ycbcr, ycbcr_to_rgb
from .lazy import torch
from .registry import distortion

if TYPE_CHECKING:
    from torch import Tensor


@distortion(
    family="noise",
    parameter="variance, image in 0..1",
    null=0,
    known_as="white noise of variance {value:.4f}",
)
def white_noise(image: Tensor, value: float, generator: np.random.Generator) -> Tensor:
    """Add independent Gaussian noise of variance `value` to each channel of each pixel."""
    return (image + math.sqrt(value) * _standard_normal(image, generator)).clamp(0, 1)


@distortion(
    family="noise",
    parameter="variance of noise added in YCbCr, image in 0..1",
    null=0,
    known_as="colour noise of variance {value:.4f}",
)
def chroma_noise(image: Tensor, value: float, generator: np.random.Generator) -> Tensor:
    """Add Gaussian noise of variance `value` to Y', Cb and Cr; back in RGB most of it is colour (as in KADID-10k)."""
    noisy = rgb_to_ycbcr(image) + math.sqrt(value) * _standard_normal(image, generator)
    return ycbcr_to_rgb(noisy).clamp(0, 1)


@distortion(
    family="noise",
    parameter="fraction of samples set to 0 or 1",
    null=0,
    known_as="{value:.2%} of all samples stuck at black or white",
)
def impulse_noise(image: Tensor, value: float, generator: np.random.Generator) -> Tensor:
    """Set a fraction `value` of all samples to 0 or 1 with equal chance ("salt and pepper")."""
    draw = torch.from_numpy(generator.random(tuple(image.shape), dtype=np.float32)).to(image.device)
    return torch.where(draw < value / 2, 0.0, torch.where(draw > 1 - value / 2, 1.0, image))


def _standard_normal(image: Tensor, generator: np.random.Generator) -> Tensor:
    return torch.from_numpy(generator.standard_normal(tuple(image.shape), dtype=np.float32)).to(image.device)
