"""Plain measures of an image, as callables for `blemish sensitivity plain_measures:NAME` (run in this folder)."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

LUMA = torch.tensor([0.299, 0.587, 0.114])[:, None, None]  # ITU-R BT.601


def sharpness(images: Tensor) -> Tensor:
    """(N,) variance of the Laplacian of the luma (Pech-Pacheco et al., ICPR 2000)."""
    kernel = torch.tensor([[0.0, 1, 0], [1, -4, 1], [0, 1, 0]])
    return _filtered(images, kernel).flatten(1).var(1)


def noise(images: Tensor) -> Tensor:
    """(N,) standard deviation of noise in the luma, from 0 to 1 (Immerkær, CVIU 1996)."""
    kernel = torch.tensor([[1.0, -2, 1], [-2, 4, -2], [1, -2, 1]])
    return _filtered(images, kernel).abs().flatten(1).mean(1) * (torch.pi / 2) ** 0.5 / 6


# Which way they run, which no ladder of noise would say of sharpness.
sharpness.higher_is_better, noise.higher_is_better = True, False


def _filtered(images: Tensor, kernel: Tensor) -> Tensor:
    luma = (images * LUMA).sum(1, keepdim=True)
    return F.conv2d(luma, kernel[None, None])
