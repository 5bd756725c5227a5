"""The quality CNN: fixed statistics, two learned readings of them, and one prediction for the photo.

    photo -> statistics of windows -> embedding of each -> weighted mean over windows -> heads -.
      |                                   \\-> the same heads on each window: the map           |-> what is wrong
      \\-> statistics of averages over the photo -> embedding of them all -------------> heads -'

What the content network sees in the photo made small goes to a head that says how damaged the photo looks; with the damage that
was read it makes the score of which no person was asked (opinion-unaware score). All of this together goes to one more
head: what people would say (MOS).

The two readings are learned each by itself and prediction together: they err on different photos.

It runs at native resolution on photos of any size: a resize would hide the distortions that it looks for.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ..standardization import Standardization
from .appearance_head import AppearanceHead
from .averages import described_averages
from .averages_network import AveragesNetwork
from .content_network import ContentNetwork
from .mos_head import MosHead
from .out_of_distribution import OutOfDistribution
from .statistics import PooledStatistics
from .tiles import PLACES, Strip

EXPECTED_ERRORS = (-6.0, 0.0)  # logarithms of errors of damage and of severity, between which an expected one lies
SURE = 2.0  # logit that there is no distortion, or that there is one, at which statistics count as much as appearance
LEAST_DAMAGE = 1e-3  # of which a logit is taken; it is as far from the most
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

    @classmethod
    def mean(cls, one: HeadOutputs, other: HeadOutputs) -> HeadOutputs:
        """Half way between two readings of the same."""
        return cls(*((a + b) / 2 for a, b in zip(vars(one).values(), vars(other).values(), strict=True)))


@dataclass(frozen=True)
class ErrorEstimate:
    """How far the readings of N photos are to be trusted, as photos that the network was not fitted to have taught it.

    Attributes:
        log_error: (...,) logarithm of the expected absolute error of the damage that statistics read.
        log_severity_error: (...,) the same of the severity of a distortion that is there.
        right: (...,) logit that the likeliest distortion is there.
    """

    log_error: Tensor
    log_severity_error: Tensor
    right: Tensor

    @property
    def spread(self) -> Tensor:
        """What intervals of the opinion-unaware score are as wide as, up to a factor: the root of the expected error, (...,).

        Intervals as wide as the expected error itself hold too seldom where it is small, and nearly always where it is large:
        in photos unlike those that taught the error estimates errors are more alike, and the score goes by appearance too.
        """
        return (self.log_error / 2).exp()


class DistortionNetwork(nn.Module):
    """Reads distortions, their severities and the combined damage from described windows, and how people would rate the photo.

    Args:
        distortions: the names that the heads prediction for.
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
        self.error_model = nn.Linear(embedding + self.averages.embedding, 3)
        self.out_of_distribution = OutOfDistribution(length)
        self.content = ContentNetwork()
        self.appearance = AppearanceHead(ContentNetwork.length)
        self.mos_head = MosHead(
            statistics=length,
            content=ContentNetwork.length,
            windows=embedding,
            averages=self.averages.embedding,
        )

    def embed(self, windows: Tensor) -> Tensor:
        """Described windows (..., length) to embeddings (..., embedding)."""
        return self.encoder(self.standardize(windows))

    def pool(self, embeddings: Tensor) -> Tensor:
        """Embeddings of a photo's windows (N, windows, embedding) to the photo's (N, embedding): a learned weighted mean."""
        return (self.attention_logits(embeddings).softmax(dim=-2) * embeddings).sum(dim=-2)

    def attention_logits(self, embeddings: Tensor) -> Tensor:
        """Logarithms of the weights of windows (..., embedding) in that mean, within LARGEST_GATE."""
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

    def combine(self, pooled: Tensor, averaged: Tensor) -> tuple[HeadOutputs, ErrorEstimate]:
        """What windows and averages say together of N photos, and how sure that is.

        Args:
            pooled: (N, embedding) of the windows.
            averaged: (N, embedding) of the averages.
        """
        whole = HeadOutputs.mean(self.read(pooled), HeadOutputs.of(self.averages.heads(averaged)))
        log_error, log_severity_error, right = self.error_model(torch.cat([pooled, averaged], dim=-1)).unbind(-1)
        return whole, ErrorEstimate(
            log_error.clamp(*EXPECTED_ERRORS), log_severity_error.clamp(*EXPECTED_ERRORS), right
        )

    def combined_damage(self, whole: HeadOutputs, features: Tensor) -> Tensor:
        """Combined severity of all that is wrong with N photos, by statistics and by appearance.

        Appearance counts the more, the less statistics recognize what they see: a distortion, or whether there is one at all.

        Args:
            whole: what both readings say of the photos.
            features: (N, length), as a `NetworkOutput` has it.

        Returns:
            (N,) in [0, 1].
        """
        recognized = torch.maximum(whole.presence.amax(-1), whole.none.abs() - SURE)
        weight = self.appearance.fitted * (-recognized).sigmoid()
        return torch.lerp(
            whole.damage.logit(eps=LEAST_DAMAGE), self.appearance(self.content_of(features)), weight
        ).sigmoid()

    def content_of(self, features: Tensor) -> Tensor:
        """What the content network says, of all that is seen of photos: (..., length) of a `NetworkOutput` to (..., length)."""
        return features[..., self.length : self.length + ContentNetwork.length]

    def extract(self, strips: Iterable[Strip], content: Tensor) -> NetworkOutput:
        """All of one photo, strip by strip, of which one is kept at a time.

        Args:
            strips: as `described_strips` gives them.
            content: (length,) what the content network says of the photo.
        """
        local, rows, sums = [], [], torch.zeros(())
        total = torch.zeros(self.length)
        weights, weighted = torch.zeros(2, self.attention.in_features)
        for strip in strips:
            windows = self.standardize(strip.windows.flatten(1).T)
            embeddings = self.encoder(windows)
            attention_logits = self.attention_logits(
                embeddings
            ).exp()  # small enough that no softmax need keep them from overflowing
            weights, weighted = weights + attention_logits.sum(0), weighted + (attention_logits * embeddings).sum(0)
            total, sums = total + windows.sum(0), sums + strip.sums
            local.append(self.read(embeddings))
            rows.append(strip.windows.shape[1:])
        shape = (sum(down for down, _ in rows), rows[0][1])
        mean, pooled = total / (shape[0] * shape[1]), weighted / weights
        averaged = self.averages(described_averages(sums[None], self.statistics))[0]
        whole, error_estimate = self.combine(pooled, averaged)
        return NetworkOutput(
            whole=whole,
            error_estimate=error_estimate,
            local=HeadOutputs(
                *(torch.cat(parts) for parts in zip(*(vars(one).values() for one in local), strict=True))
            ),
            features=torch.cat([mean, content, pooled, averaged]),
            distance=float(self.out_of_distribution(mean)),
            shape=shape,
        )


@dataclass(frozen=True)
class NetworkOutput:
    """What the network makes of one photo, before calibration.

    Attributes:
        whole: what both readings say of the photo.
        error_estimate: how sure that is.
        local: what the heads say of each window by itself, in reading order.
        features: (length,) the mean of its windows' statistics, what the content network sees, and both embeddings.
        distance: from the training samples, as `OutOfDistribution` has it.
        shape: rows and columns of windows.
    """

    whole: HeadOutputs
    error_estimate: ErrorEstimate
    local: HeadOutputs
    features: Tensor
    distance: float
    shape: tuple[int, int]
