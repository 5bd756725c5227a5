"""Noise: values added to or put in the place of those that the scene gave.

Noise is drawn once per seed at unit strength and then scaled, so that the levels of one ladder differ in strength alone.
"""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from ..lazy import scipy, torch
from .bayer import demosaiced
from .color_spaces import encoded, linear_light, rgb_to_ycbcr, ycbcr_to_rgb
from .convolution import gaussian_blurred
from .registry import distortion

if TYPE_CHECKING:
    from torch import Tensor

READ_NOISE = 3  # electrons; what today's sensors have
GRAIN = 1.5  # px; the standard deviation of the Gaussian that correlated noise is filtered with


@distortion(
    family="noise",
    stage="sensor",
    parameter="variance, image in 0..1",
    null=0,
    limit=0.5,
    known_as="white noise of variance {value:.4f}",
)
def white_noise(image: Tensor, value: float, generator: np.random.Generator) -> Tensor:
    """Add independent Gaussian noise of variance `value` to each channel of each pixel."""
    return standard_normal(image, generator).mul_(math.sqrt(value)).add_(image)


@distortion(
    family="noise",
    stage="sensor",
    parameter="variance of noise added in YCbCr, image in 0..1",
    null=0,
    limit=0.5,
    known_as="colour noise of variance {value:.4f}",
)
def chroma_noise(image: Tensor, value: float, generator: np.random.Generator) -> Tensor:
    """Add Gaussian noise of variance `value` to Y', Cb and Cr; back in RGB most of it is colour (as in KADID-10k)."""
    return ycbcr_to_rgb(rgb_to_ycbcr(image) + math.sqrt(value) * standard_normal(image, generator))


@distortion(
    family="noise",
    stage="sensor",
    parameter="fraction of samples set to 0 or 1",
    null=0,
    limit=1,
    known_as="{value:.2%} of all samples stuck at black or white",
)
def impulse_noise(image: Tensor, value: float, generator: np.random.Generator) -> Tensor:
    """Set a fraction `value` of all samples to 0 or 1 with equal chance ("salt and pepper")."""
    draw = torch.from_numpy(generator.random(tuple(image.shape), dtype=np.float32)).to(image.device)
    return torch.where(draw < value / 2, 0.0, torch.where(draw > 1 - value / 2, 1.0, image))


@distortion(
    family="noise",
    stage="sensor",
    parameter="variance of the factor 1 + n",
    null=0,
    limit=2,
    known_as="multiplicative noise of variance {value:.4f}",
)
def multiplicative_noise(image: Tensor, value: float, generator: np.random.Generator) -> Tensor:
    """Multiply each sample by 1 + n, n Gaussian of variance `value` ("speckle")."""
    return standard_normal(image, generator).mul_(math.sqrt(value)).mul_(image).add_(image)


@distortion(
    family="noise",
    stage="sensor",
    parameter="1 / photons that a white pixel catches",
    null=0,
    limit=2,
    known_as="shot noise of a variance of {value:.4f} at white",
)
def shot_noise(image: Tensor, value: float, generator: np.random.Generator) -> Tensor:
    """Count photons, 1 / `value` of them at white, in linear light.

    The Poisson count of mean m is drawn as (sqrt(m) + z / 2)^2 - 1/4 with z normal, which has its mean and, but for 1/8, its
    variance (Anscombe, Biometrika 1948): a draw that can be scaled, where a Poisson's own cannot.
    """
    photons = linear_light(image).div_(value)
    counted = photons.sqrt_().add_(standard_normal(image, generator).div_(2)).square_().sub_(0.25)
    return encoded(counted.mul_(value))


@distortion(
    family="noise",
    stage="sensor",
    parameter="1 / electrons that a white photosite holds",
    null=0,
    limit=2,
    known_as="sensor noise of a variance of {value:.4f} at white",
)
def sensor_noise(image: Tensor, value: float, generator: np.random.Generator) -> Tensor:
    """Poisson-Gaussian noise of a raw sensor: shot noise and READ_NOISE electrons, through a Bayer mosaic and demosaicing.

    After Foi et al., IEEE TIP 2008. Demosaicing is linear, so that of the noise is added to the photo, which stays as sharp
    as it was.
    """
    light = linear_light(image)
    deviation = (light * value + (READ_NOISE * value) ** 2).sqrt()
    return encoded(light + demosaiced(deviation * standard_normal(image, generator)))


@distortion(
    family="noise",
    stage="development",
    parameter="variance, image in 0..1",
    null=0,
    limit=0.5,
    known_as="blotchy noise of variance {value:.4f}",
)
def correlated_noise(image: Tensor, value: float, generator: np.random.Generator) -> Tensor:
    """Add Gaussian noise of variance `value` with a grain of some GRAIN px, as noise reduction and resizing leave behind."""
    blotches = gaussian_blurred(standard_normal(image, generator), GRAIN)
    # White noise under a Gaussian of sigma s keeps 1 / (4 pi s^2) of its variance.
    return image + math.sqrt(value * 4 * math.pi) * GRAIN * blotches


@distortion(
    family="noise",
    stage="sensor",
    parameter="standard deviation of the rows' (or columns') offsets, image in 0..1",
    null=0,
    limit=1,
    known_as="rows or columns off by {value:.3f}",
)
def banding_noise(image: Tensor, value: float, generator: np.random.Generator) -> Tensor:
    """Add one Gaussian offset of standard deviation `value` to each row, or to each column, as read-out circuits do."""
    height, width = image.shape[-2:]
    lines = (1, height, 1) if generator.random() < 0.5 else (1, 1, width)
    offsets = torch.from_numpy(generator.standard_normal(lines, dtype=np.float32)).to(image.device)
    return image + value * offsets


def standard_normal(image: Tensor, generator: np.random.Generator) -> Tensor:
    """Independent normal draws of mean 0 and variance 1, of the shape of `image` and on its device.

    The inverse of the normal distribution, read at 65,536 even steps (so no draw is beyond 4.3): several times faster than
    NumPy's own, which also takes powers whose last bit differs between machines.
    """
    draws = generator.integers(0, len(_normal_quantiles()), tuple(image.shape), dtype=np.uint16)
    return torch.from_numpy(np.take(_normal_quantiles(), draws)).to(image.device)


@cache
def _normal_quantiles() -> np.ndarray:
    return scipy.special.ndtri((np.arange(2**16) + 0.5) / 2**16).astype(np.float32)
