"""Calibrating a fitted network on photos outside training: probabilities that mean what they say, intervals that cover."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace

import numpy as np
import torch
from scipy.optimize import nnls
from sklearn.linear_model import LogisticRegression
from torch import Tensor

from ...synth_distort.severity import PERCEPTIBLE, combined_severities
from ..distortion_model.calibration import (
    Calibration,
    half_width,
    kind_inputs,
    mos_error_inputs,
    severity_error_inputs,
    severity_inputs,
    undistorted_inputs,
    weighed,
)
from ..distortion_model.kinds import KINDS, kinds_of
from ..distortion_model.model import severities
from ..distortion_model.prediction import are_found
from ..distortion_model.statistics_network import HeadOutputs
from ..distortion_model.viewed_network import LABELS, ViewedOutput
from ..metrics.conformal import CONFIDENCE, conformal_quantile

FALSE_ALARMS = 0.02  # share of undistorted calibration photos with a finding
FALSE_ALARMS_OF_RATED = 0.05  # share of rated photos that people call excellent with a finding
EXCELLENT = 75  # MOS from which on
INVERSE_PENALTY = 1.0  # of the squared weights of logistic regressions: little
IN_DISTRIBUTION = 0.97  # share of the photos that are no further from the training samples than one in distribution
TEMPERATURES = np.geomspace(0.5, 4, 25)


@dataclass(frozen=True)
class Outputs:
    """What an uncalibrated network makes of N photos.

    Attributes:
        whole: by their own pixels.
        viewed: as viewed.
        distance: (N,) from the training samples.
    """

    whole: HeadOutputs
    viewed: ViewedOutput
    distance: Tensor

    @classmethod
    def of(cls, tensors: dict[str, Tensor]) -> Outputs:
        """From the tensors that `photo_outputs` writes."""
        whole = HeadOutputs(**{field.name: tensors[f"whole.{field.name}"] for field in fields(HeadOutputs)})
        viewed = ViewedOutput(**{field.name: tensors[f"viewed.{field.name}"] for field in fields(ViewedOutput)})
        return cls(whole, viewed, tensors["distance"])

    def __getitem__(self, chosen: Tensor | np.ndarray) -> Outputs:
        whole = HeadOutputs(*(tensor[chosen] for tensor in vars(self.whole).values()))
        viewed = ViewedOutput(*(tensor[chosen] for tensor in vars(self.viewed).values()))
        return Outputs(whole, viewed, self.distance[chosen])


@dataclass(frozen=True)
class RatedOutputs:
    """The same of rated photos, each by an opinion trunk that was not fitted to it.

    Attributes:
        outputs: of N photos.
        scores: (N,) mean opinion scores, 0 to 100.
        labels: (N, LABELS) what people named; None where nobody was asked.
    """

    outputs: Outputs
    scores: Tensor
    labels: Tensor | None

    def __getitem__(self, chosen: Tensor | np.ndarray) -> RatedOutputs:
        return RatedOutputs(
            self.outputs[chosen], self.scores[chosen], None if self.labels is None else self.labels[chosen]
        )


def calibrated(
    distortions: tuple[str, ...], damaged: Outputs, truth: Tensor, rated: RatedOutputs | None = None
) -> Calibration:
    """Calibration of a fitted network.

    Args:
        distortions: the names that it predicts.
        damaged: what it makes of photos that it was not fitted to, some of them undistorted.
        truth: (N, K) severities of what was put on them.
        rated: what it makes of photos that people rated; None for a model without MOS.
    """
    kinds, there = kinds_of(distortions), truth >= PERCEPTIBLE
    is_clean = ~there.any(1)
    fitted = Calibration(kinds=_kinds(damaged, there, kinds, rated), confidence=CONFIDENCE)
    fitted = replace(fitted, name_temperature=_name_temperature(fitted, damaged, there, kinds))
    logits = fitted.kind_logits(damaged.whole, damaged.viewed, kinds)
    undistorted = _logistic(undistorted_inputs(damaged.whole, damaged.viewed, logits), is_clean)
    fitted = replace(fitted, undistorted=undistorted, severity=_severity(damaged, combined_severities(truth)))
    alarms = [(damaged[is_clean], FALSE_ALARMS)]
    if rated is not None:
        alarms.append((rated.outputs[rated.scores >= EXCELLENT], FALSE_ALARMS_OF_RATED))
    overall = fitted.overall_severity(damaged.whole, damaged.viewed)
    errors = (severities(damaged.whole, overall) - truth).abs()[truth > 0]
    return replace(
        fitted,
        found_from=max(operating_point(fitted, outputs, distortions, share) for outputs, share in alarms),
        severity_error=_error_weights(
            severity_error_inputs(overall, damaged.whole, damaged.viewed), (overall - combined_severities(truth)).abs()
        ),
        name_severity_error=conformal_quantile(errors, CONFIDENCE),
        mos_error=mos_error(rated) if rated is not None else (),
        largest_distance=float(damaged.distance.quantile(IN_DISTRIBUTION)),
    )


def mos_error(rated: RatedOutputs) -> tuple[float, ...]:
    """Weights of `mos_error_inputs`, by the errors on photos that were not fitted to."""
    viewed = rated.outputs.viewed
    return _error_weights(mos_error_inputs(viewed), (viewed.mos - rated.scores).abs())


def operating_point(fitted: Calibration, outputs: Outputs, distortions: tuple[str, ...], share: float) -> float:
    """Probability of a kind from which on `share` of these photos, in which nothing is to be found, have a finding."""
    kind_probability, probability, severity = probabilities(fitted, outputs, kinds_of(distortions))
    perceptible = are_found(kind_probability, probability, severity, distortions, 0.0)
    alarm = (kind_probability[:, kinds_of(distortions)] * perceptible).amax(1).sort(descending=True).values
    return float(alarm[int(share * len(alarm))]) + 1e-6 if len(alarm) else 0.0


def probabilities(fitted: Calibration, outputs: Outputs, kinds: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Of N photos: of each kind (N, KINDS), of each distortion (N, K), and its severity (N, K)."""
    whole, viewed = outputs.whole, outputs.viewed
    kind_probability = fitted.kind_logits(whole, viewed, kinds).sigmoid()
    severity = severities(whole, fitted.overall_severity(whole, viewed))
    return kind_probability, fitted.name_probabilities(whole, kind_probability, kinds), severity


