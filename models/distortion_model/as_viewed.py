"""A photo as people see it on a screen: the whole of it, made small with antialiasing, in little memory."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from .tiles import as_float

LONGER_SIDE = 512  # px, at most; smaller photos stay as they are
STRIP = 256  # rows of a photo that are made narrow at once


def as_viewed(image: Tensor) -> Tensor:
    """`image` (3, H, W), float32 in [0, 1] or uint8, at LONGER_SIDE px or less, as float32; strip by strip."""
    factor = viewing_factor(*image.shape[1:])
    if factor == 1:
        return as_float(image)
    height, width = (viewed_side(side, factor) for side in image.shape[1:])
    narrow = [_resized(as_float(strip), strip.shape[1], width) for strip in image.split(STRIP, dim=1)]
    return _resized(torch.cat(narrow, dim=1), height, width).clamp(0, 1)


def viewing_factor(height: int, width: int) -> float:
    """What the sides of a photo are multiplied with."""
    return min(1.0, LONGER_SIDE / max(height, width))


def viewed_side(side: int, factor: float) -> int:
    """A side of a photo after that."""
    return max(1, round(side * factor))


def resizing(side: int, factor: float) -> Tensor:
    """The matrix (side', side) that makes an axis small as `as_viewed` does: bicubic, antialiased (Keys, IEEE TASSP 1981).

    It is mostly zeros, and for runtimes that can multiply but have no antialiasing.
    """
    count = viewed_side(side, factor)
    if count == side:
        return torch.eye(side)
    scale = side / count
    centres = (torch.arange(count, dtype=torch.float64)[:, None] + 0.5) * scale
    x = ((torch.arange(side) + 0.5 - centres) / scale).abs()
    near, far = (1.5 * x - 2.5) * x * x + 1, ((-0.5 * x + 2.5) * x - 4) * x + 2
    weights = torch.where(x < 1, near, torch.where(x < 2, far, torch.zeros(())))
    return (weights / weights.sum(1, keepdim=True)).float()


def _resized(image: Tensor, height: int, width: int) -> Tensor:
    return F.interpolate(image[None], size=(height, width), mode="bicubic", antialias=True)[0]
