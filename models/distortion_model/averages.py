"""Averages over a whole photo: of all of it, and of its dark, its bright, its flat and its outer parts.

A window of 128 px says where; what is faint takes more pixels. One noise is told from another by how its power and its colours
compare and by how it grows with the light, so these averages are taken over thousands of pixels before any logarithm or ratio.
"""

from __future__ import annotations

import torch
from torch import Tensor

from .statistics import PooledStatistics

AVERAGES = ("all", "dark", "bright", "flat", "outer")
FLAT = 0.01  # deviation of luminance; a cell of three times this counts for a 256th of one without any
LEAST = 1e-4  # weight of any cell, so that a photo without dark parts has an average of them too


def cell_weights(luminance: Tensor, deviation: Tensor, where: Tensor) -> Tensor:
    """How much each cell counts in each of AVERAGES.

    Args:
        luminance: (N, h, w) of the cells, 0 to 1.
        deviation: (N, h, w) of luminance within them.
        where: (PLACES, h, w), the cells' `places`.

    Returns:
        (N, AVERAGES, h, w).
    """
    light = luminance.clamp(0, 1)
    unclipped = (4 * light * (1 - light)) ** 2
    flat = (FLAT / (deviation + FLAT)) ** 4 * unclipped
    outer = ((where[0] + where[1]) / 2).square().expand_as(light)
    return torch.stack([torch.ones_like(light), (1 - light) ** 4, light**4, flat, outer], dim=1) + LEAST


def weighted_sums(cells: Tensor, where: Tensor, statistics: PooledStatistics) -> Tensor:
    """What cells add to the averages of their photo.

    Args:
        cells: (N, moments, h, w), as `PooledStatistics.cells` has them.
        where: (PLACES, h, w), their places.
        statistics: that made them.

    Returns:
        (N, AVERAGES, moments + PLACES + 1): sums of the cells and of their places, and last of the weights.
    """
    weights = cell_weights(*statistics.luminance_and_deviation(cells), where)
    summed = torch.cat([cells, where.expand(len(cells), -1, -1, -1), torch.ones_like(cells[:, :1])], dim=1)
    return weights.flatten(2) @ summed.flatten(2).mT


def described_averages(sums: Tensor, statistics: PooledStatistics) -> Tensor:
    """A photo's sums, of `weighted_sums`, to its averages as statistics: (N, AVERAGES, length + PLACES)."""
    moments = sum(part.moments for part in statistics.parts)
    mean = sums[..., :-1] / sums[..., -1:]
    described = statistics.describe(mean[..., :moments].mT[..., None])[..., 0].mT
    return torch.cat([described, mean[..., moments:]], dim=-1)
