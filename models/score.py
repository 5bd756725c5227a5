"""Scores and the five-point ACR scale (ITU-T P.910), and how one kind of prediction is converted into another.

A score of 0 to 100, its spread, and the probability of each of the five ACR words describe one distribution of ratings.
Outputs of every kind of target are read as `PredictedRatings`, so that they can be compared.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

ACR_WORDS = ("bad", "poor", "fair", "good", "excellent")  # ITU-T P.910, each a fifth of the range of scores
WIDTH = 100 / len(ACR_WORDS)  # points of score of one word
CENTRES = torch.arange(len(ACR_WORDS)) * WIDTH + WIDTH / 2


@dataclass(frozen=True)
class Estimate:
    """A predicted number.

    Attributes:
        value: the number.
        interval: low and high ends of the conformal interval.
    """

    value: float
    interval: tuple[float, float]


@dataclass(frozen=True)
class Score(Estimate):
    """A predicted mean opinion score, 0 to 100, higher is better.

    Attributes:
        acr: probability of each of the five ACR words.
    """

    acr: dict[str, float]

    @property
    def word(self) -> str:
        """The likeliest of the five ACR words."""
        return max(self.acr, key=lambda word: self.acr[word])


@dataclass(frozen=True)
class PredictedRatings:
    """Predicted ratings of N photos or regions.

    Attributes:
        score: (N,), 0 to 100, higher is better.
        spread: (N,) standard deviation in points: of single people's scores where the model was trained on their distribution,
            of the mean opinion score otherwise.
        acr: (N, 5) probabilities of the words, from bad to excellent.
    """

    score: Tensor
    spread: Tensor
    acr: Tensor

    @classmethod
    def from_probabilities(cls, acr: Tensor) -> PredictedRatings:
        """From the probabilities of the words (N, 5): their mean, and their spread including that inside a word."""
        score = acr @ CENTRES
        variance = (acr @ CENTRES.square() - score.square()).clamp(min=0) + WIDTH**2 / 12
        return cls(score, variance.sqrt(), acr)

    @classmethod
    def from_score(cls, score: Tensor, spread: Tensor) -> PredictedRatings:
        """From a score (N,) and its spread (N,): the mass of a normal distribution in each word; the ends take the tails."""
        return cls(score.clamp(0, 100), spread, word_masses(score, spread))

    def mixed(self, weights: Tensor) -> PredictedRatings:
        """The mixture of these distributions with `weights` (N,), as one prediction (N = 1)."""
        share = weights / weights.sum()
        score = (share * self.score).sum()
        variance = (share * (self.spread.square() + (self.score - score).square())).sum()
        return PredictedRatings(score[None], variance.sqrt()[None], (share @ self.acr)[None])


def word_masses(score: Tensor, spread: Tensor) -> Tensor:
    """How much of normal distributions about `score` (N,) with `spread` (N,) lies in each word: (N, 5)."""
    limits = torch.arange(1, len(ACR_WORDS), device=score.device) * WIDTH
    below = 0.5 * (1 + torch.erf((limits - score[:, None]) / (spread[:, None].clamp(min=1e-3) * math.sqrt(2))))
    ends = below.new_zeros(len(score), 1), below.new_ones(len(score), 1)
    return torch.cat([ends[0], below, ends[1]], dim=1).diff(dim=1)


def words_of(score: Tensor) -> Tensor:
    """The number of the word that each score (N,) falls into: (N,), 0 for bad to 4 for excellent."""
    return (score / WIDTH).long().clamp(0, len(ACR_WORDS) - 1)
