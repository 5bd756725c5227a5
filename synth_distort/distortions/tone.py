"""Tone: the curve from scene light to pixel value bent, cut off, or cut into steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..lazy import torch
from .color_spaces import encoded, linear_light, luma
from .noise import READ_NOISE, standard_normal
from .registry import distortion
from .resampling import pixel_grid, radius, smooth_field

if TYPE_CHECKING:
    from torch import Tensor

FULL_WELL = 2000  # electrons that a photosite of a phone holds
AIRLIGHT = (0.78, 0.81, 0.85)  # of haze, in linear light: a little blue


@distortion(
    family="tone",
    stage="editing",
    parameter="amount a: tone curve lifted to 0.5 + a/2 at mid-grey",
    null=0,
    limit=4,
    known_as="a tone curve lifted by {value:.2f}",
)
def brighten(image: Tensor, value: float, generator: np.random.Generator) -> Tensor:
    """Bend the tone curve upwards: the parabola through black, white and mid-grey at 0.5 + `value` / 2, clipped."""
    return _through_mid_grey(image, 0.5 + value / 2)


@distortion(
    family="tone",
    stage="editing",
    parameter="amount a: tone curve lowered to 0.5 - a/2 at mid-grey",
    null=0,
    limit=4,
    known_as="a tone curve lowered by {value:.2f}",
)
def darken(image: Tensor, value: float, generator: np.random.Generator) -> Tensor:
    """Bend the tone curve downwards: the parabola through black, white and mid-grey at 0.5 - `value` / 2, clipped."""
    return _through_mid_grey(image, 0.5 - value / 2)


@distortion(
    family="tone",
    stage="exposure",
    parameter="exposure above the right one",
    unit="stops",
    null=0,
    limit=8,
    known_as="an exposure {value:.1f} stops too long",
)
def overexposure(image: Tensor, value: float, generator: np.random.Generator) -> Tensor:
    """2^`value` times the light, clipped at white."""
    return encoded(linear_light(image) * 2**value)


@distortion(
    family="tone",
    stage="exposure",
    parameter="exposure below the right one",
    unit="stops",
    null=0,
    limit=8,
    known_as="an exposure {value:.1f} stops too short",
)
def underexposure(image: Tensor, value: float, generator: np.random.Generator) -> Tensor:
    """2^-`value` times the light, and the noise that so little of it brings to a sensor that holds FULL_WELL electrons.

    Of shot and read noise only what exceeds the noise of the right exposure is added, so that no exposure error adds none.
    """
    share = 2**-value
    light = linear_light(image)
    variance = light * share * (1 - share) / FULL_WELL + (READ_NOISE / FULL_WELL) ** 2 * (1 - share**2)
    return encoded(light * share + variance.sqrt() * standard_normal(image, generator))


@distortion(
    family="tone",
    stage="editing",
    parameter="share of the contrast that is lost",
    null=0,
    limit=1,
    known_as="{value:.0%} of the contrast lost",
    title="low contrast",
)
def contrast_down(image: Tensor, value: float, generator: np.random.Generator) -> Tensor:
    """Bring each sample nearer to the photo's mean luma, by the share `value`."""
    return _about_the_mean(image, 1 - value)


@distortion(
    family="tone",
    stage="editing",
    parameter="contrast added, over what was there",
    null=0,
    limit=40,
    known_as="the contrast raised by {value:.0%}",
    title="high contrast",
)
def contrast_up(image: Tensor, value: float, generator: np.random.Generator) -> Tensor:
    """Move each sample away from the photo's mean luma by the factor 1 + `value`, clipped."""
    return _about_the_mean(image, 1 + value)


@distortion(
    family="tone",
    stage="editing",
    parameter="number of levels kept in each channel",
    null=256,
    limit=2,
    known_as="{value:.0f} levels in each channel",
    title="banding",
)
def quantization(image: Tensor, value: float, generator: np.random.Generator) -> Tensor:
    """Keep `value` levels (rounded), evenly from black to white: smooth gradients break into bands."""
    steps = round(value) - 1
    return (image * steps).round_().div_(steps)


@distortion(
    family="tone",
    stage="scene",
    parameter="optical depth of the air, mean over the photo",
    null=0,
    limit=8,
    known_as="haze with an optical depth of {value:.2f}",
)
def haze(image: Tensor, value: float, generator: np.random.Generator) -> Tensor:
    """The share t = exp(-depth) of the scene's light and 1 - t of AIRLIGHT (Koschmieder); deeper towards the top, in drifts."""
    drifts = torch.from_numpy(generator.uniform(-0.3, 0.3, size=(1, 4, 4)))
    _, y = pixel_grid(image)
    depth = (1.4 - 0.8 * y / image.shape[-2] + smooth_field(image, drifts)).clamp(min=0)
    transmitted = torch.exp(-value * depth)
    air = torch.tensor(AIRLIGHT, dtype=torch.float64, device=image.device)[:, None, None]
    return encoded(linear_light(image).mul_(transmitted).add_(air * (1 - transmitted)))


@distortion(
    family="tone",
    stage="lens",
    parameter="light lost in the corners",
    unit="stops",
    null=0,
    limit=16,
    known_as="corners darker by {value:.1f} stops",
)
def vignetting(image: Tensor, value: float, generator: np.random.Generator) -> Tensor:
    """Darken towards the corners by cos^4 of the field angle, the angle such that the corners lose `value` stops."""
    squared_tangent = 2 ** (value / 2) - 1
    return encoded(linear_light(image) / (1 + squared_tangent * radius(image) ** 2) ** 2)


def _through_mid_grey(image: Tensor, level: float) -> Tensor:
    return (image * (2 - 4 * level)).add_(4 * level - 1).mul_(image)


def _about_the_mean(image: Tensor, factor: float) -> Tensor:
    mean = float(luma(image.double().mean((1, 2))))
    return (image * factor).add_(mean * (1 - factor))
