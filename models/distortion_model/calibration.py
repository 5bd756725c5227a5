"""How raw outputs become probabilities and intervals that hold, measured on photos that the network was not fitted to.

What is found is a kind of distortion (`kinds`), by what both branches say of it; its name is the likeliest of the kind by the
photo's own pixels.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from .kinds import KINDS, label_of
from .statistics_network import HeadOutputs
from .viewed_network import LABELS, ViewedOutput

EDGE = 1e-3  # of a severity, of which a logit is taken; it is as far from 1


@dataclass(frozen=True)
class Calibration:
    """Logistic regressions, least squares and conformal quantiles.

    Attributes:
        kinds: for each of KINDS, weights of `kind_inputs` and a shift: the logit that it is there and perceptible (Platt's
            scaling, 1999, with more to go by).
        name_temperature: of the names of one kind (Guo et al., ICML 2017).
        undistorted: weights of `undistorted_inputs` and a shift: the logit that nothing is perceptible.
        found_from: the operating point: probability of a kind from which on it is found.
        severity: weights of the logits of both branches and a shift: the logit of the overall severity.
        severity_error: weights of `severity_error_inputs`, whose sum is the half-width of its interval.
        name_severity_error: half-width of the interval of a distortion's severity, given that it is there.
        mos_error: weights of `mos_error_inputs`, whose sum is the half-width of the MOS's interval, in points; empty where the
            network was never fitted to people's scores.
        largest_distance: from the training samples, beyond which a photo is out of distribution.
        confidence: share of the intervals that hold (split conformal prediction, normalized; Lei et al., JASA 2018).
    """

    kinds: tuple[tuple[float, ...], ...] = ((1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0),) * len(KINDS)
    name_temperature: float = 1.0
    undistorted: tuple[float, ...] = (-1.0, 0.0, 0.0, 0.0)
    found_from: float = 0.5
    severity: tuple[float, ...] = (0.5, 0.5, 0.0)
    severity_error: tuple[float, ...] = (0.2, 0.0, 0.0)
    name_severity_error: float = 0.2
    mos_error: tuple[float, ...] = ()
    largest_distance: float = math.inf
    confidence: float = 0.9

    def kind_logits(self, whole: HeadOutputs, viewed: ViewedOutput, kinds: Tensor) -> Tensor:
        """Of each of KINDS that it is there, (N, KINDS)."""
        return weighed(kind_inputs(whole, viewed, kinds), torch.tensor(self.kinds))

    def name_probabilities(self, whole: HeadOutputs, kind_probability: Tensor, kinds: Tensor) -> Tensor:
        """Of each distortion that it is there, (N, K): of its kind, shared among the names of the kind."""
        logits = whole.presence / self.name_temperature
        rivals = logits[:, None].masked_fill(kinds != kinds[:, None], -torch.inf)  # (N, K, K): those of the same kind
        return kind_probability[:, kinds] * (logits - rivals.logsumexp(-1)).exp()

    def undistorted_probability(self, whole: HeadOutputs, viewed: ViewedOutput, kind_logits: Tensor) -> Tensor:
        """That nothing is perceptible, (N,)."""
        inputs = undistorted_inputs(whole, viewed, kind_logits)
        return weighed(inputs, torch.tensor(self.undistorted)).sigmoid()

    def overall_severity(self, whole: HeadOutputs, viewed: ViewedOutput) -> Tensor:
        """Of all distortions together, (N,) in [0, 1]."""
        return weighed(severity_inputs(whole, viewed), torch.tensor(self.severity)).sigmoid()


def kind_inputs(whole: HeadOutputs, viewed: ViewedOutput, kinds: Tensor) -> Tensor:
    """What says that a kind is there, (N, KINDS, 6).

    It is the strongest logit of its names, that of all other names, that of "nothing perceptible", the logits that people
    would name it by both trunks, and that of the overall severity as viewed.
    """
    belongs = kinds == torch.arange(len(KINDS))[:, None]  # (KINDS, K)
    presence = whole.presence[:, None]
    own = presence.masked_fill(~belongs, -torch.inf).amax(-1).clamp(min=-20.0)
    rival = presence.masked_fill(belongs, -torch.inf).amax(-1)
    labels = torch.tensor([LABELS.index(label_of(kind)) for kind in KINDS])
    of_photo = (whole.none[:, None].expand_as(own), viewed.severity[:, None].expand_as(own))
    return torch.stack(
        [own, rival, of_photo[0], viewed.labels[:, labels], viewed.severity_labels[:, labels], of_photo[1]], -1
    )


def undistorted_inputs(whole: HeadOutputs, viewed: ViewedOutput, kind_logits: Tensor) -> Tensor:
    """What says that nothing is wrong, (N, 3): logits of the likeliest kind, of "nothing", and of the severity as viewed."""
    return torch.stack([kind_logits.amax(-1), whole.none, viewed.severity], -1)


def severity_inputs(whole: HeadOutputs, viewed: ViewedOutput) -> Tensor:
    """Logits of the overall severity by both branches, (N, 2)."""
    return torch.stack([whole.damage.logit(eps=EDGE), viewed.severity], -1)


def severity_error_inputs(value: Tensor, whole: HeadOutputs, viewed: ViewedOutput) -> Tensor:
    """What the error of an overall severity (N,) goes by, (N, 3): a constant, its distance from the ends, the branches' gap."""
    gap = (whole.damage - viewed.severity.sigmoid()).abs()
    return torch.stack([torch.ones_like(value), 4 * value * (1 - value), gap], -1)


def mos_error_inputs(viewed: ViewedOutput) -> Tensor:
    """What the error of the MOS goes by, (N, 3): a constant, its distance from the ends, the spread of the ACR words."""
    value = viewed.mos / 100
    centres = torch.linspace(10, 90, viewed.acr.shape[1])
    mean = viewed.acr @ centres
    spread = (viewed.acr @ centres.square() - mean.square()).clamp(min=0).sqrt() / 20
    return torch.stack([torch.ones_like(value), 4 * value * (1 - value), spread], -1)


def half_width(inputs: Tensor, weights: Sequence[float]) -> Tensor:
    """Of intervals: the weighed `inputs` (N, n), never less than nothing; (N,)."""
    return (inputs @ torch.tensor(weights, dtype=inputs.dtype)).clamp(min=0)


def weighed(inputs: Tensor, weights: Tensor) -> Tensor:
    """`inputs` (..., n) by `weights` (..., n + 1), of which the last is a shift: (...,)."""
    return (inputs * weights[..., :-1]).sum(-1) + weights[..., -1]
