"""The quality CNN: fixed statistics, a learned reading of each window, and one answer for the photo.

    photo -> statistics of windows -> embedding of each window -> weighted mean over windows -> heads: what is wrong (unaware)
                        |                                   \\-> the same heads on each window: the map
                        \\-> mean and spread over windows, that embedding, and what the content network sees in the
                            photo made small -> head: what people would say (aware)

It runs at native resolution on photos of any size: a resize would hide the distortions that it looks for.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from .content_network import ContentNetwork
from .standardization import FURTHEST, Standardization
from .statistics import PooledStatistics
from .tiles import PLACES
from .training_range import TrainingRange

LARGEST_GATE = 2.0  # so that no window weighs more than e^4 times another, however many there are
AWARE_WIDTH, AWARE_DROPOUT = 128, 0.7  # of a head that reads more numbers than there are rated photos


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
    """Reads distortions, their severities and the combined damage from described windows, and how people would rate the photo.

    Args:
        distortions: the names that the heads answer for.
        width: of the hidden layer; the embedding has half of it.
        dropout: share of hidden units left out in training.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, distortions: tuple[str, ...], *, width: int = 1024, dropout: float = 0.4) -> None:
        super().__init__()
        self.distortions = distortions
        self.statistics = PooledStatistics()
        length, embedding = self.statistics.length + PLACES, width // 2
        self.register_buffer("mean", torch.zeros(length))
        self.register_buffer("deviation", torch.ones(length))
        self.encoder = nn.Sequential(
            nn.Linear(length, width), nn.GELU(), nn.Dropout(dropout), nn.Linear(width, embedding), nn.GELU()
        )
        self.gate = nn.Linear(embedding, embedding)
        self.heads = nn.Linear(embedding, 2 * len(distortions) + 3)
        self.training_range = TrainingRange(length)
        self.content = ContentNetwork()
        summary = 2 * length + embedding + ContentNetwork.length
        self.aware = nn.Sequential(
            Standardization(summary),
            nn.Dropout(AWARE_DROPOUT / 2),
            nn.Linear(summary, AWARE_WIDTH),
            nn.GELU(),
            nn.Dropout(AWARE_DROPOUT),
            nn.Linear(AWARE_WIDTH, 1),
        )

    def standardize(self, windows: Tensor) -> Tensor:
        """Described windows (..., length) in deviations from the training mean, within FURTHEST."""
        return ((windows - self.mean) / self.deviation).clamp(-FURTHEST, FURTHEST)

    def embed(self, windows: Tensor) -> Tensor:
        """Described windows (..., length) to embeddings (..., embedding)."""
        return self.encoder(self.standardize(windows))

    def pool(self, embeddings: Tensor) -> Tensor:
        """Embeddings of a photo's windows (N, windows, embedding) to the photo's (N, embedding): a learned weighted mean."""
        return (self.gates(embeddings).softmax(dim=-2) * embeddings).sum(dim=-2)

    def gates(self, embeddings: Tensor) -> Tensor:
        """Logarithms of the weights of windows (..., embedding) in that mean, within LARGEST_GATE."""
        return LARGEST_GATE * torch.tanh(self.gate(embeddings))

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

    def summarize(self, windows: Tensor, content: Tensor) -> Tensor:
        """Described windows (N, windows, length) and contents (N, length) to what the aware head reads, (N, summary)."""
        standard = self.standardize(windows)
        return _summary(standard.mean(-2), standard.square().mean(-2), self.pool(self.encoder(standard)), content)

    def look(self, strips: Iterable[Tensor], content: Tensor) -> PhotoView:
        """All of one photo, from strips of described windows (length, rows, columns), of which one is kept at a time.

        Args:
            strips: as `described_strips` gives them.
            content: (length,) what the content network says of the photo.
        """
        local, rows = [], []
        total, squares = torch.zeros_like(self.mean), torch.zeros_like(self.mean)
        weights, weighted = self.mean.new_zeros(2, self.gate.in_features)
        for strip in strips:
            windows = self.standardize(strip.flatten(1).T)
            embeddings = self.encoder(windows)
            gates = self.gates(embeddings).exp()  # small enough that no softmax need keep them from overflowing
            weights, weighted = weights + gates.sum(0), weighted + (gates * embeddings).sum(0)
            total, squares = total + windows.sum(0), squares + windows.square().sum(0)
            local.append(self.read(embeddings))
            rows.append(strip.shape[1:])
        shape = (sum(down for down, _ in rows), rows[0][1])
        count = shape[0] * shape[1]
        mean, pooled = total / count, weighted / weights
        return PhotoView(
            whole=self.read(pooled),
            local=Reading(*(torch.cat(parts) for parts in zip(*(vars(one).values() for one in local), strict=True))),
            summary=_summary(mean, squares / count, pooled, content),
            distance=float(self.training_range(mean)),
            shape=shape,
        )


@dataclass(frozen=True)
class PhotoView:
    """What the network makes of one photo, before calibration.

    Attributes:
        whole: what the heads say of the photo.
        local: what the heads say of each window by itself, in reading order.
        summary: (summary,), what the aware head reads: the mean and the spread of the windows' statistics, the photo's
            embedding and its content.
        distance: from the training samples, as `TrainingRange` has it.
        shape: rows and columns of windows.
    """

    whole: Reading
    local: Reading
    summary: Tensor
    distance: float
    shape: tuple[int, int]


def _summary(mean: Tensor, mean_square: Tensor, pooled: Tensor, content: Tensor) -> Tensor:
    """Mean and spread of the windows' statistics, the photo's embedding and its content."""
    spread = (mean_square - mean.square()).clamp(min=0).sqrt()
    return torch.cat([mean, spread, pooled, content], dim=-1)
