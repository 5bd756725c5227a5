"""A colour sensor's mosaic of red, green and blue, and the simplest way back from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..lazy import torch
from .convolution import convolve

if TYPE_CHECKING:
    from torch import Tensor

_RED_OR_BLUE = np.array([[1, 2, 1], [2, 4, 2], [1, 2, 1]]) / 4
_GREEN = np.array([[0, 1, 0], [1, 4, 1], [0, 1, 0]]) / 4


def demosaiced(image: Tensor) -> Tensor:
    """`image` (3, H, W) sampled by a Bayer mosaic (red upper left) and interpolated bilinearly; linear in `image`."""
    red, green, blue = (torch.zeros_like(image[0]) for _ in range(3))
    red[::2, ::2] = image[0, ::2, ::2]
    green[::2, 1::2], green[1::2, ::2] = image[1, ::2, 1::2], image[1, 1::2, ::2]
    blue[1::2, 1::2] = image[2, 1::2, 1::2]
    planes = ((red, _RED_OR_BLUE), (green, _GREEN), (blue, _RED_OR_BLUE))
    return torch.cat([convolve(plane[None], kernel) for plane, kernel in planes])
