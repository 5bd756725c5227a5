"""The geometry of statistics: cells, windows, and the margin that filters reach into; and means over cells."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor

CELL = 32  # px; a multiple of the 8 px grid of JPEG at each of the scales 1, 1/2, 1/4
WINDOW = 4  # cells on a side: 128 px
HALO = 32  # px around a region that its filters and lags reach into
TINY = 1e-4  # a fortieth of an 8-bit level; keeps logarithms and ratios finite where a response is zero
NEAR_ZERO = 1 / 255  # responses below one level count as (nearly) zero
RESPONSES_AT_ONCE = 2**18


def luminance_and_chroma(image: Tensor) -> Tensor:
    """Y', Cb, Cr of JFIF, chroma around zero."""
    red, green, blue = image.unbind(1)
    luminance = 0.299 * red + 0.587 * green + 0.114 * blue
    return torch.stack([luminance, 0.564 * (blue - luminance), 0.713 * (red - luminance)], dim=1)


def scaled_down(image: Tensor, scale: int) -> Tensor:
    """Means of squares of `scale` px, a power of two; as sums of every second pixel (several times as fast as avg_pool2d)."""
    while scale > 1:
        rows = image[..., ::2, :] + image[..., 1::2, :]
        image, scale = (rows[..., ::2] + rows[..., 1::2]) / 4, scale // 2
    return image


def within(plane: Tensor, halo: int, *, reach: int) -> Tensor:
    """The part of `plane` from which filters of `reach` px, an even number, give one response to each pixel in the halo."""
    start, stop = halo - reach // 2, halo - reach // 2 + 1
    return plane[..., start : plane.shape[-2] - stop, start : plane.shape[-1] - stop]


def filtered(image: Tensor, weights: Sequence[float]) -> Tensor:
    """`image` filtered along rows and columns, less the pixels at its border that lack a neighbour.

    As sums of shifted images, which for so few channels are far faster than a convolution.
    """
    for axis in (-1, -2):
        count = image.shape[axis] - len(weights) + 1
        parts = [image.narrow(axis, start, count) for start in range(len(weights))]
        image = parts[0] * weights[0]
        for part, weight in zip(parts[1:], weights[1:], strict=True):
            image = image.add_(part, alpha=weight)
    return image


def means_of(responses: Iterable[Tensor], side: int) -> Tensor:
    """`cell_means` of each, made one at a time so that it is still in the processor's cache, along the channels."""
    return torch.cat([cell_means(response, side) for response in responses], dim=1)


def cell_means(values: Tensor, side: int) -> Tensor:
    """Means over squares of `side` px; rows first, which runs along memory (three times as fast as avg_pool2d)."""
    height, width = values.shape[-2:]
    rows = values.unflatten(-2, (height // side, side)).sum(-2)
    return rows.unflatten(-1, (width // side, side)).sum(-1) / side**2


def shifted(image: Tensor, dy: int, dx: int, halo: int = HALO) -> Tensor:
    """What lies inside the halo, seen (dy, dx) px further on."""
    height, width = image.shape[-2:]
    return image[..., halo + dy : height - halo + dy, halo + dx : width - halo + dx]
