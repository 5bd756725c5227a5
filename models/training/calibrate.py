"""Calibrating a fitted network on photos outside training: probabilities that mean what they say, intervals that cover."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import torch
import torch.nn.functional as F
from sklearn.linear_model import LogisticRegression
from torch import Tensor

from ...synth_distort.severity import PERCEPTIBLE, combined_severities
from ..distortion_model.calibration import ROLES, families_of, presence_inputs, roles, undistorted_inputs
from ..distortion_model.model import Calibration
from ..distortion_model.network import DistortionNetwork, ErrorEstimate, HeadOutputs
from ..distortion_model.prediction import FOUND, are_found, are_likely
from ..metrics.conformal import CONFIDENCE, conformal_quantile

CLEAN_TAKEN = 4  # every fourth of the undistorted photos: one in seven then is, where names and scores are asked for
FALSE_ALARMS = 0.02  # share of undistorted photos with a finding; of new ones more have one, since few are at hand
INVERSE_PENALTY = 1.0  # of the squared weights: little
NAME_WEIGHT = 0.4  # of a name in the checks: the lighter, the more photos must speak for its shift
IN_DISTRIBUTION = 0.97  # share of the photos that are no further from the training samples than a familiar one may be


def calibrated(network: DistortionNetwork, views: dict[str, Tensor]) -> Calibration:
    """Calibration of a fitted network, measured on what it makes of whole photos of collections that evaluation never uses.

    Probabilities hold for photos of one population. That of "undistorted" is calibrated on photos of which two in five are;
    those of the names, and the intervals of the score, where one in seven is, since they matter where there is damage.

    Args:
        network: whose readings these are.
        views: as `write_damaged_views` has them, of photos that what is calibrated here was not fitted to.
    """
    head_outputs = HeadOutputs(**{field.name: views[field.name] for field in fields(HeadOutputs)})
    error_estimate = ErrorEstimate(**{field.name: views[field.name] for field in fields(ErrorEstimate)})
    severities = views["severities"]
    perceptible = severities >= PERCEPTIBLE
    is_clean = ~perceptible.any(1)
    taken = ~is_clean
    taken[is_clean.nonzero()[::CLEAN_TAKEN, 0]] = True

    families = families_of(network.distortions)
    damage = network.combined_damage(head_outputs, views["features"])
    score_errors = (damage - combined_severities(severities)).abs() / error_estimate.spread
    inputs, their_roles = presence_inputs(head_outputs, error_estimate), roles(head_outputs.presence, families)
    presence, presence_by_name = zip(
        *(
            _logistic(
                *_strongest(head_outputs.presence, their_roles == role, inputs, perceptible, taken), len(families)
            )
            for role in range(len(ROLES))
        ),
        strict=True,
    )
    none, none_by_name = _logistic(
        undistorted_inputs(head_outputs, error_estimate), is_clean, head_outputs.presence.argmax(1), len(families)
    )
    fitted = Calibration(
        presence=presence,
        presence_by_name=presence_by_name,
        none=none,
        none_by_name=none_by_name,
        spread_factor=conformal_quantile(score_errors[taken], CONFIDENCE),
        largest_distance=float(views["distance"].quantile(IN_DISTRIBUTION)),
        confidence=CONFIDENCE,
    )
    probability, undistorted = fitted.probabilities(head_outputs, error_estimate, families)
    undistorted_from = _undistorted_from(probability[is_clean], head_outputs.severity[is_clean], undistorted[is_clean])
    found = are_found(probability, head_outputs.severity, undistorted, undistorted_from)
    severity_errors = (head_outputs.severity - severities).abs() / error_estimate.log_severity_error.exp()[:, None]
    return replace(
        fitted,
        undistorted_from=undistorted_from,
        severity_factors=_severity_factors(severity_errors, severities > 0, found.sum(1) > 1),
    )


def _severity_factors(errors: Tensor, there: Tensor, several: Tensor) -> tuple[float, float]:
    """The quantiles of errors (N, K) of severities that are `there`, in photos with at most one finding and with several.

    Where there are none of these, all stand for them.
    """

    def quantile(of_group: Tensor) -> float:
        group = there & of_group[:, None]
        return conformal_quantile(errors[group if group.any() else there], CONFIDENCE)

    return quantile(~several), quantile(several)


def _undistorted_from(probability: Tensor, severity: Tensor, undistorted: Tensor) -> float:
    """From which probability of "undistorted" nothing is found, so that FALSE_ALARMS of undistorted photos get a finding.

    Args:
        probability: (N, K) of distortions of undistorted photos.
        severity: (N, K) of them.
        undistorted: (N,) probability that the photo is undistorted.
    """
    alarming = torch.where(are_likely(probability, severity).any(1), undistorted, 1.0).sort().values
    return min(FOUND, float(alarming[int(FALSE_ALARMS * len(alarming))]))


def _strongest(
    presence: Tensor, plays: Tensor, inputs: Tensor, perceptible: Tensor, taken: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Of the strongest distortion of each taken photo that plays a role: checks, whether it is there, which it is."""
    taken = taken & plays.any(1)
    chosen = presence.where(plays, -torch.inf).argmax(1)[taken]
    at = chosen[:, None]
    return inputs[taken].take_along_dim(at[..., None], 1)[:, 0], perceptible[taken].gather(1, at)[:, 0], chosen


def _logistic(inputs: Tensor, truth: Tensor, name: Tensor, names: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """What makes `truth` (N,) of `inputs` (N, n) for distortions numbered `name` (N,), with the least log loss.

    It is the weights of the inputs and their shift, and a further shift for each of the `names`, which is small where few
    photos speak for it.
    """
    of_names = NAME_WEIGHT * F.one_hot(name, names)
    rows = torch.cat([inputs, of_names], dim=1)
    # An average case of each kind is added, so that no input makes anything certain, however few photos there are.
    rows = torch.cat([rows, rows.mean(0).expand(2, -1)]).numpy()
    truths = torch.cat([truth, torch.tensor([False, True])]).numpy()
    fitted = LogisticRegression(C=INVERSE_PENALTY, max_iter=3000).fit(rows, truths)
    weights, shifts = np.split(fitted.coef_[0], [inputs.shape[1]])
    return (*weights.tolist(), float(fitted.intercept_[0])), tuple((NAME_WEIGHT * shifts).tolist())
