"""The branch that reads a photo's own pixels: fixed statistics, two learned readings of them, names and severities.

    photo -> statistics of windows -> embedding of each -> weighted mean over windows -> heads -.
      |                                                                                      |-> what is wrong
      |-> statistics of averages over the photo -> embedding of them all -------------> heads -'
      \\-> statistics of patches -> embedding of each, by the first encoder -> its heads: the map

The two readings are trained each by itself and averaged: they err on different photos. It runs at native resolution on photos
of any size: a resize would hide the distortions that it names.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ..standardization import Standardization
from .averages import AVERAGES, described_averages
from .out_of_distribution import OutOfDistribution
from .statistics import PooledStatistics
from .tiles import PLACES, Strip

LARGEST_ATTENTION_LOGIT = 2.0  # so that no window weighs more than e^4 times another, however many there are


@dataclass(frozen=True)
class HeadOutputs:
    """What the heads say of each of N embeddings (photos or windows). K distortions, in the network's order.

    Attributes:
        presence: (..., K) logits that each distortion is there and perceptible.
        none: (...,) logit that no distortion is perceptible.
        severity: (..., K) severity in [0, 1] of each distortion, given that it is there.
        damage: (...,) combined severity of all of them, in [0, 1].
    """

    presence: Tensor
    none: Tensor
    severity: Tensor
    damage: Tensor

    @classmethod
    def of(cls, outputs: Tensor) -> HeadOutputs:
        """What the outputs (..., 2 K + 2) of a head stand for."""
        kinds = (outputs.shape[-1] - 2) // 2
        presence, severity, rest = outputs.float().split([kinds, kinds, 2], dim=-1)
        none, damage = rest.unbind(-1)
        return cls(presence, none, severity.sigmoid(), damage.sigmoid())

    @property
    def expected_severity(self) -> Tensor:
        """(..., K) probability times severity."""
        return self.presence.sigmoid() * self.severity

    @classmethod
    def mean(cls, one: HeadOutputs, other: HeadOutputs) -> HeadOutputs:
        """Half way between two readings of the same."""
        return cls(*((a + b) / 2 for a, b in zip(vars(one).values(), vars(other).values(), strict=True)))


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


class StatisticsNetwork(nn.Module):
    """Distortions, their severities and the overall severity, from described windows and averages.

    Args:
        distortions: the names that the heads predict.
        width: of the hidden layer that reads windows; their embedding has half of it.
        dropout: share of hidden units left out in training.
    """

    def __init__(self, distortions: tuple[str, ...], *, width: int = 1024, dropout: float = 0.4) -> None:
        super().__init__()
        self.distortions = distortions
        self.statistics = PooledStatistics()
        length, embedding, outputs = self.statistics.length + PLACES, width // 2, 2 * len(distortions) + 2
        self.length = length
        self.standardize = Standardization(length)
        self.encoder = nn.Sequential(
            nn.Linear(length, width), nn.GELU(), nn.Dropout(dropout), nn.Linear(width, embedding), nn.GELU()
        )
        self.attention = nn.Linear(embedding, embedding)
        self.heads = nn.Linear(embedding, outputs)
        self.averages = AveragesNetwork(length, outputs, width=5 * width // 8, dropout=dropout)
        self.out_of_distribution = OutOfDistribution(length)

    def embed(self, windows: Tensor) -> Tensor:
        """Described windows (..., length) to embeddings (..., embedding)."""
        return self.encoder(self.standardize(windows))

    def pool(self, embeddings: Tensor) -> Tensor:
        """Embeddings of a photo's windows (N, windows, embedding) to the photo's (N, embedding): a learned weighted mean."""
        return (self.attention_logits(embeddings).softmax(dim=-2) * embeddings).sum(dim=-2)

    def attention_logits(self, embeddings: Tensor) -> Tensor:
        """Logarithms of the weights of windows (..., embedding) in that mean, within LARGEST_ATTENTION_LOGIT."""
        return LARGEST_ATTENTION_LOGIT * torch.tanh(self.attention(embeddings))

    def read(self, embeddings: Tensor) -> HeadOutputs:
        """What windows say, by their embeddings (..., embedding): each by itself, or all of a photo pooled."""
        return HeadOutputs.of(self.heads(embeddings))

    def forward(self, windows: Tensor, averages: Tensor) -> tuple[HeadOutputs, HeadOutputs, HeadOutputs]:
        """The three readings that are learned: of N photos by their windows and by their averages, and of each window.

        Args:
            windows: (N, windows, length), described.
            averages: (N, AVERAGES, length), described.
        """
        pooled, averaged, each = self.embeddings(windows, averages)
        return self.read(pooled), HeadOutputs.of(self.averages.heads(averaged)), self.read(each)

    def embeddings(self, windows: Tensor, averages: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Of N photos, as `forward` takes them: the embedding of the windows, that of the averages, and each window's."""
        each = self.embed(windows)
        return self.pool(each), self.averages(averages), each

    def combine(self, pooled: Tensor, averaged: Tensor) -> HeadOutputs:
        """What windows and averages say together of N photos.

        Args:
            pooled: (N, embedding) of the windows.
            averaged: (N, embedding) of the averages.
        """
        return HeadOutputs.mean(self.read(pooled), HeadOutputs.of(self.averages.heads(averaged)))

    def extract(self, strips: Iterable[Strip]) -> StatisticsOutput:
        """All of one photo, strip by strip, of which one is kept at a time.

        Args:
            strips: as `described_strips` gives them.
        """
        local, windows_seen, sums = [], 0, torch.zeros(())
        total = torch.zeros(self.length)
        weights, weighted = torch.zeros(2, self.attention.in_features)
        for strip in strips:
            windows = self.standardize(strip.windows.flatten(1).T)
            embeddings = self.encoder(windows)
            attention = self.attention_logits(embeddings).exp()  # too small to overflow
            weights, weighted = weights + attention.sum(0), weighted + (attention * embeddings).sum(0)
            total, sums = total + windows.sum(0), sums + strip.sums
            windows_seen += len(windows)
            local.append(self.local_severity(strip.patches))
        mean, pooled = total / windows_seen, weighted / weights
        averaged = self.averages(described_averages(sums[None], self.statistics))[0]
        return StatisticsOutput(
            whole=self.combine(pooled, averaged),
            local_severity=torch.cat(local, dim=1),
            distance=self.out_of_distribution(mean),
        )

    def local_severity(self, patches: Tensor) -> Tensor:
        """Expected severity of each distortion in each patch by itself, (K, h, w), of patches (moments + PLACES, h, w).

        The heads were trained on windows of WINDOW × WINDOW cells. A patch is noisier, and says more exactly where.
        """
        means, where = patches[:-PLACES], patches[-PLACES:]
        described = torch.cat([self.statistics.describe(means[None])[0], where]).flatten(1).T
        return self.read(self.embed(described)).expected_severity.T.unflatten(1, patches.shape[1:])


@dataclass(frozen=True)
class StatisticsOutput:
    """What the branch makes of one photo.

    Attributes:
        whole: what both readings say of the photo.
        local_severity: (K, h, w) of the photo's patches, as `StatisticsNetwork.local_severity` has it.
        distance: () from the training samples, as `OutOfDistribution` has it.
    """

    whole: HeadOutputs
    local_severity: Tensor
    distance: Tensor
