"""Filtering an image with a kernel, channel by channel, its borders mirrored.

Sums are in double precision: their last bit, which differs between machines, is then far below the 256 levels of a file, so
that the same photo gives the same bytes everywhere. On the CPU OpenCV does the work, many times faster than torch at that.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from ..lazy import cv2, torch

if TYPE_CHECKING:
    from torch import Tensor

LARGEST_DIRECT_KERNEL = 11  # px; on a GPU, above this the Fourier transform takes less memory than the sum


def convolve(image: Tensor, kernel: np.ndarray) -> Tensor:
    """Filter each channel of `image` (C, H, W) with `kernel` (h, w), both sides odd; (C, H, W) in double precision."""
    if image.device.type == "cpu":
        return _each_channel(image, cv2.filter2D, ddepth=-1, kernel=kernel)
    return _convolve_with_torch(image, kernel)


def convolve_separable(image: Tensor, column: np.ndarray, row: np.ndarray) -> Tensor:
    """The same with the kernel `column` × `row` (both 1-d, of odd length)."""
    if image.device.type == "cpu":
        return _each_channel(image, cv2.sepFilter2D, ddepth=-1, kernelX=row, kernelY=column)
    return _convolve_with_torch(_convolve_with_torch(image, row[None, :]), column[:, None])


def gaussian_blurred(image: Tensor, sigma: float) -> Tensor:
    """`image` (C, H, W) under a Gaussian of standard deviation `sigma` px, cut off at three sigma; in double precision."""
    offsets = np.arange(-max(1, math.ceil(3 * sigma)), max(1, math.ceil(3 * sigma)) + 1)
    weights = np.exp(-0.5 * (offsets / sigma) ** 2)
    weights /= weights.sum()
    return convolve_separable(image, weights, weights)


def box_blurred(image: Tensor, radius: int) -> Tensor:
    """`image` (C, H, W) under a square of 2 `radius` + 1 px; in double precision."""
    side = 2 * radius + 1
    if image.device.type == "cpu":
        return _each_channel(image, cv2.boxFilter, ddepth=-1, ksize=(side, side))
    weights = np.full(side, 1 / side)
    return convolve_separable(image, weights, weights)


def _each_channel(image: Tensor, opencv_filter: Callable[..., object], **settings: object) -> Tensor:
    filtered = torch.empty(image.shape, dtype=torch.float64)
    for channel, result in zip(image, filtered, strict=True):  # one at a time, which stays in the processor's cache
        source = channel.double().contiguous().numpy()
        opencv_filter(source, dst=result.numpy(), borderType=cv2.BORDER_REFLECT_101, **settings)
    return filtered


def _convolve_with_torch(image: Tensor, kernel: np.ndarray) -> Tensor:
    image, weight = image.double(), torch.from_numpy(kernel).to(image.device, torch.float64)
    height, width = kernel.shape
    padded = _mirror(image, height // 2, width // 2)
    if max(height, width) <= LARGEST_DIRECT_KERNEL or 1 in (height, width):
        channels = image.shape[0]
        return torch.nn.functional.conv2d(padded[None], weight.expand(channels, 1, height, width), groups=channels)[0]
    size = padded.shape[-2:]
    spectrum = torch.fft.rfft2(padded) * torch.fft.rfft2(weight.flip(0, 1), s=size)
    return torch.fft.irfft2(spectrum, s=size)[:, height - 1 :, width - 1 :]


def _mirror(image: Tensor, vertical: int, horizontal: int) -> Tensor:
    """Pad by reflection; a photo smaller than the kernel repeats its last row and column instead."""
    fits = vertical < image.shape[-2] and horizontal < image.shape[-1]
    return torch.nn.functional.pad(
        image[None], (horizontal, horizontal, vertical, vertical), mode="reflect" if fits else "replicate"
    )[0]
