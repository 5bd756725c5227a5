"""Reading the averages of a photo, each by itself and then all together."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..standardization import Standardization
from .averages import AVERAGES


class AveragesNetwork(nn.Module):
    """Described averages (N, AVERAGES, length) to one embedding of them all (N, embedding), and heads that read it.

    Args:
        length: of each average.
        outputs: of the heads.
        width: of the hidden layer; the embedding has half of it.
        dropout: share of hidden units left out in training.
    """

    def __init__(self, length: int, outputs: int, *, width: int, dropout: float) -> None:
        super().__init__()
        count, each = len(AVERAGES), 3 * width // 10
        self.embedding = width // 2
        self.standardize = Standardization(count * length)
        self.shared = nn.Linear(length, width)
        self.own = nn.Parameter(torch.zeros(count, width))  # by which the shared layer knows one average from another
        self.each = nn.Sequential(nn.GELU(), nn.Dropout(dropout), nn.Linear(width, each), nn.GELU())
        self.together = nn.Sequential(nn.Dropout(dropout), nn.Linear(count * each, self.embedding), nn.GELU())
        self.heads = nn.Sequential(nn.Dropout(dropout), nn.Linear(self.embedding, outputs))

    def forward(self, averages: Tensor) -> Tensor:
        """See the class."""
        standard = self.standardize(averages.flatten(-2)).unflatten(-1, averages.shape[-2:])
        return self.together(self.each(self.shared(standard) + self.own).flatten(-2))
