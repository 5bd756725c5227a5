"""Tone: the curve from scene light to pixel value bent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .registry import distortion

if TYPE_CHECKING:
    from torch import Tensor


@distortion(
    family="tone",
    parameter="amount a: tone curve lifted to 0.5 + a/2 at mid-grey",
    null=0,
    known_as="a tone curve lifted by {value:.2f}",
)
def brighten(image: Tensor, value: float, generator: np.random.Generator) -> Tensor:
    """Bend the tone curve upwards: the parabola through black, white and mid-grey at 0.5 + `value` / 2, clipped."""
    return _through_mid_grey(image, 0.5 + value / 2)


@distortion(
    family="tone",
    parameter="amount a: tone curve lowered to 0.5 - a/2 at mid-grey",
    null=0,
    known_as="a tone curve lowered by {value:.2f}",
)
def darken(image: Tensor, value: float, generator: np.random.Generator) -> Tensor:
    """Bend the tone curve downwards: the parabola through black, white and mid-grey at 0.5 - `value` / 2, clipped."""
    return _through_mid_grey(image, 0.5 - value / 2)


def _through_mid_grey(image: Tensor, level: float) -> Tensor:
    return ((2 - 4 * level) * image**2 + (4 * level - 1) * image).clamp(0, 1)
