"""The quality CNN: fixed statistics, a learned reading of each window, and one answer for the photo.

    photo -> statistics of windows -> embedding of each window -> weighted mean over windows -> heads
                                                 \\-> the same heads on each window: the map

It runs at native resolution on photos of any size: a resize would hide the distortions that it looks for.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from .statistics import PooledStatistics

LARGEST_STANDARD_SCORE = 6.0  # statistics further than this from the training mean say no more than "far"
LARGEST_GATE = 2.0  # so that no window weighs more than e^4 times another, however many there are


@dataclass(frozen=True)
class Reading:
    """What the heads say of each of N embeddings (photos or windows). K distortions, in the network's order.

    Attributes:
        presence: (..., K) logits that each distortion is there and perceptible.
        none: (...,) logit that no distortion is perceptible.
        severity: (..., K) severity in [0, 1] of each distortion, given that it is there.
        damage: (...,) combined severity of all of them, in [0, 1].
        log_spread: (...,) logarithm of the expected absolute error of `damage`.
    """

    presence: Tensor
    none: Tensor
    severity: Tensor
    damage: Tensor
    log_spread: Tensor


class QualityNetwork(nn.Module):
    """Reads distortions, their severities and the combined damage from described windows.

    Args:
        distortions: the names that the heads answer for.
        width: of the hidden layer; the embedding has half of it.
        dropout: share of hidden units left out in training.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, distortions: tuple[str, ...], *, width: int = 384, dropout: float = 0.2) -> None:
        super().__init__()
        self.distortions = distortions
        self.statistics = PooledStatistics()
        length, embedding = self.statistics.length, width // 2
        self.register_buffer("mean", torch.zeros(length))
        self.register_buffer("deviation", torch.ones(length))
        self.encoder = nn.Sequential(
            nn.Linear(length, width), nn.GELU(), nn.Dropout(dropout), nn.Linear(width, embedding), nn.GELU()
        )
        self.gate = nn.Linear(embedding, embedding)
        self.heads = nn.Linear(embedding, 2 * len(distortions) + 3)

    def embed(self, windows: Tensor) -> Tensor:
        """Described windows (..., length) to embeddings (..., embedding)."""
        standard = (windows - self.mean) / self.deviation
        return self.encoder(standard.clamp(-LARGEST_STANDARD_SCORE, LARGEST_STANDARD_SCORE))

    def pool(self, embeddings: Tensor) -> Tensor:
        """Embeddings of a photo's windows (N, windows, embedding) to the photo's (N, embedding): a learned weighted mean."""
        weights = (LARGEST_GATE * torch.tanh(self.gate(embeddings))).softmax(dim=-2)
        return (weights * embeddings).sum(dim=-2)

    def read(self, embeddings: Tensor) -> Reading:
        """What the heads say of embeddings (..., embedding), of photos or of windows."""
        kinds = len(self.distortions)
        presence, severity, rest = self.heads(embeddings).split([kinds, kinds, 3], dim=-1)
        none, damage, log_spread = rest.unbind(-1)
        return Reading(presence, none, severity.sigmoid(), damage.sigmoid(), log_spread.clamp(-6, 0))

    def forward(self, windows: Tensor) -> tuple[Reading, Reading]:
        """Described windows (N, windows, length) to the readings of the photos and of their windows."""
        embeddings = self.embed(windows)
        return self.read(self.pool(embeddings)), self.read(embeddings)
