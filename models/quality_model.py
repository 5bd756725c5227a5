"""A quality model that is ready to answer: network, calibration and the record of what made them."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import torch
from torch import Tensor

from ..synth_distort.severity import PERCEPTIBLE
from .quality_network import QualityNetwork, Reading
from .statistics import CELL, WINDOW
from .tiles import described_windows

ACR_WORDS = ("bad", "poor", "fair", "good", "excellent")  # ITU-T P.910, a fifth of the score's range each
FOUND = 0.5  # a distortion that is more likely there than not, and perceptible, is found
# Where damage is all but certain (the photo undistorted with less than the first) and its kind is not, the likeliest kind is
# found from the second on.
DAMAGED, LIKELIEST = 0.25, 0.25
WINDOWS_AT_ONCE = 4096


@dataclass(frozen=True)
class Calibration:
    """How raw answers become probabilities and intervals that hold, measured on photos outside training.

    Attributes:
        presence: scale and shift of the presence logits (Platt, 1999).
        none: scale and shift of the "nothing perceptible" logit.
        spread_factor: the interval's half-width over the expected error, so that `confidence` of the intervals cover
            (normalized split conformal prediction; Lei et al., JASA 2018).
        confidence: that share.
    """

    presence: tuple[float, float] = (1.0, 0.0)
    none: tuple[float, float] = (1.0, 0.0)
    spread_factor: float = 2.3
    confidence: float = 0.9


@dataclass(frozen=True)
class Answer:
    """What the model says of one photo. K distortions, h × w windows.

    Attributes:
        distortions: their K names.
        probability: (K,) that each is there and perceptible.
        severity: (K,) in [0, 1], given that it is there.
        undistorted_probability: that none of them is perceptible.
        score: 0 to 100, higher is better: the model's direct estimate of 100 x (1 - combined severity).
        interval: low and high ends, between which the score is with `confidence`.
        confidence: share of such intervals that hold.
        acr: probability of each of the five ACR words.
        local_probability: (K, h, w), of each window by itself, with the calibration of whole photos.
        local_severity: (K, h, w), likewise, given that the distortion is there.
    """

    distortions: tuple[str, ...]
    probability: Tensor
    severity: Tensor
    undistorted_probability: float
    score: float
    interval: tuple[float, float]
    confidence: float
    acr: dict[str, float]
    local_probability: Tensor
    local_severity: Tensor

    @property
    def found(self) -> Tensor:
        """(K,) whether each distortion is found; the likeliest alone where there is damage but no kind is likelier than not."""
        found = is_found(self.probability, self.severity)
        if found.any() or self.undistorted_probability >= DAMAGED:
            return found
        likeliest = self.probability == self.probability.max()
        return likeliest & (self.probability >= LIKELIEST) & (self.severity >= PERCEPTIBLE)

    @property
    def locally_found(self) -> Tensor:
        """(K, h, w) whether each distortion is found in each window by itself."""
        return is_found(self.local_probability, self.local_severity)

    def of(self, name: str) -> tuple[float, float]:
        """Probability and severity of the distortion called `name`."""
        index = self.distortions.index(name)
        return float(self.probability[index]), float(self.severity[index])

    @property
    def window_centres(self) -> tuple[Tensor, Tensor]:
        """Rows and columns (px) at which the windows of the local maps are centred."""
        first = WINDOW * CELL / 2
        rows, columns = self.local_severity.shape[1:]
        return torch.arange(rows) * CELL + first, torch.arange(columns) * CELL + first


@dataclass(frozen=True)
class QualityModel:
    """Answers for photos of any size.

    Attributes:
        name: what the model is called in reports.
        network: the quality network.
        calibration: of its probabilities and intervals.
        sha256: of the weights file; empty for a model that was never saved.
        record: what made it: data, seed, versions, revision, measurements.
    """

    name: str
    network: QualityNetwork
    calibration: Calibration
    sha256: str = ""
    record: dict = field(default_factory=dict)

    @property
    def distortions(self) -> tuple[str, ...]:
        """The names that the model answers for."""
        return self.network.distortions

    @torch.inference_mode()
    def answer(self, image: Tensor) -> Answer:
        """Everything that the model says of `image`, (3, H, W) float32 in [0, 1] with sides of at least 64 px."""
        whole, local, shape = self.read(image)
        probability = _calibrated(whole.presence, self.calibration.presence)
        local_probability = _calibrated(local.presence, self.calibration.presence)
        score = 100 * (1 - float(whole.damage))
        expected_error = 100 * float(whole.log_spread.exp())
        half = expected_error * self.calibration.spread_factor
        return Answer(
            distortions=self.distortions,
            probability=probability,
            severity=whole.severity,
            undistorted_probability=float(_calibrated(whole.none, self.calibration.none)),
            score=score,
            interval=(max(0.0, score - half), min(100.0, score + half)),
            confidence=self.calibration.confidence,
            acr=acr_probabilities(score, half / math.log(1 / (1 - self.calibration.confidence))),
            local_probability=local_probability.T.unflatten(1, shape),
            local_severity=local.severity.T.unflatten(1, shape),
        )

    @torch.inference_mode()
    def read(self, image: Tensor) -> tuple[Reading, Reading, tuple[int, int]]:
        """The uncalibrated readings of the photo (without a batch axis) and of its windows, and the windows' (h, w)."""
        windows = described_windows(image, self.network.statistics)
        flat = windows.flatten(1).T
        embeddings = torch.cat([self.network.embed(block) for block in flat.split(WINDOWS_AT_ONCE)])
        return (
            self.network.read(self.network.pool(embeddings)),
            self.network.read(embeddings),
            (windows.shape[1], windows.shape[2]),
        )


def is_found(probability: Tensor, severity: Tensor) -> Tensor:
    """Whether something of this probability and this severity counts as found."""
    return (probability >= FOUND) & (severity >= PERCEPTIBLE)


def acr_probabilities(score: float, scale: float) -> dict[str, float]:
    """Mass of a Laplace distribution about `score` with `scale` (both 0 to 100) in each fifth of the range."""

    def below(limit: float) -> float:
        z = (limit - score) / max(scale, 1e-6)
        return math.exp(z) / 2 if z < 0 else 1 - math.exp(-z) / 2

    limits = [0.0, *(below(20.0 * step) for step in range(1, 5)), 1.0]
    return {word: high - low for word, low, high in zip(ACR_WORDS, limits, limits[1:], strict=False)}


def _calibrated(logits: Tensor, platt: tuple[float, float]) -> Tensor:
    scale, shift = platt
    return (logits * scale + shift).sigmoid()
