"""Regions: the parts of a photo that go through the network. The first of a quality CNN's four choices.

Each kind is a frozen dataclass, so that two with the same settings are equal; `cut` gives the regions of a photo, at the
photo's own resolution unless the settings change it.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from .saliency import spectral_residual


@dataclass(frozen=True)
class Box:
    """A part of a photo, px."""

    top: int
    left: int
    height: int
    width: int

    def of(self, image: Tensor) -> Tensor:
        """This part of `image` (..., H, W)."""
        return image[..., self.top : self.top + self.height, self.left : self.left + self.width]


class Regions(Protocol):
    """What every kind of regions can do."""

    def cut(self, image: Tensor) -> tuple[list[Tensor], Tensor]:
        """The R regions of `image` (3, H, W), each (3, h, w), and their saliency (R,), with mean 1.

        Raises:
            ValueError: the photo is smaller than a region.
        """
        ...


@dataclass(frozen=True)
class WholeImage:
    """The whole photo as one region.

    Attributes:
        resized_to: height and width in px that it is resized to (antialiased); None leaves it as it is.
    """

    resized_to: tuple[int, int] | None = None

    def cut(self, image: Tensor) -> tuple[list[Tensor], Tensor]:
        """See `Regions`."""
        if self.resized_to is not None:
            image = torch.nn.functional.interpolate(
                image[None], size=self.resized_to, mode="bicubic", antialias=True, align_corners=False
            )[0].clamp(0, 1)
        return [image], torch.ones(1)


@dataclass(frozen=True)
class Grid:
    """Squares of `side` px in rows and columns.

    Attributes:
        side: px.
        stride: most px from one to the next, in a grid that reaches every edge; None for squares that do not overlap,
            centred in the photo.
    """

    side: int
    stride: int | None = None

    def cut(self, image: Tensor) -> tuple[list[Tensor], Tensor]:
        """See `Regions`."""
        return _cut(image, self.boxes(*image.shape[1:]))

    def boxes(self, height: int, width: int) -> list[Box]:
        """Where the squares lie in a photo of `height` × `width` px."""
        _check_size(self.side, height, width)
        rows, columns = (self._begins(length) for length in (height, width))
        return [Box(top, left, self.side, self.side) for top in rows for left in columns]

    def _begins(self, length: int) -> list[int]:
        if self.stride is None:
            count = length // self.side
            first = (length - count * self.side) // 2
            return [first + self.side * number for number in range(count)]
        count = 1 + -(-(length - self.side) // self.stride)
        return np.linspace(0, length - self.side, count).round().astype(int).tolist()


@dataclass(frozen=True)
class RandomCrops:
    """Squares anywhere in the photo.

    Their places depend on the photo's pixels and the seed alone. The first ten of thirty are those of ten.

    Attributes:
        count: squares.
        side: px.
        seed: of their places.
    """

    count: int
    side: int
    seed: int = 0

    def cut(self, image: Tensor) -> tuple[list[Tensor], Tensor]:
        """See `Regions`."""
        return _cut(image, list(self._boxes(image)))

    def _boxes(self, image: Tensor) -> Iterator[Box]:
        _check_size(self.side, *image.shape[1:])
        content = zlib.crc32((image * 255).round().to(torch.uint8).numpy().tobytes())
        generator = np.random.default_rng((self.seed, content))
        for _ in range(self.count):
            top, left = (int(generator.integers(length - self.side + 1)) for length in image.shape[1:])
            yield Box(top, left, self.side, self.side)


@dataclass(frozen=True)
class SalientCrops:
    """The `count` most salient squares of an overlapping grid, the most salient first.

    Attributes:
        count: squares; fewer where the photo is too small for as many.
        side: px. The squares begin a quarter of it apart.
    """

    count: int
    side: int

    def cut(self, image: Tensor) -> tuple[list[Tensor], Tensor]:
        """See `Regions`."""
        boxes = Grid(self.side, max(1, self.side // 4)).boxes(*image.shape[1:])
        salient = spectral_residual(image)
        ranked = sorted(boxes, key=lambda box: -_mean_in(salient, box))
        return _cut(image, ranked[: self.count])


def describe_regions(regions: Regions) -> str:
    """The regions in a few words, for tables."""
    match regions:
        case WholeImage(resized_to=None):
            return "whole photo"
        case WholeImage(resized_to=(height, width)):
            return f"whole photo at {width} × {height}"
        case Grid(side, None):
            return f"grid of {side} px"
        case Grid(side, stride):
            return f"grid of {side} px every {stride} px"
        case RandomCrops(count, side):
            return f"{count} random crop{'s' * (count != 1)} of {side} px"
        case SalientCrops(count, side):
            return f"{count} salient crop{'s' * (count != 1)} of {side} px"
    raise TypeError(f"regions is a {type(regions).__name__}; blemish has no such regions")


def _cut(image: Tensor, boxes: Sequence[Box]) -> tuple[list[Tensor], Tensor]:
    salient = spectral_residual(image)
    shares = torch.tensor([_mean_in(salient, box) for box in boxes], dtype=torch.float32)
    return [box.of(image) for box in boxes], shares / shares.mean().clamp(min=1e-12)


def _mean_in(salient: np.ndarray, box: Box) -> float:
    return float(salient[box.top : box.top + box.height, box.left : box.left + box.width].mean())


def _check_size(side: int, height: int, width: int) -> None:
    if min(height, width) < side:
        raise ValueError(f"the photo is {width} × {height} px; regions of {side} px do not fit into it")
