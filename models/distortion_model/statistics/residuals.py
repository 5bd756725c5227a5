"""Correlations of the high-pass residual between neighbours and colour channels: what a sensor or a resampler leaves."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from .geometry import CELL, HALO, TINY, filtered, means_of, scaled_down, shifted


class ResidualCorrelations(nn.Module):
    """Correlation of the high-pass residual with itself and between colour channels, at small shifts."""

    # The residual of a smooth surface is zero: the Laplacian's outer product (Fridrich and Kodovsky, IEEE TIFS 2012).
    high_pass = (-0.5, 1.0, -0.5)
    between = ((0, 1), (0, 2), (1, 2))
    between_shifts = ((0, 0), (0, 1), (0, -1), (1, 0), (-1, 0), (0, 2), (0, -2), (2, 0), (-2, 0))
    own_shifts = tuple((dy, dx) for dy in range(4) for dx in range(-3, 4) if dy > 0 or dx > 0)

    def __init__(self, *, scale: int) -> None:
        super().__init__()
        self.scale = scale
        self.moments = 4 + len(self.between) * len(self.between_shifts) + len(self.own_shifts)
        self.length = self.moments

    def cells(self, region: Tensor, planes: Tensor) -> Tensor:
        channels = scaled_down(torch.cat([region, planes[:, :1]], dim=1), self.scale)
        residual = filtered(channels, self.high_pass)
        return means_of(self._products(residual, HALO // self.scale - 1), CELL // self.scale)

    def _products(self, residual: Tensor, halo: int) -> Iterator[Tensor]:
        centre = shifted(residual, 0, 0, halo)
        yield centre * centre
        for dy, dx in self.between_shifts:
            moved = shifted(residual, dy, dx, halo)
            for a, b in self.between:
                yield centre[:, a : a + 1] * moved[:, b : b + 1]
        for dy, dx in self.own_shifts:
            yield centre[:, 3:] * shifted(residual[:, 3:], dy, dx, halo)

    def describe(self, moments: Tensor) -> Tensor:
        power = moments[:, :4] + TINY**2
        pairs = torch.cat([(power[:, a] * power[:, b]).sqrt()[:, None] for a, b in self.between], dim=1)
        count = len(self.between) * len(self.between_shifts)
        between = moments[:, 4 : 4 + count] / pairs.repeat(1, len(self.between_shifts), 1, 1)
        own = moments[:, 4 + count :] / power[:, 3:4]
        return torch.cat([power.log() / 2, between, own], dim=1)
