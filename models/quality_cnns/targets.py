"""Targets: what a head is trained on. The last of a quality CNN's four choices.

Each has a number of outputs, a loss against people's scores, and a way to read outputs as `PredictedRatings`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor

from ..score import WIDTH, PredictedRatings, word_masses, words_of

MIDDLE = 50.0  # of the scale of scores


@dataclass(frozen=True)
class Rated:
    """The ratings of N photos.

    Attributes:
        score: (N,) mean opinion scores, 0 to 100.
        spread: (N,) standard deviations of single people's scores, in points.
    """

    score: Tensor
    spread: Tensor

    def __getitem__(self, chosen: Tensor | slice) -> Rated:
        return Rated(self.score[chosen], self.spread[chosen])


class Target(Protocol):
    """What every kind of target can do."""

    @property
    def outputs(self) -> int:
        """How many numbers the head puts out for a region."""
        ...

    def loss(self, outputs: Tensor, rated: Rated) -> Tensor:
        """The mean loss of the outputs (N, outputs) against the ratings of N photos: a scalar."""
        ...

    def read(self, outputs: Tensor, spread: float) -> PredictedRatings:
        """The outputs (N, outputs) as ratings; `spread` (points) is that of a mean opinion score about its prediction."""
        ...


@dataclass(frozen=True)
class AcrClasses:
    """The word that the mean opinion score falls into, learned by cross entropy (DeepBIQ)."""

    outputs: int = 5

    def loss(self, outputs: Tensor, rated: Rated) -> Tensor:
        """See `Target`."""
        return F.cross_entropy(outputs, words_of(rated.score))

    def read(self, outputs: Tensor, spread: float) -> PredictedRatings:
        """See `Target`."""
        return PredictedRatings.from_probabilities(outputs.softmax(1))


@dataclass(frozen=True)
class ScoreDistribution:
    """The distribution of people's scores over the five words, learned with the Huber loss on probabilities (DeepRN)."""

    outputs: int = 5
    bend: float = 1 / 9  # of the loss, from squares to absolute values (DeepRN)

    def loss(self, outputs: Tensor, rated: Rated) -> Tensor:
        """See `Target`."""
        truth = word_masses(rated.score, rated.spread)
        return F.huber_loss(outputs.softmax(1), truth, delta=self.bend, reduction="none").sum(1).mean() / self.bend

    def read(self, outputs: Tensor, spread: float) -> PredictedRatings:
        """See `Target`."""
        return PredictedRatings.from_probabilities(outputs.softmax(1))


@dataclass(frozen=True)
class MeanOpinionScore:
    """The score itself, by least squares (KonCept512), in widths of a word from the middle of the scale."""

    outputs: int = 1

    def loss(self, outputs: Tensor, rated: Rated) -> Tensor:
        """See `Target`."""
        return F.mse_loss(outputs[:, 0], (rated.score - MIDDLE) / WIDTH)

    def read(self, outputs: Tensor, spread: float) -> PredictedRatings:
        """See `Target`."""
        score = MIDDLE + WIDTH * outputs[:, 0]
        return PredictedRatings.from_score(score, torch.full_like(score, spread))


@dataclass(frozen=True)
class SupportVectors:
    """The score by support vector regression with a Gaussian kernel, on features that stay as they are.

    Attributes:
        cost: of a point outside the tube ("C"), with scores in standard deviations.
        tube: half the width inside which an error costs nothing ("epsilon"), likewise.
        width: of the kernel: "gamma" times the number of features.
    """

    cost: float = 4.0
    tube: float = 0.2
    width: float = 0.5
    outputs: int = 1

    def read(self, outputs: Tensor, spread: float) -> PredictedRatings:
        """See `Target`; the outputs are scores."""
        return PredictedRatings.from_score(outputs[:, 0], torch.full_like(outputs[:, 0], spread))


TrainableTarget = AcrClasses | ScoreDistribution | MeanOpinionScore
