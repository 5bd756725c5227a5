"""Calibrating a fitted network on photos outside training: probabilities that mean what they say, intervals that cover."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from torch import Tensor

from ..synth_distort.severity import PERCEPTIBLE
from .evidence import (
    ROLES,
    presence_evidence,
    presence_probability,
    roles,
    undistorted_evidence,
    undistorted_probability,
)
from .quality_model import FOUND, Calibration, found_below
from .quality_network import Doubt, Reading

CONFIDENCE = 0.9
CLEAN_TAKEN = 4  # every fourth of the undistorted photos: one in seven then is, where names and scores are asked for
FALSE_ALARMS = 0.05  # share of undistorted photos in which something is found
INVERSE_PENALTY = 10.0  # of the squared weights: next to none
FAMILIAR = 0.97  # share of the photos that are no further from the training samples than a familiar one may be


def calibrated(views: dict[str, Tensor], families: Tensor) -> Calibration:
    """Calibration of a model, measured on what it makes of whole photos of collections that evaluation never uses.

    Probabilities hold for photos of one population. That of "undistorted" is calibrated on photos of which two in five are;
    those of the names, and the intervals of the score, where one in seven is, since they matter where there is damage.

    Args:
        views: as `write_damaged_views` has them, of photos that neither the network nor its doubts were fitted to.
        families: (K,) of the distortions, as `families_of` numbers them.
    """
    reading = Reading(**{field.name: views[field.name] for field in fields(Reading)})
    doubt = Doubt(**{field.name: views[field.name] for field in fields(Doubt)})
    severities = views["severities"]
    perceptible = severities >= PERCEPTIBLE
    is_clean = ~perceptible.any(1)
    taken = ~is_clean
    taken[is_clean.nonzero()[::CLEAN_TAKEN, 0]] = True

    score_errors = (reading.damage - (1 - (1 - severities).prod(1))).abs() / doubt.log_error.exp()
    severity_errors = (reading.severity - severities).abs() / doubt.log_severity_error.exp()[:, None]
    evidence, their_roles = presence_evidence(reading, doubt), roles(reading.presence, families)
    presence = tuple(
        _logistic(*_strongest(reading.presence, their_roles == role, evidence, perceptible, taken))
        for role in range(len(ROLES))
    )
    none = _logistic(undistorted_evidence(reading, doubt), is_clean)
    return Calibration(
        presence=presence,
        none=none,
        undistorted_from=_undistorted_from(
            presence_probability(reading, doubt, families, presence)[is_clean],
            reading.severity[is_clean],
            undistorted_probability(reading, doubt, none)[is_clean],
        ),
        spread_factor=conformal_quantile(score_errors[taken], CONFIDENCE),
        severity_factor=conformal_quantile(severity_errors[severities > 0], CONFIDENCE),
        largest_distance=float(views["distance"].quantile(FAMILIAR)),
        confidence=CONFIDENCE,
    )


def _undistorted_from(probability: Tensor, severity: Tensor, undistorted: Tensor) -> float:
    """From which probability of "undistorted" nothing is found, so that FALSE_ALARMS of undistorted photos get a finding.

    Args:
        probability: (N, K) of distortions of undistorted photos.
        severity: (N, K) of them.
        undistorted: (N,) probability that the photo is undistorted.
    """
    alarmed = undistorted < found_below(probability, severity).amax(1)
    alarming = torch.where(alarmed, undistorted, 1.0).sort().values
    return min(FOUND, float(alarming[int(FALSE_ALARMS * len(alarming))]))


def _strongest(
    presence: Tensor, plays: Tensor, evidence: Tensor, perceptible: Tensor, taken: Tensor
) -> tuple[Tensor, Tensor]:
    """Evidence for the strongest distortion of each taken photo that plays a role, and whether it is there."""
    taken = taken & plays.any(1)
    chosen = presence.where(plays, -torch.inf).argmax(1)[taken, None]
    return evidence[taken].take_along_dim(chosen[..., None], 1)[:, 0], perceptible[taken].gather(1, chosen)[:, 0]


def _logistic(evidence: Tensor, truth: Tensor) -> tuple[float, ...]:
    """The weights of `evidence` (N, n), and the shift, under which it has the least log loss for `truth` (N,)."""
    # An average case of each kind is added, so that no evidence makes anything certain, however few photos there are.
    inputs = torch.cat([evidence, evidence.mean(0).expand(2, -1)]).numpy()
    truths = torch.cat([truth, torch.tensor([False, True])]).numpy()
    fitted = LogisticRegression(C=INVERSE_PENALTY, max_iter=1000).fit(inputs, truths)
    return (*fitted.coef_[0].tolist(), float(fitted.intercept_[0]))


def conformal_quantile(errors: Sequence[float] | np.ndarray | Tensor, confidence: float) -> float:
    """The quantile of `errors` that a new one stays under with `confidence`, with the finite-sample correction."""
    level = min(1.0, np.ceil((len(errors) + 1) * confidence) / len(errors))
    return float(np.quantile(errors, level, method="higher"))