def _kinds(damaged: Outputs, there: Tensor, kinds: Tensor, rated: RatedOutputs | None) -> tuple[tuple[float, ...], ...]:
    """A logistic regression for each kind; for those that people named, both populations count as much as each other."""
    inputs = kind_inputs(damaged.whole, damaged.viewed, kinds)
    named = (
        kind_inputs(rated.outputs.whole, rated.outputs.viewed, kinds) if rated and rated.labels is not None else None
    )
    weights = []
    for number, kind in enumerate(KINDS):
        rows, truth = inputs[:, number], there[:, kinds == number].any(1)
        balance = torch.ones(len(rows))
        if named is not None and rated is not None and rated.labels is not None and kind in LABELS:
            rows = torch.cat([rows, named[:, number]])
            truth = torch.cat([truth, rated.labels[:, LABELS.index(kind)].bool()])
            balance = torch.cat([balance, torch.full((len(named),), len(balance) / len(named))])
        weights.append(_logistic(rows, truth, balance))
    return tuple(weights)


def _name_temperature(fitted: Calibration, damaged: Outputs, there: Tensor, kinds: Tensor) -> float:
    """The temperature under which names of kinds that are there have the least log loss."""
    rows, columns = there.nonzero(as_tuple=True)
    every = torch.ones(len(there), len(KINDS))

    def loss(temperature: float) -> float:
        shares = replace(fitted, name_temperature=temperature).name_probabilities(damaged.whole, every, kinds)
        return -float(shares[rows, columns].clamp(min=1e-6).log().mean())

    return float(min(TEMPERATURES, key=loss))


def _severity(damaged: Outputs, truth: Tensor) -> tuple[float, ...]:
    """Weights of both branches under which the overall severity has the least mean absolute error."""
    inputs = severity_inputs(damaged.whole, damaged.viewed).clone()
    weights = torch.tensor([0.5, 0.5, 0.0], requires_grad=True)
    _minimize(lambda: (weighed(inputs, weights).sigmoid() - truth).abs().mean(), weights)
    return tuple(weights.detach().tolist())


def _minimize(loss: Callable[[], Tensor], weights: Tensor) -> None:
    optimizer = torch.optim.LBFGS([weights], max_iter=100, line_search_fn="strong_wolfe")

    def step() -> Tensor:
        optimizer.zero_grad()
        value = loss()
        value.backward()
        return value

    optimizer.step(step)


def _error_weights(inputs: Tensor, errors: Tensor) -> tuple[float, ...]:
    """Non-negative least squares of `errors` (N,), widened until CONFIDENCE of them lie inside."""
    weights, _ = nnls(inputs.double().numpy(), errors.double().numpy())
    expected = half_width(inputs.double(), tuple(weights.tolist())).clamp(min=1e-6)
    return tuple((weights * conformal_quantile(errors / expected, CONFIDENCE)).tolist())


def _logistic(inputs: Tensor, truth: Tensor, balance: Tensor | None = None) -> tuple[float, ...]:
    """What makes `truth` (N,) of `inputs` (N, n) with the least log loss: the weights and a shift."""
    balance = torch.ones(len(inputs)) if balance is None else balance
    # An average case of each kind is added, so that no input makes anything certain, however few photos there are.
    rows = torch.cat([inputs, inputs.mean(0).expand(2, -1)]).numpy()
    truths = torch.cat([truth, torch.tensor([False, True])]).numpy()
    weights = torch.cat([balance, torch.ones(2)]).numpy()
    fitted = LogisticRegression(C=INVERSE_PENALTY, max_iter=3000).fit(rows, truths, sample_weight=weights)
    return (*fitted.coef_[0].tolist(), float(fitted.intercept_[0]))
