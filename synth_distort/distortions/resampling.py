"""Reading an image between its pixels: warps and resizes, in double precision for the reason given in `convolution`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..lazy import cv2, torch

if TYPE_CHECKING:
    from torch import Tensor


def pixel_grid(image: Tensor) -> tuple[Tensor, Tensor]:
    """The column x (1, W) and the row y (H, 1) of each pixel, px, in double precision."""
    height, width = image.shape[-2:]
    x, y = (torch.arange(side, dtype=torch.float64, device=image.device) for side in (width, height))
    return x[None, :], y[:, None]


def sampled_at(image: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """`image` (C, H, W) read bilinearly at columns `x` and rows `y` (px, both broadcast to (H, W)), mirrored at its borders."""
    height, width = image.shape[-2:]
    x, y = torch.broadcast_tensors(2 * x / max(1, width - 1) - 1, 2 * y / max(1, height - 1) - 1)
    grid = torch.stack([x, y], dim=-1)[None]
    return torch.nn.functional.grid_sample(
        image[None].double(), grid, mode="bilinear", padding_mode="reflection", align_corners=True
    )[0]


def magnified(image: Tensor, factor: float) -> Tensor:
    """`image` (C, H, W) magnified by `factor` about its centre, the same size out."""
    (x, y), (height, width) = pixel_grid(image), image.shape[-2:]
    across, down = (width - 1) / 2, (height - 1) / 2
    return sampled_at(image, across + (x - across) / factor, down + (y - down) / factor)


def enlarged(image: Tensor, size: Sequence[int]) -> Tensor:
    """`image` (C, h, w) enlarged to `size` (H, W) by bicubic interpolation; on the CPU by OpenCV, the same but much faster."""
    if image.device.type == "cpu":
        height, width = size
        large = torch.empty(len(image), height, width, dtype=torch.float64)
        for plane, result in zip(image.double(), large, strict=True):
            cv2.resize(plane.numpy(), (width, height), dst=result.numpy(), interpolation=cv2.INTER_CUBIC)
        return large
    return torch.nn.functional.interpolate(image[None].double(), size=tuple(size), mode="bicubic")[0]


def radius(image: Tensor) -> Tensor:
    """How far each pixel is from the centre, in half diagonals: (H, W), 0 in the centre, 1 in the corners."""
    (x, y), (height, width) = pixel_grid(image), image.shape[-2:]
    across, down = (width - 1) / 2, (height - 1) / 2
    return torch.sqrt(((x - across) ** 2 + (y - down) ** 2) / (across**2 + down**2))


def smooth_field(image: Tensor, knots: Tensor) -> Tensor:
    """A smooth field over `image` through `knots` (C, rows, columns), bicubic between them: (C, H, W)."""
    size = image.shape[-2:]
    return torch.nn.functional.interpolate(
        knots[None].double().to(image.device), size=size, mode="bicubic", align_corners=True
    )[0]
