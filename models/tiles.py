"""The fixed part of the network over a photo of any size, tile by tile, with the result of one pass over the whole."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import torch
import torch.nn.functional as F
from torch import Tensor

from .statistics import CELL, HALO, WINDOW, PooledStatistics

TILE = 8 * CELL  # px; what a tile's filters respond with stays in the processor's cache


@torch.inference_mode()
def described_windows(image: Tensor, statistics: PooledStatistics, *, stride: int = 1) -> Tensor:
    """What the statistics say of each window of a photo.

    Args:
        image: (3, H, W) in [0, 1], each side at least 64 px. A side shorter than a window is mirrored to one; of a
            longer one, up to CELL - 1 px at the right and the bottom are left out.
        statistics: the fixed part of the network.
        stride: cells from one window to the next.

    Returns:
        (length, windows down, windows across); the window (i, j) starts at the pixel (i, j) · stride · CELL.
    """
    padded = _with_halo(_at_least_a_window(image))
    height, width = (side - 2 * HALO for side in padded.shape[1:])
    tiles = [
        padded[None, :, top : min(top + TILE, height) + 2 * HALO, left : min(left + TILE, width) + 2 * HALO]
        for top in range(0, height, TILE)
        for left in range(0, width, TILE)
    ]
    cells = _side_by_side(_on_every_core(statistics.cells, tiles), across=-(-width // TILE))
    return statistics.describe(F.avg_pool2d(cells, WINDOW, stride=stride))[0]


def _on_every_core(function: Callable[[Tensor], Tensor], tiles: list[Tensor]) -> list[Tensor]:
    """`function` of each of `tiles`, one tile to a core: twice as fast as sharing each small operation among them."""
    cores = torch.get_num_threads()
    if cores == 1 or len(tiles) == 1:
        return [function(tile) for tile in tiles]
    try:
        with ThreadPoolExecutor(cores, initializer=torch.set_num_threads, initargs=(1,)) as pool:
            return list(pool.map(torch.inference_mode()(function), tiles))
    finally:
        torch.set_num_threads(cores)


def _side_by_side(tiles: list[Tensor], *, across: int) -> Tensor:
    """Tiles in reading order, `across` to a row, put together."""
    rows = [torch.cat(tiles[first : first + across], dim=3) for first in range(0, len(tiles), across)]
    return torch.cat(rows, dim=2)


def _at_least_a_window(image: Tensor) -> Tensor:
    missing = [max(0, WINDOW * CELL - side) for side in image.shape[1:]]
    down, across = missing
    margins = (across // 2, across - across // 2, down // 2, down - down // 2)
    return F.pad(image[None], margins, mode="reflect")[0] if any(missing) else image


def _with_halo(image: Tensor) -> Tensor:
    height, width = (side // CELL * CELL for side in image.shape[1:])
    return F.pad(image[None, :, :height, :width], (HALO,) * 4, mode="reflect")[0]
