"""Predictions: what a network is taught to give for a region. The last of a quality CNN's four choices.

Each says how many outputs it has, what they cost against people's scores, and how they are read as an `PredictedRatings`.
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
    """What people gave to N photos.

    Attributes:
        score: (N,) mean opinion scores, 0 to 100.
        spread: (N,) standard deviations of single people's scores, in points.
    """

    score: Tensor
    spread: Tensor

    def __getitem__(self, chosen: Tensor | slice) -> Rated:
        return Rated(self.score[chosen], self.spread[chosen])


class Target(Protocol):
    """What every kind of prediction can do."""

    @property
    def outputs(self) -> int:
        """How many numbers the network gives."""
        ...

    def loss(self, outputs: Tensor, rated: Rated) -> Tensor:
        """What the outputs (N, outputs) cost, in the mean."""
        ...

    def read(self, outputs: Tensor, spread: float) -> PredictedRatings:
        """What the outputs (N, outputs) mean; `spread` is that of a mean opinion score about its prediction."""
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
    """How people's scores spread over the five words, learned with the Huber loss on probabilities (DeepRN)."""

    outputs: int = 5
    bend: float = 1 / 9  # of the loss, where squares give way to absolute values (DeepRN)

    def loss(self, outputs: Tensor, rated: Rated) -> Tensor:
        """See `Target`."""
        truth = word_masses(rated.score, rated.spread)
        return F.huber_loss(outputs.softmax(1), truth, delta=self.bend, reduction="none").sum(1).mean() / self.bend

    def read(self, outputs: Tensor, spread: float) -> PredictedRatings:
        """See `Target`."""
        return PredictedRatings.from_probabilities(outputs.softmax(1))


@dataclass(frozen=True)
class MeanOpinionScore:
    """The score itself, by least squares (KonCept512), counted from the middle of the scale in widths of a word."""

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
    """The score by support vector regression with a Gaussian kernel on the features, for a network that is not trained on.

    Attributes:
        cost: of a point outside the tube ("C"), with scores in standard deviations.
        tube: half the width inside which an error costs nothing ("epsilon"), likewise.
        width: how fast the kernel falls with the squared distance over the number of features ("gamma" times that).
    """

    cost: float = 4.0
    tube: float = 0.2
    width: float = 0.5
    outputs: int = 1

    def read(self, outputs: Tensor, spread: float) -> PredictedRatings:
        """See `Target`; the outputs are scores."""
        return PredictedRatings.from_score(outputs[:, 0], torch.full_like(outputs[:, 0], spread))
