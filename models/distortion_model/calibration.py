"""How raw outputs become probabilities and intervals that hold, measured on photos that the network was not fitted to.

What is found is a kind of distortion (`kinds`), by the photo's own pixels or by the photo as viewed; its name is the likeliest
of the kind by the pixels. The two are not weighed into one: our simulators are plain to the first, and faults of real cameras
to the second, and a sum would find neither.
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

NEVER = (0.0, 0.0, 0.0, -20.0)  # weights that make a kind impossible
LEAST_LOGIT = -20.0  # of a kind that has no names in a model
EDGE = 1e-3  # of a severity, of which a logit is taken; it is as far from 1


@dataclass(frozen=True)
class Calibration:
    """Logistic regressions, least squares and conformal quantiles.

    Attributes:
        pixels: for each of KINDS, weights of `pixel_inputs` and a shift: the logit that it is there and perceptible, by the
            photo's own pixels (Platt's scaling, 1999, with more to go by).
        viewed: for each of KINDS, weights of `viewed_inputs` and a shift: the same by the photo as viewed; none for kinds that
            people did not name.
        name_temperature: of the names of one kind (Guo et al., ICML 2017).
        undistorted: weights of `undistorted_inputs` and a shift: the logit that nothing is perceptible.
        found_from: the operating point: by pixels and as viewed, probability of a kind from which on it is found.
        severity: weights of the logits of both branches and a shift: the logit of the overall severity.
        severity_error: weights of `severity_error_inputs`, whose sum is the half-width of its interval.
        name_severity_error: weights of `name_error_inputs`, whose sum is the half-width of the interval of a distortion's
            severity, given that it is there.
        undistorted_mos: mean MOS of photos without distortion: a photo as viewed has lost the share of it that it falls short
            by; None where the network was never fitted to people's scores.
        mos_error: weights of `mos_error_inputs`, whose sum is the half-width of the MOS's interval, in points; empty where the
            network was never fitted to people's scores.
        largest_distance: from the training samples, beyond which a photo is out of distribution.
        confidence: share of the intervals that hold (split conformal prediction, normalized; Lei et al., JASA 2018).
    """

    pixels: tuple[tuple[float, ...], ...] = ((1.0, 0.0, 0.0, 0.0),) * len(KINDS)
    viewed: tuple[tuple[float, ...], ...] = (NEVER,) * len(KINDS)
    name_temperature: float = 1.0
    undistorted: tuple[float, ...] = (-1.0, 0.0, 0.0, 0.0)
    found_from: tuple[float, ...] = (0.5, 0.5)
    severity: tuple[float, ...] = (0.5, 0.5, 0.0)
    severity_error: tuple[float, ...] = (0.2, 0.0, 0.0)
    name_severity_error: tuple[float, ...] = (0.2, 0.0)
    undistorted_mos: float | None = None
    mos_error: tuple[float, ...] = ()
    largest_distance: float = math.inf
    confidence: float = 0.9

    def kind_logits(self, whole: HeadOutputs, viewed: ViewedOutput, kinds: Tensor) -> Tensor:
        """Of each of KINDS that it is there, by pixels and as viewed, (N, 2, KINDS)."""
        by_pixels = weighed(pixel_inputs(whole, kinds), torch.tensor(self.pixels))
        return torch.stack([by_pixels, weighed(viewed_inputs(viewed), torch.tensor(self.viewed))], 1)

    def name_probabilities(self, whole: HeadOutputs, kind_probability: Tensor, kinds: Tensor) -> Tensor:
        """Of each distortion that it is there, (N, K): of its kind (N, KINDS), shared among the names of the kind."""
        logits = whole.presence / self.name_temperature
        rivals = logits[:, None].masked_fill(kinds != kinds[:, None], -torch.inf)  # (N, K, K): those of the same kind
        return kind_probability[:, kinds] * (logits - rivals.logsumexp(-1)).exp()

    def undistorted_probability(self, whole: HeadOutputs, viewed: ViewedOutput, kind_logits: Tensor) -> Tensor:
        """That nothing is perceptible, (N,)."""
        inputs = undistorted_inputs(whole, viewed, kind_logits)
        return weighed(inputs, torch.tensor(self.undistorted)).sigmoid()

    def severities(self, whole: HeadOutputs, viewed: ViewedOutput, only_viewed: Tensor, kinds: Tensor) -> Tensor:
        """Of each distortion, given that it is there, (N, K).

        By the photo's own pixels. Where these say nothing of its kind (N, KINDS), as `seen_only_as_viewed` has it, it is as
        severe as all that is wrong: the share of an undistorted photo's MOS that is lost.
        """
        overall = self.overall_severity(whole, viewed)
        if self.undistorted_mos is not None:
            overall = (1 - viewed.mos / self.undistorted_mos).clamp(0, 1)
        return torch.where(only_viewed[:, kinds], overall[:, None], whole.severity)

    def overall_severity(self, whole: HeadOutputs, viewed: ViewedOutput) -> Tensor:
        """Of all distortions together, (N,) in [0, 1]."""
        return weighed(severity_inputs(whole, viewed), torch.tensor(self.severity)).sigmoid()


def seen_only_as_viewed(kind_logits: Tensor) -> Tensor:
    """Whether a kind is likely there as viewed and unlikely by pixels, (..., 2, KINDS) to (..., KINDS)."""
    return (kind_logits[..., 1, :] > 0) & (kind_logits[..., 0, :] < 0)


def either(kind_probability: Tensor) -> Tensor:
    """That a kind is there by pixels or as viewed, (..., 2, KINDS) to (..., KINDS)."""
    return 1 - (1 - kind_probability).prod(-2)


def pixel_inputs(whole: HeadOutputs, kinds: Tensor) -> Tensor:
    """What says by a photo's own pixels that a kind is there, (N, KINDS, 3).

    It is the strongest logit of its names, that of all other names, and that of "nothing perceptible".
    """
    belongs = kinds == torch.arange(len(KINDS))[:, None]  # (KINDS, K)
    presence = whole.presence[:, None]
    own = presence.masked_fill(~belongs, -torch.inf).amax(-1).clamp(min=LEAST_LOGIT)
    rival = presence.masked_fill(belongs, -torch.inf).amax(-1).clamp(min=LEAST_LOGIT)
    return torch.stack([own, rival, whole.none[:, None].expand_as(own)], -1)


def viewed_inputs(viewed: ViewedOutput) -> Tensor:
    """What says by a photo as viewed that a kind is there, (N, KINDS, 3).

    It is the logits that people would name it by both trunks, and that of the overall severity.
    """
    labels = torch.tensor([LABELS.index(label_of(kind)) for kind in KINDS])
    own, other = viewed.labels[:, labels], viewed.severity_labels[:, labels]
    return torch.stack([own, other, viewed.severity[:, None].expand_as(own)], -1)


def undistorted_inputs(whole: HeadOutputs, viewed: ViewedOutput, kind_logits: Tensor) -> Tensor:
    """What says that nothing is wrong, (N, 3): logits of the likeliest kind, of "nothing", and of the severity as viewed."""
    return torch.stack([kind_logits.flatten(1).amax(-1), whole.none, viewed.severity], -1)


def severity_inputs(whole: HeadOutputs, viewed: ViewedOutput) -> Tensor:
    """Logits of the overall severity by both branches, (N, 2)."""
    return torch.stack([whole.damage.logit(eps=EDGE), viewed.severity], -1)


def severity_error_inputs(value: Tensor, whole: HeadOutputs, viewed: ViewedOutput) -> Tensor:
    """What the error of an overall severity (N,) goes by, (N, 3): a constant, its distance from the ends, the branches' gap."""
    gap = (whole.damage - viewed.severity.sigmoid()).abs()
    return torch.stack([torch.ones_like(value), 4 * value * (1 - value), gap], -1)


