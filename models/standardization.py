"""Standardization: features in standard deviations from their mean, whatever their units."""

from __future__ import annotations

import torch
from torch import Tensor, nn

FURTHEST = 6.0  # standard deviations; features are clipped there


class Standardization(nn.Module):
    """Features (N, length) in standard deviations from their mean over the photos that were fitted to."""

    mean: Tensor
    deviation: Tensor

    def __init__(self, length: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(length))
        self.register_buffer("deviation", torch.ones(length))

    def fit(self, rows: Tensor) -> None:
        """Take mean and deviation from `rows` (N, length); a constant feature becomes 0."""
        self.mean.copy_(rows.mean(0))
        spread = rows.std(0, correction=0)
        self.deviation.copy_(torch.where(spread > 1e-6, spread, torch.inf))

    def forward(self, rows: Tensor) -> Tensor:
        """See the class."""
        return ((rows - self.mean) / self.deviation).clamp(-FURTHEST, FURTHEST)
