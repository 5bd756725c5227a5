"""Responses of DCT filters at several scales and on colour planes: their strength, sparsity and zeros."""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
from torch import Tensor, nn

from .geometry import CELL, HALO, NEAR_ZERO, RESPONSES_AT_ONCE, TINY, scaled_down, within


class FilterStatistics(nn.Module):
    """The shape of each filter's response distribution: size, spread, tails, peak, and the share near zero."""

    filters: Tensor

    def __init__(self, filters: Tensor, *, plane: int, scale: int) -> None:
        super().__init__()
        self.register_buffer("filters", filters, persistent=False)
        self.plane, self.scale = plane, scale
        self.moments = self.length = 5 * len(filters)

    def cells(self, region: Tensor, planes: Tensor) -> Tensor:
        plane = scaled_down(planes[:, self.plane : self.plane + 1], self.scale)
        side, reach = CELL // self.scale, self.filters.shape[-1]
        plane = within(plane, HALO // self.scale, reach=reach)
        by_cell = plane[:, 0].unfold(1, side + reach - 1, side).unfold(2, side + reach - 1, side)
        # Cells by themselves, and a few at a time: their responses lie together, and stay in the processor's cache.
        at_once = max(1, RESPONSES_AT_ONCE // (len(self.filters) * side**2))
        cells = by_cell.flatten(0, 2).split(at_once)
        means = torch.cat([self._response_means(self._responses(some, side)) for some in cells])
        return means.unflatten(0, by_cell.shape[:3]).permute(0, 3, 1, 2)

    def _responses(self, cells: Tensor, side: int) -> Tensor:
        """Of cells with what filters reach of their neighbours, (cells, side + reach - 1, the same): (cells, filters, side²).

        As one product of matrices, which for a single channel is twice as fast as a convolution.
        """
        shifted = cells.unfold(1, side, 1).unfold(2, side, 1).flatten(3).flatten(1, 2)
        return self.filters.flatten(1) @ shifted

    def _response_means(self, responses: Tensor) -> Tensor:
        """(cells, filters, side²) to (cells, 5 filters)."""
        return torch.cat([one.mean(-1) for one in self._shapes(responses)], dim=1)

    def _shapes(self, x: Tensor) -> Iterator[Tensor]:
        """What is averaged of responses, one after the other, in the memory of those before."""
        size = x.abs()
        yield size
        yield size.sqrt_()
        square = x.mul_(x)
        yield square
        yield square * square
        yield square.mul_(NEAR_ZERO**-2).add_(1).reciprocal_()

    def describe(self, moments: Tensor) -> Tensor:
        size, root, square, fourth, near_zero = moments.chunk(5, dim=1)
        log_size, log_square = (size + TINY).log(), (square + TINY**2).log()
        return torch.cat(
            [
                log_size,
                2 * (root + TINY**0.5).log() - log_size,
                log_square / 2 - log_size,
                (fourth + TINY**4).log() - 2 * log_square,
                near_zero,
            ],
            dim=1,
        )


def dct_filters(side: int) -> Tensor:
    """The two-dimensional DCT-II basis without its constant: (side² - 1, 1, side, side), each of unit norm."""
    n = torch.arange(side, dtype=torch.float64)
    basis = torch.cos(math.pi / side * (n[None, :] + 0.5) * n[:, None])
    basis = basis / basis.norm(dim=1, keepdim=True)
    return torch.einsum("ui,vj->uvij", basis, basis).reshape(-1, 1, side, side)[1:].float()
