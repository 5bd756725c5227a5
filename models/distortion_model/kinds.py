"""Kinds of distortion: what people call by one word, and what is found or not found as one.

A kind is a family of the registry; tone, which holds opposites, is divided.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from ...synth_distort import DISTORTIONS
from .viewed_network import LABELS

TONE = {
    "darken": "underexposure",
    "underexposure": "underexposure",
    "brighten": "overexposure",
    "overexposure": "overexposure",
    "contrast_down": "contrast",
    "contrast_up": "contrast",
    "haze": "contrast",
}
PLAINEST = {
    "blur": "gaussian_blur",
    "noise": "white_noise",
    "underexposure": "underexposure",
    "overexposure": "overexposure",
    "contrast": "contrast_down",
}  # of each kind that is found as viewed, the distortion that stands for it where a photo's own pixels tell no name
KINDS = (
    "blur", "noise", "underexposure", "overexposure", "contrast", "tone", "color", "compression", "processing", "spatial"
)  # fmt: skip


def kind_of(name: str) -> str:
    """The kind of the distortion called `name`."""
    return TONE.get(name, DISTORTIONS[name].family)


def label_of(kind: str) -> str:
    """What people called it who named what is wrong with the photos of LIVE In the Wild."""
    return kind if kind in LABELS else "other"


def kinds_of(distortions: Sequence[str]) -> Tensor:
    """(K,) the number in KINDS of each distortion's kind."""
    return torch.tensor([KINDS.index(kind_of(name)) for name in distortions])


def labels_of(distortions: Sequence[str]) -> Tensor:
    """(K, LABELS) whether each distortion is of the kind with each label."""
    numbers = torch.tensor([LABELS.index(label_of(kind_of(name))) for name in distortions])
    return torch.nn.functional.one_hot(numbers, len(LABELS)).bool()
