"""A quality model that is ready to prediction: network, calibration and the record of what made them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import torch
from torch import Tensor

from ..score import Estimate, Score, acr_probabilities
from .calibration import ROLES, families_of, presence_probability, undistorted_probability
from .network import DistortionNetwork, ErrorEstimate, HeadOutputs, NetworkOutput
from .prediction import FOUND, Prediction, are_found
from .tiles import described_strips


@dataclass(frozen=True)
class Calibration:
    """How raw predictions become probabilities and intervals that hold, measured on photos outside training.

    Attributes:
        presence: for each of ROLES, weights of `presence_inputs`, and a shift, under which it is the logit of a probability:
            Platt's scaling (1999) with more to go by.
        presence_by_name: for each of ROLES, a further shift for each distortion.
        none: the same for `undistorted_inputs`, of the photo as a whole.
        none_by_name: a further shift for each distortion, if it is the likeliest.
        spread_factor: the opinion-unaware score interval's half-width over the error estimate's spread, so that
            `confidence` of the intervals cover (normalized split conformal prediction; Lei et al., JASA 2018).
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
            overall_severity=self._overall_severity(view),
            mos=self._mos(view),
            severity_error=float(error_estimate.log_severity_error.exp()) * severity_factor,
            confidence=self.calibration.confidence,
            in_distribution=view.distance <= self.calibration.largest_distance,
            local_probability=view.local.presence.sigmoid().T.unflatten(1, view.shape),
            local_severity=view.local.severity.T.unflatten(1, view.shape),
        )

    @torch.inference_mode()
    def extract(self, image: Tensor) -> NetworkOutput:
        """What the network makes of `image`, as `predict` takes it, before calibration."""
        return self.network.extract(
            described_strips(image, self.network.statistics), self.network.content.describe(image)
        )

    def _overall_severity(self, view: NetworkOutput) -> Estimate:
        value = float(self.network.combined_damage(view.whole, view.features))
        half = float(view.error_estimate.spread) * self.calibration.spread_factor
        return Estimate(value, (max(0.0, value - half), min(1.0, value + half)))

    def _mos(self, view: NetworkOutput) -> Score | None:
        half = self.calibration.rating_error
        if half is None:
            return None
        value = 100 * float(self.network.mos_head(view.features).sigmoid())
        scale = half / math.log(1 / (1 - self.calibration.confidence))
        return Score(value, (max(0.0, value - half), min(100.0, value + half)), acr_probabilities(value, scale))
