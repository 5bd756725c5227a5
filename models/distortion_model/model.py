"""A model that is ready to predict: network, calibration and the record of what made them."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from ..score import ACR_WORDS, Estimate, Score
from .as_viewed import as_viewed
from .calibration import (
    Calibration,
    either,
    half_width,
    mos_error_inputs,
    name_error_inputs,
    seen_only_as_viewed,
    severity_error_inputs,
)
from .kinds import kinds_of
from .network import DistortionNetwork, NetworkOutput
from .prediction import Prediction
from .statistics_network import HeadOutputs
from .viewed_network import LABELS, ViewedOutput

AT_ONCE = 16  # photos in one pass on a GPU; on a CPU, where its caches count, one after the other takes half the time


@dataclass(frozen=True)
class DistortionModel:
    """Predictions for photos of any size.

    Attributes:
        name: what the model is called in reports.
        network: both branches.
        calibration: of its probabilities and intervals.
        sha256: of weights and calibration; empty for a model that was never saved.
        record: what made it: data, seed, versions, revision, measurements.
    """

    name: str
    network: DistortionNetwork
    calibration: Calibration
    sha256: str = ""
    record: dict = field(default_factory=dict)

    @property
    def device(self) -> torch.device:
        """On which its network is. What it predicts is on the CPU."""
        return self.network.viewed.word_scores.device

    def on(self, device: torch.device) -> DistortionModel:
        """The same model on `device`: this one where it is there already."""
        if device.type == self.device.type:
            return self
        return replace(self, network=copy.deepcopy(self.network).to(device))

    @property
    def distortions(self) -> tuple[str, ...]:
        """The names of the distortions that the model predicts."""
        return self.network.distortions

    @torch.inference_mode()
    def mos_of(self, images: Tensor) -> Tensor:
        """The MOS of `images` (N, 3, H, W) in [0, 1], (N,) from 0 to 100: what `predict` gives, by one of the branches alone.

        Raises:
            ValueError: the model was never fitted to human scores.
        """
        if not self.calibration.mos_error:
            raise ValueError(f"{self.name}: was never fitted to human scores, so it predicts no MOS")
        at_once = 1 if self.device.type == "cpu" else AT_ONCE
        with self._computing():
            viewed = torch.stack([as_viewed(image.to(self.device)) for image in images])
            return torch.cat([self.network.viewed(some).mos for some in viewed.split(at_once)]).clamp(0, 100).cpu()

    @torch.inference_mode()
    def predict(self, image: Tensor, *, sampled: bool = False) -> Prediction:
        """Everything that the model predicts of `image`.

        Args:
            image: (3, H, W) float32 in [0, 1], or uint8 for a photo so large that floats would fill the memory; sides of at
                least 64 px.
            sampled: whether an even sample of some 4 megapixels stands for the own pixels of a larger photo.
        """
        output, calibration = self.extract(image, sampled=sampled), self.calibration
        whole, viewed, kinds = with_batch(output.statistics.whole), output.viewed, kinds_of(self.distortions)
        kind_logits = calibration.kind_logits(whole, viewed, kinds)
        kind_probability = kind_logits.sigmoid()
        return Prediction(
            distortions=self.distortions,
            probability=calibration.name_probabilities(whole, either(kind_probability), kinds)[0],
            severity=calibration.severities(whole, viewed, seen_only_as_viewed(kind_logits), kinds)[0],
            kind_probability=kind_probability[0],
            label_probability=dict(zip(LABELS, viewed.labels[0].sigmoid().tolist(), strict=True)),
            found_from=torch.tensor(calibration.found_from),
            undistorted_probability=float(calibration.undistorted_probability(whole, viewed, kind_logits)),
            overall_severity=self._overall_severity(whole, viewed),
            mos=self._mos(viewed),
            severity_error=half_width(name_error_inputs(whole.presence[0]), calibration.name_severity_error),
            confidence=calibration.confidence,
            in_distribution=bool(output.statistics.distance <= calibration.largest_distance),
            local_severity=output.statistics.local_severity,
        )

    @torch.inference_mode()
    def extract(self, image: Tensor, *, sampled: bool = False) -> NetworkOutput:
        """What the network makes of `image`, as `predict` takes it, before calibration; on the CPU."""
        with self._computing():
            return self.network.extract(image.to(self.device), sampled=sampled).cpu()

    @contextmanager
    def _computing(self) -> Iterator[None]:
        if self.device.type == "cpu":
            yield
            return
        # What is made on the way is made there too, and in full precision: predictions are those of the CPU.
        with self.device, torch.backends.cudnn.flags(enabled=True, allow_tf32=False):
            yield

    def _overall_severity(self, whole: HeadOutputs, viewed: ViewedOutput) -> Estimate:
        value = self.calibration.overall_severity(whole, viewed)
        half = float(half_width(severity_error_inputs(value, whole, viewed), self.calibration.severity_error))
        return Estimate(float(value), (max(0.0, float(value) - half), min(1.0, float(value) + half)))

    def _mos(self, viewed: ViewedOutput) -> Score | None:
        if not self.calibration.mos_error:
            return None
        value = min(100.0, max(0.0, float(viewed.mos)))
        half = float(half_width(mos_error_inputs(viewed), self.calibration.mos_error))
        acr: dict[str, float] = dict(zip(ACR_WORDS, viewed.acr[0].tolist(), strict=True))
        return Score(value, (max(0.0, value - half), min(100.0, value + half)), acr)


def with_batch(outputs: HeadOutputs) -> HeadOutputs:
    """The outputs of one photo as those of a batch of one."""
    return HeadOutputs(*(tensor[None] for tensor in vars(outputs).values()))
