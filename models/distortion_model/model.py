"""A quality model that is ready to prediction: network, calibration and the record of what made them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from ...synth_distort.severity import PERCEPTIBLE
from ..score import Score, acr_probabilities
from .calibration import ROLES, families_of, presence_probability, undistorted_probability
from .network import DistortionNetwork, ErrorEstimate, HeadOutputs, NetworkOutput
from .statistics import CELL, WINDOW
from .tiles import described_strips

FOUND = 0.5  # a distortion that is more likely there than not, and perceptible, is found
LIKELIEST = 0.4  # from which on the likeliest one is, where none is likelier there than not


@dataclass(frozen=True)
class Calibration:
    """How raw predictions become probabilities and intervals that hold, measured on photos outside training.

    Attributes:
        presence: for each of ROLES, weights of `presence_inputs`, and a shift, under which it is the logit of a probability:
            Platt's scaling (1999) with more to go by.
        presence_by_name: for each of ROLES, a further shift for each distortion.
        none: the same for `undistorted_inputs`, of the photo as a whole.
        none_by_name: a further shift for each distortion, if it is the likeliest.
        spread_factor: the opinion-unaware score interval's half-width over the error estimate's spread, so that `confidence` of the intervals cover
            (normalized split conformal prediction; Lei et al., JASA 2018).
        severity_factors: the same over the expected error of a distortion's severity, given that it is there: in photos in
            which one distortion is found or none, and in those with several (Mondrian; Vovk et al., 2005).
        undistorted_from: probability of "undistorted" from which on nothing is found: it would be a name for nothing.
        rating_error: the MOS interval's half-width, 0 to 100, from the errors on photos that were left out of the fit to
            human scores; None where the network was never fitted to any.
        largest_distance: from the training samples, beyond which a photo is unfamiliar.
        confidence: share of the intervals that hold.
    """

    presence: tuple[tuple[float, ...], ...] = ((1.0, 0.0, 0.0, 0.0, 0.0, 0.0),) * len(ROLES)
    presence_by_name: tuple[tuple[float, ...], ...] = ()
    none: tuple[float, ...] = (1.0, 0.0, 0.0, 0.0, 0.0)
    none_by_name: tuple[float, ...] = ()
    spread_factor: float = 2.3
    severity_factors: tuple[float, float] = (2.3, 2.3)
    undistorted_from: float = FOUND
    rating_error: float | None = None
    largest_distance: float = math.inf
    confidence: float = 0.9

    def probabilities(
        self, head_outputs: HeadOutputs, error_estimate: ErrorEstimate, families: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Of each distortion that it is there, (..., K), and that none is, (...,)."""
        return (
            presence_probability(head_outputs, error_estimate, families, self.presence, self.presence_by_name),
            undistorted_probability(head_outputs, error_estimate, self.none, self.none_by_name),
        )


