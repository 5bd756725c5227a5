"""Filtering an image with a kernel, channel by channel, its borders mirrored."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from .lazy import torch

if TYPE_CHECKING:
    from torch import Tensor

LARGEST_DIRECT_KERNEL = 11  # px; above this the Fourier transform is faster than the sum (measured at 512 x 512)


def convolve(image: Tensor, kernel: Tensor) -> Tensor:
    """Filter each channel of `image` (C, H, W) with `kernel` (h, w), both sides odd; same size out."""
    height, width = kernel.shape
    padded = _mirror(image, height // 2, width // 2)
    if max(height, width) <= LARGEST_DIRECT_KERNEL or 1 in (height, width):
        channels = image.shape[0]
        weight = kernel.to(image).expand(channels, 1, height, width)
        return torch.nn.functional.conv2d(padded[None], weight, groups=channels)[0]
    size = padded.shape[-2:]
    spectrum = torch.fft.rfft2(padded) * torch.fft.rfft2(kernel.to(image).flip(0, 1), s=size)
    full = torch.fft.irfft2(spectrum, s=size)
    return full[:, height - 1 :, width - 1 :]


def gaussian_blurred(image: Tensor, sigma: float) -> Tensor:
    """`image` (C, H, W) under a Gaussian of standard deviation `sigma` px, cut off at three sigma."""
    radius = max(1, math.ceil(3 * sigma))
    offsets = torch.arange(-radius, radius + 1, dtype=torch.float32)
    weights = torch.exp(-0.5 * (offsets / sigma) ** 2)
    weights = weights / weights.sum()
    return convolve(convolve(image, weights[None, :]), weights[:, None])


def _mirror(image: Tensor, vertical: int, horizontal: int) -> Tensor:
    """Pad by reflection; a photo smaller than the kernel repeats its last row and column instead."""
    fits = vertical < image.shape[-2] and horizontal < image.shape[-1]
    return torch.nn.functional.pad(
        image[None], (horizontal, horizontal, vertical, vertical), mode="reflect" if fits else "replicate"
    )[0]