def name_error_inputs(presence: Tensor) -> Tensor:
    """What the error of a distortion's severity goes by, (..., 2): a constant, and how little pixels say that it is there."""
    absent = 1 - presence.sigmoid()
    return torch.stack([torch.ones_like(absent), absent], -1)


def mos_error_inputs(viewed: ViewedOutput) -> Tensor:
    """What the error of the MOS goes by, (N, 3): a constant, its distance from the ends, the spread of the ACR words."""
    value = viewed.mos / 100
    centres = torch.linspace(10, 90, viewed.acr.shape[1])
    mean = viewed.acr @ centres
    spread = (viewed.acr @ centres.square() - mean.square()).clamp(min=0).sqrt() / 20
    return torch.stack([torch.ones_like(value), 4 * value * (1 - value), spread], -1)


def half_width(inputs: Tensor, weights: Sequence[float]) -> Tensor:
    """Of intervals: the weighed `inputs` (..., n), never less than nothing; (...,)."""
    return (inputs @ torch.tensor(weights, dtype=inputs.dtype)).clamp(min=0)


def weighed(inputs: Tensor, weights: Tensor) -> Tensor:
    """`inputs` (..., n) by `weights` (..., n + 1), of which the last is a shift: (...,)."""
    return (inputs * weights[..., :-1]).sum(-1) + weights[..., -1]
