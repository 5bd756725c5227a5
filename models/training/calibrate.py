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
    NEVER,
    Calibration,
    either,
    half_width,
    mos_error_inputs,
    name_error_inputs,
    pixel_inputs,
    seen_only_as_viewed,
    severity_error_inputs,
    severity_inputs,
    undistorted_inputs,
    viewed_inputs,
    weighed,
)
from ..distortion_model.kinds import KINDS, kinds_of
from ..distortion_model.prediction import are_found
from ..distortion_model.statistics_network import HeadOutputs
from ..distortion_model.viewed_network import LABELS, ViewedOutput
from ..metrics.conformal import CONFIDENCE, conformal_quantile

FALSE_ALARMS = 0.05  # share of undistorted calibration photos with a finding
FALSE_ALARMS_OF_RATED = 0.08  # share of rated photos that people call excellent with a finding
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
    distortions: tuple[str, ...],
    damaged: Outputs,
    truth: Tensor,
    rated: RatedOutputs | None = None,
    undistorted: Outputs | None = None,
) -> Calibration:
    """Calibration of a fitted network.

    Args:
        distortions: the names that it predicts.
        damaged: what it makes of photos that it was not fitted to, some of them undistorted.
        truth: (N, K) severities of what was put on them.
        rated: what it makes of photos that people rated; None for a model without MOS.
        undistorted: what it makes of photos without distortion at full size, which may not alarm more often than others.
    """
    kinds, there = kinds_of(distortions), truth >= PERCEPTIBLE
    is_clean, overall = ~there.any(1), combined_severities(truth)
    fitted = Calibration(
        pixels=_pixels(damaged, there, kinds), severity=_severity(damaged, overall), confidence=CONFIDENCE
    )
    alarms = [(damaged[is_clean], FALSE_ALARMS)]
    if rated is not None:
        fitted = replace(
            fitted,
            viewed=_viewed(damaged, truth, kinds, rated),
            undistorted_mos=float(damaged.viewed.mos[is_clean].mean()),
            mos_error=mos_error(rated),
        )
        alarms.append((rated.outputs[rated.scores >= EXCELLENT], FALSE_ALARMS_OF_RATED))
    fitted = replace(fitted, name_temperature=_name_temperature(fitted, damaged, there, kinds))
    logits = fitted.kind_logits(damaged.whole, damaged.viewed, kinds)
    predicted = fitted.overall_severity(damaged.whole, damaged.viewed)
    severities = fitted.severities(damaged.whole, damaged.viewed, seen_only_as_viewed(logits), kinds)
    errors = (severities - truth).abs()[truth > 0]
    if undistorted is not None:
        alarms.append((undistorted, FALSE_ALARMS))
    points = [operating_point(fitted, outputs, distortions, share) for outputs, share in alarms]
    return replace(
        fitted,
        undistorted=_logistic(undistorted_inputs(damaged.whole, damaged.viewed, logits), is_clean),
        found_from=tuple(torch.stack(points).amax(0).tolist()),
        severity_error=_error_weights(
            severity_error_inputs(predicted, damaged.whole, damaged.viewed), (predicted - overall).abs()
        ),
        name_severity_error=_error_weights(name_error_inputs(damaged.whole.presence[truth > 0]), errors),
        largest_distance=float(damaged.distance.quantile(IN_DISTRIBUTION)),
    )


def mos_error(rated: RatedOutputs) -> tuple[float, ...]:
    """Weights of `mos_error_inputs`, by the errors on photos that were not fitted to."""
    viewed = rated.outputs.viewed
    return _error_weights(mos_error_inputs(viewed), (viewed.mos - rated.scores).abs())


def operating_point(fitted: Calibration, outputs: Outputs, distortions: tuple[str, ...], share: float) -> Tensor:
    """Probability of a kind, by pixels and as viewed, from which on `share` of these photos have a finding, (2,).

    The photos have no distortion; zero where there are none. Each scale is granted half of the share.
    """
    if not len(outputs.distance):
        return torch.zeros(2)
    kinds = kinds_of(distortions)
    kind_probability, probability, severity = probabilities(fitted, outputs, kinds)
    perceptible = are_found(kind_probability, probability, severity, distortions, torch.zeros(2))
    of_kind = torch.stack([perceptible[:, kinds == number].any(1) for number in range(len(KINDS))], 1)
    likeliest = (kind_probability * of_kind[:, None]).amax(-1).sort(0, descending=True).values  # (N, 2)
    return likeliest[int(share / 2 * len(likeliest))] + 1e-6


def probabilities(fitted: Calibration, outputs: Outputs, kinds: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Of N photos: of each kind (N, 2, KINDS), of each distortion (N, K), and its severity (N, K)."""
    whole, viewed = outputs.whole, outputs.viewed
    kind_logits = fitted.kind_logits(whole, viewed, kinds)
    kind_probability = kind_logits.sigmoid()
    probability = fitted.name_probabilities(whole, either(kind_probability), kinds)
    return kind_probability, probability, fitted.severities(whole, viewed, seen_only_as_viewed(kind_logits), kinds)


def _pixels(damaged: Outputs, there: Tensor, kinds: Tensor) -> tuple[tuple[float, ...], ...]:
    """A logistic regression for each kind, by photos that we damaged."""
    inputs = pixel_inputs(damaged.whole, kinds)
    return tuple(_logistic(inputs[:, number], there[:, kinds == number].any(1)) for number in range(len(KINDS)))


def _viewed(damaged: Outputs, truth: Tensor, kinds: Tensor, rated: RatedOutputs) -> tuple[tuple[float, ...], ...]:
    """The same for kinds that people named, by the photos that they named them of and by those that we damaged."""
    if rated.labels is None:
        return (NEVER,) * len(KINDS)
    rows = torch.cat([viewed_inputs(rated.outputs.viewed), viewed_inputs(damaged.viewed)])
    weights = []
    for number, kind in enumerate(KINDS):
        if kind not in LABELS:
            weights.append(NEVER)
            continue
        of_kind = truth[:, kinds == number]
        perceptible = (of_kind >= PERCEPTIBLE).any(1)
        is_faint = (of_kind > 0).any(1) & ~perceptible  # what people would say of it is not known
        there = torch.cat([rated.labels[:, LABELS.index(kind)] > 0, perceptible])
        known = torch.cat([torch.ones(len(rated.scores), dtype=torch.bool), ~is_faint])
        weights.append(_logistic(rows[known, number], there[known]))
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


def _logistic(inputs: Tensor, truth: Tensor) -> tuple[float, ...]:
    """What makes `truth` (N,) of `inputs` (N, n) with the least log loss: the weights and a shift."""
    # An average case of each kind is added, so that no input makes anything certain, however few photos there are.
    rows = torch.cat([inputs, inputs.mean(0).expand(2, -1)]).numpy()
    truths = torch.cat([truth, torch.tensor([False, True])]).numpy()
    fitted = LogisticRegression(C=INVERSE_PENALTY, max_iter=3000).fit(rows, truths)
    return (*fitted.coef_[0].tolist(), float(fitted.intercept_[0]))
