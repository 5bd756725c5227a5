"""Colour: hue and saturation changed, or the colours of neighbours mixed or parted."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from ..lazy import torch
from ..photo import from_pil, to_pil
from .color_spaces import encoded, lab_to_rgb, linear_light, luma, rgb_to_lab
from .convolution import gaussian_blurred
from .registry import distortion
from .resampling import magnified, pixel_grid, sampled_at

if TYPE_CHECKING:
    from torch import Tensor

EDGE_WIDTH = 2.0  # px; of the Gaussian that spreads the edges at which colour_shift shows


@distortion(
    family="color",
    stage="editing",
    parameter="factor on HSV saturation",
    null=1,
    limit=0,
    known_as="{value:.0%} of the colour left",
    title="faded colour",
)
def desaturate(image: Tensor, value: float, generator: np.random.Generator) -> Tensor:
    """Multiply the saturation of HSV by `value`: each sample moves towards the largest of its pixel."""
    largest = image.amax(0, keepdim=True)
    return largest - value * (largest - image)


@distortion(
    family="color",
    stage="editing",
    parameter="factor on a*, b* of CIELAB",
    null=1,
    limit=30,
    known_as="colours {value:.1f} times as strong",
    title="oversaturation",
)
def oversaturate(image: Tensor, value: float, generator: np.random.Generator) -> Tensor:
    """Multiply a* and b* of CIELAB by `value`."""
    lab = rgb_to_lab(image)
    return lab_to_rgb(torch.cat([lab[:1], lab[1:] * value]))


@distortion(
    family="color",
    stage="development",
    parameter="error of the white balance (random direction)",
    unit="stops",
    null=0,
    limit=8,
    known_as="a white balance off by {value:.2f} stops",
    title="colour cast",
)
def color_cast(image: Tensor, value: float, generator: np.random.Generator) -> Tensor:
    """Gains of red and blue over green in linear light, `value` stops together, in a direction drawn; grey stays as bright."""
    direction = generator.uniform(0, 2 * math.pi)
    gains = np.array([2 ** (value * math.cos(direction)), 1, 2 ** (value * math.sin(direction))])
    gains /= gains @ [0.2126, 0.7152, 0.0722]
    return encoded(linear_light(image) * image.new_tensor(gains, dtype=torch.float64)[:, None, None])


@distortion(
    family="color",
    stage="development",
    parameter="amount a: chroma (a*, b* of CIELAB) blurred with sigma 1.5 a + 2 px and scaled by a",
    null=0,
    limit=40,
    known_as="colour that runs over edges by an amount of {value:.1f}",
    title="colour diffusion",
)
def color_diffusion(image: Tensor, value: float, generator: np.random.Generator) -> Tensor:
    """Blur chroma with sigma 1.5 `value` + 2 px and scale it by `value`, as in KADID-10k.

    Below 1, where that would take colour away and blur at no amount too, sigma goes down to 0 and nothing is scaled.
    """
    sigma = 1.5 * value + 2 if value > 1 else 3.5 * value
    lab = rgb_to_lab(image)
    return lab_to_rgb(torch.cat([lab[:1], max(1.0, value) * gaussian_blurred(lab[1:], sigma)]))


@distortion(
    family="color",
    stage="development",
    parameter="shift of the green channel (random direction, weighted by local gradient)",
    unit="px",
    null=0,
    limit=24,
    known_as="green shifted by {value:.1f} px along edges",
    title="colour shift",
)
def color_shift(image: Tensor, value: float, generator: np.random.Generator) -> Tensor:
    """Shift green by `value` px in a direction drawn, where the photo has edges (KADID-10k)."""
    direction, (x, y) = generator.uniform(0, 2 * math.pi), pixel_grid(image)
    shifted = sampled_at(image[1:2], x - value * math.cos(direction), y - value * math.sin(direction))
    weight = _edges(image)
    green = image[1:2] * (1 - weight) + shifted * weight
    return torch.cat([image[:1], green, image[2:]])


@distortion(
    family="color",
    stage="lens",
    parameter="red out and blue in, in a corner",
    unit="px",
    null=0,
    limit=60,
    known_as="colour fringes of {value:.1f} px in the corners",
    title="chromatic aberration",
)
def chromatic_aberration(image: Tensor, value: float, generator: np.random.Generator) -> Tensor:
    """Lateral colour: red magnified, and blue made smaller, by `value` px in the corners."""
    share = value / (math.hypot(*image.shape[-2:]) / 2)
    red, blue = magnified(image[:1], 1 + share), magnified(image[2:], 1 / (1 + share))
    return torch.cat([red, image[1:2], blue])


@distortion(
    family="color",
    stage="editing",
    parameter="number of colours kept, with dither",
    null=512,
    limit=2,
    known_as="a palette of {value:.0f} colours",
    title="reduced palette",
)
def color_quantization(image: Tensor, value: float, generator: np.random.Generator) -> Tensor:
    """Keep `value` colours (rounded), chosen by median cut, with Floyd-Steinberg dither.

    Above 256, where palettes end, it is the palette of 256 with its error scaled down, to none at 512.
    """
    from PIL import Image

    picture = to_pil(image)
    palette = picture.quantize(min(256, round(value)), method=Image.Quantize.MEDIANCUT)
    dithered = from_pil(picture.quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG)).to(image.device)
    share = min(1.0, (512 - value) / 256)
    return image * (1 - share) + dithered * share


def _edges(image: Tensor) -> Tensor:
    """How much of an edge each pixel is on, (1, H, W): the gradient of luma, its 10th to 90th percentile as 0 to 1."""
    bright = luma(image.double())
    across, down = (torch.gradient(bright, dim=axis)[0] for axis in (2, 1))
    steepness = gaussian_blurred((across**2 + down**2).sqrt(), EDGE_WIDTH)
    ranked = steepness.flatten().sort().values
    low, high = (float(ranked[int(share * (len(ranked) - 1))]) for share in (0.1, 0.9))
    return ((steepness - low) / max(high - low, 1e-9)).clamp(0, 1)
