"""Calibrating a fitted network on photos outside training: probabilities that mean what they say, intervals that cover."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ..synth_distort.severity import PERCEPTIBLE, combined_severity
from .quality_model import Calibration, QualityModel
from .training_samples import Sample

CONFIDENCE = 0.9
LIKELIEST = (
    3  # distortions of a photo whose probabilities are calibrated; those of the others are next to 0 in any case
)
FAMILIAR = 0.97  # share of damaged photos that are no further from the training samples than a familiar one may be


def calibrated(model: QualityModel, samples: Iterable[Sample]) -> Calibration:
    """Calibration of `model` measured on `samples`: whole photos of collections that evaluation never uses.

    Photos of the same collections served to fit the expected error, by which the intervals are scaled.
    """
    readings, severities, distances = [], [], []
    for sample in samples:
        view = model.look(sample.image)
        readings.append(view.whole)
        distances.append(view.distance)
        severities.append(sample.severities)
    perceptible = (torch.stack(severities) >= PERCEPTIBLE).float()
    presence = torch.stack([reading.presence for reading in readings])
    likeliest = presence.topk(min(LIKELIEST, presence.shape[1])).indices
    severity_errors = [
        abs(float(reading.severity[name] - truth[name])) / float(reading.log_spread.exp())
        for reading, truth in zip(readings, severities, strict=True)
        for name in truth.nonzero()[:, 0]
    ]
    none = torch.stack([reading.none for reading in readings])
    standardized_errors = [
        abs(float(reading.damage) - combined_severity(truth.tolist())) / float(reading.log_spread.exp())
        for reading, truth in zip(readings, severities, strict=True)
    ]
    return Calibration(
        presence=_platt(presence.gather(1, likeliest).flatten(), perceptible.gather(1, likeliest).flatten()),
        none=_platt(none, 1 - perceptible.amax(1)),
        spread_factor=conformal_quantile(standardized_errors, CONFIDENCE),
        severity_factor=conformal_quantile(severity_errors, CONFIDENCE),
        largest_distance=float(np.quantile(distances, FAMILIAR)),
        confidence=CONFIDENCE,
    )


def _platt(logits: Tensor, truth: Tensor) -> tuple[float, float]:
    """Scale and shift under which `logits` have the least log loss (Platt, 1999)."""
    line = torch.tensor([1.0, 0.0], requires_grad=True)
    optimizer = torch.optim.LBFGS([line], max_iter=100, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimizer.zero_grad()
        value = F.binary_cross_entropy_with_logits(logits * line[0] + line[1], truth)
        value.backward()
        return value

    optimizer.step(loss)
    scale, shift = line.tolist()
    return scale, shift


def conformal_quantile(errors: Sequence[float] | np.ndarray, confidence: float) -> float:
    """The quantile of `errors` that a new one stays under with `confidence`, with the finite-sample correction."""
    level = min(1.0, np.ceil((len(errors) + 1) * confidence) / len(errors))
    return float(np.quantile(errors, level, method="higher"))
