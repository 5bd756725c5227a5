"""The histogram: clipping, gaps, levels, colour."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from .geometry import CELL, TINY, means_of, shifted


class Histogram(nn.Module):
    """Tone and colour: how luminance is spread over the range, what is clipped, which levels are missing, and the casts."""

    levels = 256
    steps = 15
    moments = steps + 12 + 9 + levels
    length = steps + 12 + 9 + 4
    luminance = steps + 12  # which of the moments is the mean luminance

    def cells(self, region: Tensor, planes: Tensor) -> Tensor:
        inner, planes = shifted(region, 0, 0), shifted(planes, 0, 0)
        return torch.cat([means_of(self._tones(inner, planes), CELL), self._green_levels(inner[:, 1])], dim=1)

    def _tones(self, inner: Tensor, planes: Tensor) -> Iterator[Tensor]:
        # Comparisons in place give floats, several times as fast as booleans that are made floats.
        yield from (planes[:, :1].clone().lt_(step / (self.steps + 1)) for step in range(1, self.steps + 1))
        yield from (inner.clone().lt_(limit / 255) for limit in (0.5, 4.5))
        yield from (inner.clone().gt_(1 - limit / 255) for limit in (0.5, 4.5))
        saturation = inner.amax(1, keepdim=True) - inner.amin(1, keepdim=True)
        yield from (planes, planes[:, 1:] ** 2, planes[:, 1:].abs().sqrt(), saturation, saturation**2)

    def describe(self, moments: Tensor) -> Tensor:
        means, levels = moments.split([self.moments - self.levels, self.levels], dim=1)
        # A bent tone curve leaves gaps and heaps between neighbouring levels; a photo's histogram is smooth.
        jumps = (levels[:, 1:-1] - (levels[:, :-2] + levels[:, 2:]) / 2).abs()
        share = levels[:, 1:-1] + TINY
        rough = [
            (j.sum(1, keepdim=True) / s.sum(1, keepdim=True)).clamp(max=4)
            for j, s in zip(jumps.tensor_split(4, 1), share.tensor_split(4, 1), strict=True)
        ]
        return torch.cat([means, *rough], dim=1)

    def _green_levels(self, green: Tensor) -> Tensor:
        batch, height, width = green.shape
        rows, columns = height // CELL, width // CELL
        level = (green * (self.levels - 1)).round().long()
        cell = torch.arange(batch * rows * columns, device=green.device).reshape(batch, rows, 1, columns, 1)
        index = (cell * self.levels + level.reshape(batch, rows, CELL, columns, CELL)).flatten()
        counts = index.new_zeros(batch * rows * columns * self.levels, dtype=green.dtype)
        counts = counts.scatter_add(0, index, torch.ones_like(index, dtype=green.dtype))
        return counts.reshape(batch, rows, columns, self.levels).permute(0, 3, 1, 2) / CELL**2
