"""Mean-subtracted contrast-normalised values (Mittal, Moorthy and Bovik, IEEE TIP 2012)."""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
from torch import Tensor, nn

from .geometry import CELL, HALO, TINY, filtered, means_of, scaled_down, shifted


class ContrastNormalized(nn.Module):
    """Luminance with the local mean taken off and divided by the local deviation, and products of its neighbours."""

    gaussian = tuple(math.exp(-0.5 * (offset / (7 / 6)) ** 2) for offset in range(-3, 4))
    neighbours = ((0, 1), (1, 0), (1, 1), (1, -1))
    moments = length = 6 + 2 * len(neighbours)
    deviation = 4  # which of them is the local deviation

    def __init__(self, *, scale: int) -> None:
        super().__init__()
        self.scale = scale

    def cells(self, region: Tensor, planes: Tensor) -> Tensor:
        luminance = scaled_down(planes[:, :1], self.scale)
        mean = self._smooth(luminance)
        deviation = (self._smooth(luminance * luminance) - mean * mean).clamp(min=0).sqrt()
        normalized = (shifted(luminance, 0, 0, 3) - mean) / (deviation + 1 / 255)
        return means_of(self._responses(normalized, deviation, HALO // self.scale - 3), CELL // self.scale)

    def _responses(self, normalized: Tensor, deviation: Tensor, halo: int) -> Iterator[Tensor]:
        x, deviation = shifted(normalized, 0, 0, halo), shifted(deviation, 0, 0, halo)
        square = x * x
        yield from (x.abs(), x.abs().sqrt(), square, square * square, deviation, (deviation + TINY).log())
        products = [x * shifted(normalized, dy, dx, halo) for dy, dx in self.neighbours]
        yield from products
        yield from (product.abs() for product in products)

    def describe(self, moments: Tensor) -> Tensor:
        size, root, square, fourth, deviation, log_deviation = (moments[:, i : i + 1] for i in range(6))
        tails = (fourth + TINY).log() - 2 * (square + TINY).log()
        peak = 2 * (root + TINY).log() - (size + TINY).log()
        return torch.cat([size, peak, square, tails, (deviation + TINY).log(), log_deviation, moments[:, 6:]], dim=1)

    def _smooth(self, image: Tensor) -> Tensor:
        return filtered(image, [weight / sum(self.gaussian) for weight in self.gaussian])
