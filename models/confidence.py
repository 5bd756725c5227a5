"""Calibrating a fitted network on photos outside training: probabilities that mean what they say, intervals that cover."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from torch import Tensor

from ..synth_distort.severity import PERCEPTIBLE
from .quality_model import Calibration, presence_evidence, undistorted_evidence
from .quality_network import Reading

CONFIDENCE = 0.9
RANKS = 2  # the likeliest distortions of a photo, to which probabilities are fitted; no photo here has more
CLEAN_TAKEN = 4  # every fourth of the undistorted photos: one in seven then is, where names and scores are asked for
INVERSE_PENALTY = 10.0  # of the squared weights: next to none
FAMILIAR = 0.97  # share of the photos that are no further from the training samples than a familiar one may be


def calibrated(views: dict[str, Tensor]) -> Calibration:
    """Calibration of a model, measured on what it makes of whole photos of collections that evaluation never uses.

    Probabilities hold for photos of one population. That of "undistorted" is calibrated on photos of which two in five are;
    those of the names, and the intervals of the score, where one in seven is, since they matter where there is damage.

    Args:
        views: as `write_damaged_views` has them. Photos of the same collections served to fit the expected error, by which the
            intervals are scaled.
    """
    reading = Reading(**{field.name: views[field.name] for field in fields(Reading)})
    severities, spread = views["severities"], reading.log_spread.exp()
    perceptible = severities >= PERCEPTIBLE
    is_clean = ~perceptible.any(1)
    taken = ~is_clean
    taken[is_clean.nonzero()[::CLEAN_TAKEN, 0]] = True

    likeliest = reading.presence.topk(min(RANKS, severities.shape[1])).indices
    evidence = [one.expand_as(reading.presence).gather(1, likeliest)[taken] for one in presence_evidence(reading)]
    score_errors = (reading.damage - (1 - (1 - severities).prod(1))).abs() / spread
    severity_errors = (reading.severity - severities).abs() / spread[:, None]
    return Calibration(
        presence=_logistic(evidence, perceptible.gather(1, likeliest)[taken]),
        none=_logistic(undistorted_evidence(reading), is_clean),
        spread_factor=conformal_quantile(score_errors[taken], CONFIDENCE),
        severity_factor=conformal_quantile(severity_errors[severities > 0], CONFIDENCE),
        largest_distance=float(views["distance"].quantile(FAMILIAR)),
        confidence=CONFIDENCE,
    )


def _logistic(evidence: Sequence[Tensor], truth: Tensor) -> tuple[float, ...]:
    """The weights of `evidence`, and the shift, under which it has the least log loss."""
    inputs = torch.stack([one.flatten() for one in evidence], dim=1)
    # An average case of each kind is added, so that no evidence makes anything certain, however few photos there are.
    inputs = torch.cat([inputs, inputs.mean(0).expand(2, -1)]).numpy()
    truths = torch.cat([truth.flatten(), torch.tensor([False, True])]).numpy()
    fitted = LogisticRegression(C=INVERSE_PENALTY, max_iter=1000).fit(inputs, truths)
    return (*fitted.coef_[0].tolist(), float(fitted.intercept_[0]))


def conformal_quantile(errors: Sequence[float] | np.ndarray | Tensor, confidence: float) -> float:
    """The quantile of `errors` that a new one stays under with `confidence`, with the finite-sample correction."""
    level = min(1.0, np.ceil((len(errors) + 1) * confidence) / len(errors))
    return float(np.quantile(errors, level, method="higher"))