@dataclass(frozen=True)
class Prediction:
    """What the model says of one photo. K distortions, h × w windows.

    Attributes:
        distortions: their K names.
        probability: (K,) that each is there and perceptible.
        severity: (K,) in [0, 1], given that it is there.
        undistorted_probability: that none of them is perceptible.
        undistorted_from: where that is as high as this, nothing is found.
        opinion_unaware_score: the model's direct estimate of 100 x (1 - combined severity): of damage, by heads that were
            fitted to no person's score of a photo.
        mos: the mean opinion score that people would give; None where the model was never fitted to human scores.
        severity_error: half-width of the interval of each of these severities.
        confidence: share of intervals that hold.
        in_distribution: whether the photo is like those that the model learned from, so that its predictions can be relied on.
        local_probability: (K, h, w), of each window by itself, as windows were taught: not calibrated, as those of photos are.
        local_severity: (K, h, w), likewise, given that the distortion is there.
    """

    distortions: tuple[str, ...]
    probability: Tensor
    severity: Tensor
    undistorted_probability: float
    undistorted_from: float
    opinion_unaware_score: Score
    mos: Score | None
    severity_error: float
    confidence: float
    in_distribution: bool
    local_probability: Tensor
    local_severity: Tensor

    @property
    def quality(self) -> Score:
        """The score that is meant where none is named: `mos`, or `opinion_unaware_score` where there is no other."""
        return self.mos or self.opinion_unaware_score

    @property
    def score(self) -> float:
        """The value of `quality`."""
        return self.quality.value

    @property
    def interval(self) -> tuple[float, float]:
        """The interval of `quality`."""
        return self.quality.interval

    @property
    def found(self) -> Tensor:
        """(K,) whether each distortion is found: likely there, and perceptible, in a photo that is unlikely undistorted.

        It is the likeliest alone, if that is fairly likely, where none is likelier there than not.
        """
        undistorted = torch.tensor(self.undistorted_probability)
        return are_found(self.probability, self.severity, undistorted, self.undistorted_from)

    @property
    def locally_found(self) -> Tensor:
        """(K, h, w) whether each distortion is found in each window by itself."""
        return is_found(self.local_probability, self.local_severity)

    def of(self, name: str) -> tuple[float, float]:
        """Probability and severity of the distortion called `name`."""
        index = self.distortions.index(name)
        return float(self.probability[index]), float(self.severity[index])

    def expected_severity(self, name: str) -> Tensor:
        """Probability times severity of the distortion called `name` in each window: (h, w) in [0, 1]."""
        index = self.distortions.index(name)
        return self.local_probability[index] * self.local_severity[index]

    def map_of(self, names: Sequence[str], *, height: int, width: int) -> np.ndarray:
        """The worst expected severity of `names` in each square of CELL px of a photo of `height` × `width` px.

        Windows overlap by three quarters; between their centres the map is bilinear, beyond the outermost it is constant.
        """
        worst = torch.stack([self.expected_severity(name) for name in names]).amax(0).numpy()
        rows, columns = (CELL * np.arange(count) + WINDOW * CELL / 2 for count in worst.shape)
        down, across = (np.arange(-(-side // CELL)) * CELL + CELL / 2 for side in (height, width))
        by_row = np.stack([np.interp(across, columns, line) for line in worst])
        return np.stack([np.interp(down, rows, line) for line in by_row.T], axis=1)


@dataclass(frozen=True)
class DistortionModel:
    """Predictions for photos of any size.

    Attributes:
        name: what the model is called in reports.
        network: the quality network.
        calibration: of its probabilities and intervals.
        sha256: of the weights file; empty for a model that was never saved.
        record: what made it: data, seed, versions, revision, measurements.
    """

    name: str
    network: DistortionNetwork
    calibration: Calibration
    sha256: str = ""
    record: dict = field(default_factory=dict)

    @property
    def distortions(self) -> tuple[str, ...]:
        """The names of the distortions that the model predicts."""
        return self.network.distortions

    def predict_all(self, images: Iterable[Tensor]) -> Iterator[Prediction]:
        """What the model says of each of `images`, of any sizes; of each the same as if it were asked about alone."""
        return map(self.predict, images)

    @torch.inference_mode()
    def predict(self, image: Tensor) -> Prediction:
        """Everything that the model says of `image`.

        Args:
            image: (3, H, W) float32 in [0, 1], or uint8 for a photo so large that floats would fill the memory; sides of at
                least 64 px.
        """
        view = self.extract(image)
        whole, error_estimate = view.whole, view.error_estimate
        probability, undistorted = self.calibration.probabilities(whole, error_estimate, families_of(self.distortions))
        found = are_found(probability, whole.severity, undistorted, self.calibration.undistorted_from)
        severity_factor = self.calibration.severity_factors[int(found.sum() > 1)]
        return Prediction(
            distortions=self.distortions,
            probability=probability,
            severity=whole.severity,
            undistorted_probability=float(undistorted),
            undistorted_from=self.calibration.undistorted_from,
            opinion_unaware_score=self._opinion_unaware_score(view),
            mos=self._mos(view),
            severity_error=float(error_estimate.log_severity_error.exp()) * severity_factor,
            confidence=self.calibration.confidence,
            in_distribution=view.distance <= self.calibration.largest_distance,
            local_probability=view.local.presence.sigmoid().T.unflatten(1, view.shape),
            local_severity=view.local.severity.T.unflatten(1, view.shape),
        )

    @torch.inference_mode()
    def extract(self, image: Tensor) -> NetworkOutput:
        """What the network makes of `image`, as `prediction` takes it, before calibration."""
        return self.network.extract(
            described_strips(image, self.network.statistics), self.network.content.describe(image)
        )

    def _opinion_unaware_score(self, view: NetworkOutput) -> Score:
        half = 100 * float(view.error_estimate.spread) * self.calibration.spread_factor
        return self._score(100 * (1 - float(self.network.combined_damage(view.whole, view.features))), half)

    def _mos(self, view: NetworkOutput) -> Score | None:
        if self.calibration.rating_error is None:
            return None
        return self._score(100 * float(self.network.mos_head(view.features).sigmoid()), self.calibration.rating_error)

    def _score(self, value: float, half: float) -> Score:
        scale = half / math.log(1 / (1 - self.calibration.confidence))
        return Score(value, (max(0.0, value - half), min(100.0, value + half)), acr_probabilities(value, scale))


def is_found(probability: Tensor, severity: Tensor) -> Tensor:
    """Whether something of this probability and this severity counts as found."""
    return (probability >= FOUND) & (severity >= PERCEPTIBLE)


def are_likely(probability: Tensor, severity: Tensor) -> Tensor:
    """Whether each of K distortions of a photo would be found if the photo were surely not undistorted, (..., K)."""
    is_likeliest = probability == probability.amax(-1, keepdim=True)
    likely = (probability >= FOUND) | (is_likeliest & (probability >= LIKELIEST))
    return likely & (severity >= PERCEPTIBLE)


def are_found(probability: Tensor, severity: Tensor, undistorted: Tensor, undistorted_from: float) -> Tensor:
    """Whether each of K distortions of a photo is found, (..., K).

    Args:
        probability: (..., K) of each.
        severity: (..., K) of each.
        undistorted: (...,) probability that the photo has none.
        undistorted_from: where that is as high as this, nothing is found.
    """
    return are_likely(probability, severity) & (undistorted < undistorted_from)[..., None]
