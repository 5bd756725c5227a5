"""What probabilities are made of: checks from the readings of a photo, weighed as photos outside training have taught.

A distortion's logit means one thing where it is the likeliest of a photo, another where it is of the likeliest one's family,
which is then mostly taken for it, and another where it is of a different family, since a photo may well have both. And some
names are given more lightly than others.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from ...synth_distort import DISTORTIONS
from .network import ErrorEstimate, HeadOutputs

ROLES = ("likeliest", "kin of the likeliest", "of another family")


def families_of(distortions: Sequence[str]) -> Tensor:
    """(K,) the number of each distortion's family."""
    families = [DISTORTIONS[name].family for name in distortions]
    return torch.tensor([families.index(family) for family in families])


def roles(presence: Tensor, families: Tensor) -> Tensor:
    """Which of ROLES each of K distortions has, by their logits (..., K): (..., K)."""
    likeliest = presence.argmax(-1, keepdim=True)
    is_kin = families == families[likeliest]
    is_likeliest = torch.arange(len(families)) == likeliest
    return torch.where(is_likeliest, 0, torch.where(is_kin, 1, 2))


def presence_inputs(head_outputs: HeadOutputs, error_estimate: ErrorEstimate) -> Tensor:
    """What a distortion's probability is made of, (..., K, 5).

    It is its own logit, that of its strongest rival, that of "nothing perceptible", how far off the damage of the photo is
    expected to be, and the logit that the likeliest distortion is there.
    """
    strongest = head_outputs.presence.topk(min(2, head_outputs.presence.shape[-1])).values
    rival = torch.where(head_outputs.presence == strongest[..., :1], strongest[..., -1:], strongest[..., :1])
    of_photo = (head_outputs.none[..., None], error_estimate.log_error[..., None], error_estimate.right[..., None])
    return torch.stack([head_outputs.presence, rival, *(one.expand_as(rival) for one in of_photo)], dim=-1)


def undistorted_inputs(head_outputs: HeadOutputs, error_estimate: ErrorEstimate) -> Tensor:
    """What the probability of "undistorted" is made of, (..., 4).

    It is its logit, that of the likeliest distortion, the logit of the damage, and how far off that is expected to be.
    """
    damage = head_outputs.damage.logit(eps=1e-3)
    return torch.stack([head_outputs.none, head_outputs.presence.amax(-1), damage, error_estimate.log_error], dim=-1)


def presence_probability(
    head_outputs: HeadOutputs,
    error_estimate: ErrorEstimate,
    families: Tensor,
    weights: Sequence[Sequence[float]],
    by_name: Sequence[Sequence[float]] = (),
) -> Tensor:
    """Probability of each distortion, (..., K).

    Args:
        head_outputs: of photos.
        error_estimate: of the same.
        families: (K,) as `families_of` numbers them.
        weights: for each of ROLES, of `presence_inputs`, and a shift.
        by_name: for each of ROLES, a further shift for each distortion; none where it is empty.
    """
    plays = roles(head_outputs.presence, families)
    shift = torch.tensor(by_name)[plays, torch.arange(len(families))] if by_name else 0.0
    return weighed(presence_inputs(head_outputs, error_estimate), torch.tensor(weights)[plays], shift)


def undistorted_probability(
    head_outputs: HeadOutputs, error_estimate: ErrorEstimate, weights: Sequence[float], by_name: Sequence[float] = ()
) -> Tensor:
    """Probability that nothing is perceptible, (...,).

    Args:
        head_outputs: of photos.
        error_estimate: of the same.
        weights: of `undistorted_inputs`, and a shift.
        by_name: a further shift for each distortion, if it is the likeliest: undistorted photos are taken for hazy ones
            rather than for noisy ones.
    """
    shift = torch.tensor(by_name)[head_outputs.presence.argmax(-1)] if by_name else 0.0
    return weighed(undistorted_inputs(head_outputs, error_estimate), torch.tensor(weights), shift)


def weighed(inputs: Tensor, weights: Tensor, shift: Tensor | float = 0.0) -> Tensor:
    """Probability from checks (..., n) by weights (..., n + 1), of which the last is a shift, and a further shift."""
    return ((inputs * weights[..., :-1]).sum(-1) + weights[..., -1] + shift).sigmoid()
