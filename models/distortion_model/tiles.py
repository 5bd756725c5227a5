"""The fixed part of the network over a photo of any size, strip by strip, with the result of one pass over the whole.

What it needs in memory is a strip of the photo, whatever the photo's height.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import torch
import torch.nn.functional as F
from torch import Tensor

from .averages import described_averages, weighted_sums
from .statistics import CELL, HALO, WINDOW, PooledStatistics

PLACES = 3
PATCH = 2  # cells on a side of what the map is read from
TILE = 16 * CELL  # px; large enough to share each operation among the cores, small enough for their cache
ALL_UP_TO = 2**22  # px; of larger photos an even sample of as many is enough for what is said of the whole
SAMPLED = 4  # tiles down and across in such a sample

_statistics = cache(PooledStatistics)


@dataclass(frozen=True)
class Strip:
    """Some rows of windows, and of patches, of a photo.

    Attributes:
        windows: (length + PLACES, rows, columns) statistics of each window and its `places`.
        patches: (moments + PLACES, rows, columns) means of each square of PATCH × PATCH cells, not described yet, and its
            `places`.
        sums: (AVERAGES, moments + PLACES + 1), what the strip adds to the photo's averages, as `weighted_sums` has it.
    """

    windows: Tensor
    patches: Tensor
    sums: Tensor


@torch.inference_mode()
def described_windows(image: Tensor, statistics: PooledStatistics) -> Tensor:
    """What the statistics say of each window of a photo.

    Args:
        image: (3, H, W) float32 in [0, 1] or uint8, each side at least 64 px. A side shorter than a window is mirrored to
            one; of a longer one, up to CELL - 1 px at the right and the bottom are left out.
        statistics: the fixed part of the network.

    Returns:
        (length + PLACES, windows down, windows across); the window (i, j) starts at the pixel (i, j) · CELL. Last come the
        `places` of the windows.
    """
    return torch.cat([strip.windows for strip in described_strips(image, statistics)], dim=1)


def windows_and_averages(image: Tensor) -> tuple[Tensor, Tensor]:
    """The windows of a photo in reading order, (windows, length + PLACES), and its averages, (AVERAGES, length + PLACES)."""
    statistics = _statistics()
    strips = list(described_strips(image, statistics))
    windows = torch.cat([strip.windows.flatten(1) for strip in strips], dim=1).T
    sums = torch.stack([strip.sums for strip in strips]).sum(0, keepdim=True)
    return windows, described_averages(sums, statistics)[0]


@torch.inference_mode()
def described_strips(image: Tensor, statistics: PooledStatistics) -> Iterator[Strip]:
    """The same, some rows of windows at a time, from the top; only a strip of the photo is worked on at once."""
    image = _whole_cells(_at_least_a_window(image))
    height, width = image.shape[1:]
    where = places(height // CELL - WINDOW + 1, width // CELL - WINDOW + 1)
    where_cells = places(height // CELL, width // CELL)
    where_patches = places(height // CELL - PATCH + 1, width // CELL - PATCH + 1)
    waiting: list[Tensor] = []  # rows of cells that windows further down will need too
    # Tiles of wide photos are as large, but flat: a strip of them then takes less memory.
    tall, wide = (TILE, TILE) if width <= TILE else (TILE // 2, 2 * TILE)
    for top in range(0, height, tall):
        bottom = min(top + tall, height)
        tiles = [
            statistics.cells(_with_halo(image, top, bottom, left, min(left + wide, width)))
            for left in range(0, width, wide)
        ]
        new = torch.cat(tiles, dim=3)
        sums = weighted_sums(new, where_cells[:, top // CELL : bottom // CELL], statistics)
        cells = torch.cat([*waiting, new], dim=2)
        patches = F.avg_pool2d(cells[:, :, 1 - PATCH - new.shape[2] :], PATCH, stride=1)[0]
        waiting = [cells[:, :, 1 - WINDOW :]]
        described = statistics.describe(F.avg_pool2d(cells, WINDOW, stride=1))[0]
        here, where = where.tensor_split([described.shape[1]], dim=1)
        here_patches, where_patches = where_patches.tensor_split([patches.shape[1]], dim=1)
        yield Strip(torch.cat([described, here]), torch.cat([patches, here_patches]), sums[0])


@torch.inference_mode()
def sampled_strips(image: Tensor, statistics: PooledStatistics) -> Iterator[Strip]:
    """An even sample of a photo of more than ALL_UP_TO pixels: SAMPLED x SAMPLED tiles of TILE px, evenly spread over it.

    Of smaller photos all, as `described_strips` gives it. What is sampled takes the same time whatever the photo's size.
    """
    image = _whole_cells(image)
    down, across = (side // CELL for side in image.shape[1:])
    if down * across * CELL**2 <= ALL_UP_TO or min(image.shape[1:]) < TILE:
        yield from described_strips(image, statistics)
        return
    in_tile = TILE // CELL
    where, where_cells = places(down - WINDOW + 1, across - WINDOW + 1), places(down, across)
    where_patches = places(down - PATCH + 1, across - PATCH + 1)
    tops, lefts = ([round(n * (count - in_tile) / (SAMPLED - 1)) for n in range(SAMPLED)] for count in (down, across))
    for top in tops:
        windows, patches, sums = [], [], torch.zeros(())
        for left in lefts:
            rows, columns = slice(top, top + in_tile), slice(left, left + in_tile)
            tile = _with_halo(image, top * CELL, rows.stop * CELL, left * CELL, columns.stop * CELL)
            cells = statistics.cells(tile)
            sums = sums + weighted_sums(cells, where_cells[:, rows, columns], statistics)[0]
            described = statistics.describe(F.avg_pool2d(cells, WINDOW, stride=1))[0]
            inner = in_tile - WINDOW + 1
            windows.append(torch.cat([described, where[:, top : top + inner, left : left + inner]]))
            inner = in_tile - PATCH + 1
            here = where_patches[:, top : top + inner, left : left + inner]
            patches.append(torch.cat([F.avg_pool2d(cells, PATCH, stride=1)[0], here]))
        yield Strip(torch.cat(windows, dim=2), torch.cat(patches, dim=2), sums)


def places(down: int, across: int) -> Tensor:
    """Where in the photo each window is: (PLACES, down, across).

    Lenses darken and smear a photo around its middle, so what a window shows means one thing there and another in a corner. The
    squares and the product of the coordinates, which run from -1 to 1, say how far out it is, and in which direction.
    """
    y, x = (torch.linspace(-1, 1, count) if count > 1 else torch.zeros(1) for count in (down, across))
    rows, columns = y[:, None].expand(down, across), x[None, :].expand(down, across)
    return torch.stack([rows**2, columns**2, rows * columns])


def _at_least_a_window(image: Tensor) -> Tensor:
    missing = [max(0, WINDOW * CELL - side) for side in image.shape[1:]]
    if not any(missing):
        return image
    down, across = missing
    margins = (across // 2, across - across // 2, down // 2, down - down // 2)
    return F.pad(as_float(image)[None], margins, mode="reflect")[0]


def _whole_cells(image: Tensor) -> Tensor:
    height, width = (side // CELL * CELL for side in image.shape[1:])
    return image[:, :height, :width]


def _with_halo(image: Tensor, top: int, bottom: int, left: int, right: int) -> Tensor:
    """A tile of `image` with HALO px around it, mirrored where the photo ends: (1, 3, h, w) float32."""
    height, width = image.shape[1:]
    above, below = min(HALO, top), min(HALO, height - bottom)
    before, behind = min(HALO, left), min(HALO, width - right)
    region = as_float(image[:, top - above : bottom + below, left - before : right + behind])
    missing = (HALO - before, HALO - behind, HALO - above, HALO - below)
    return F.pad(region[None], missing, mode="reflect")


def as_float(image: Tensor) -> Tensor:
    """A photo of floats or of bytes as floats in [0, 1]."""
    return image.float() / 255 if image.dtype == torch.uint8 else image
