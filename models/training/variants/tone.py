"""Tone: other curves, with noise and without."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from ....synth_distort.distortions.color_spaces import encoded, linear_light, luma
from ....synth_distort.distortions.resampling import pixel_grid, smooth_field
from .registry import between, variant


@variant("brighten")
def gamma_up(image: Tensor, amount: float, generator: np.random.Generator) -> Tensor:
    """A power below 1."""
    return image.clamp(min=1e-6) ** between(0.92, 0.15, amount)


@variant("brighten")
def offset_up(image: Tensor, amount: float, generator: np.random.Generator) -> Tensor:
    """The same added to each sample."""
    return image + between(0.03, 0.8, amount)


@variant("darken")
def gamma_down(image: Tensor, amount: float, generator: np.random.Generator) -> Tensor:
    """A power above 1."""
    return image.clamp(min=1e-6) ** between(1.08, 8, amount)


@variant("darken")
def offset_down(image: Tensor, amount: float, generator: np.random.Generator) -> Tensor:
    """The same taken from each sample."""
    return image - between(0.03, 0.7, amount)


@variant("overexposure")
def encoded_gain(image: Tensor, amount: float, generator: np.random.Generator) -> Tensor:
    """Each encoded sample times a factor above 1, clipped."""
    return image * between(1.06, 8, amount)


@variant("overexposure")
def exposure_with_a_shoulder(image: Tensor, amount: float, generator: np.random.Generator) -> Tensor:
    """More light, its highlights rolled off before they clip."""
    light = linear_light(image) * 2 ** (6 * amount)
    knee = generator.uniform(0.6, 0.95)
    bent = knee + (1 - knee) * (1 - torch.exp(-(light - knee) / (1 - knee)))
    return encoded(torch.where(light > knee, bent, light))


@variant("underexposure")
def exposure_without_noise(image: Tensor, amount: float, generator: np.random.Generator) -> Tensor:
    """Less light, and no noise."""
    return encoded(linear_light(image) * 2 ** (-6.5 * amount))


@variant("underexposure")
def exposure_of_a_large_sensor(image: Tensor, amount: float, generator: np.random.Generator) -> Tensor:
    """Less light, with the noise of a sensor that holds many electrons."""
    light = linear_light(image) * 2 ** (-6.5 * amount)
    full_well = between(8000, 80000, generator.random())
    deviation = (light / full_well + (3 / full_well) ** 2).sqrt()
    return encoded(light + deviation * torch.from_numpy(generator.standard_normal(tuple(image.shape))))


@variant("contrast_down")
def lifted_blacks(image: Tensor, amount: float, generator: np.random.Generator) -> Tensor:
    """The range squeezed about a tone: a lifted black and a lowered white."""
    middle = generator.uniform(0.25, 0.6)
    return image * (1 - 0.97 * amount) + 0.97 * amount * middle


@variant("contrast_down")
def logarithmic(image: Tensor, amount: float, generator: np.random.Generator) -> Tensor:
    """A sigmoid's inverse about mid-grey: tones crowd in the middle, black and white stay."""
    x = (image - 0.5).double()
    return torch.lerp(image.double(), 0.5 + 4 * x**3 * 0.9 + 0.05 * x, amount)


@variant("contrast_up")
def about_mid_grey(image: Tensor, amount: float, generator: np.random.Generator) -> Tensor:
    """Each sample away from mid-grey."""
    return 0.5 + (image - 0.5) * between(1.08, 14, amount)


@variant("contrast_up")
def sigmoid(image: Tensor, amount: float, generator: np.random.Generator) -> Tensor:
    """An S curve about a tone of the photo."""
    centre, slope = float(luma(image).mean().clamp(0.25, 0.75)), between(1, 30, amount)
    low, high = (1 / (1 + math.exp(slope * (centre - end))) for end in (0, 1))
    return ((1 + torch.exp(slope * (centre - image.double()))) ** -1 - low) / (high - low)


@variant("contrast_up")
def levels(image: Tensor, amount: float, generator: np.random.Generator) -> Tensor:
    """Black and white points moved inwards, to quantiles of the photo."""
    ordered = luma(image).flatten().sort().values
    black, white = (float(ordered[int(share * (len(ordered) - 1))]) for share in (0.48 * amount, 1 - 0.48 * amount))
    stretched = (image - black) / max(0.02, white - black)
    return torch.lerp(image, stretched.clamp(0, 1), min(1.0, 0.3 + amount))


@variant("quantization")
def posterized_down(image: Tensor, amount: float, generator: np.random.Generator) -> Tensor:
    """Levels rounded down, so that the photo also darkens."""
    count = max(2, round(between(64, 2, amount)))
    return (image * count).floor().clamp(max=count - 1) / count


@variant("quantization")
def luma_quantized(image: Tensor, amount: float, generator: np.random.Generator) -> Tensor:
    """Few levels of luma, with the colours as they were."""
    steps = max(1, round(between(48, 2, amount)))
    bright = luma(image)
    return image + (bright * steps).round() / steps - bright


@variant("haze")
def even_haze(image: Tensor, amount: float, generator: np.random.Generator) -> Tensor:
    """The same veil everywhere, of a grey or a tinted light, over encoded values."""
    veil = image.new_tensor(generator.uniform(0.75, 1) * generator.uniform(0.93, 1, size=3))[:, None, None]
    return torch.lerp(image, veil.expand_as(image), 0.95 * amount)


@variant("haze")
def drifting_fog(image: Tensor, amount: float, generator: np.random.Generator) -> Tensor:
    """Fog in drifts, thick here and thin there."""
    side = int(generator.integers(3, 9))
    field = smooth_field(image, torch.from_numpy(generator.uniform(0, 1, size=(1, side, side)))).clamp(0, 1)
    veil = float(generator.uniform(0.75, 1))
    return torch.lerp(image.double(), torch.full_like(image, veil).double(), (1.5 * amount * field).clamp(0, 0.97))


@variant("vignetting")
def encoded_falloff(image: Tensor, amount: float, generator: np.random.Generator) -> Tensor:
    """Encoded values times a Gaussian or a polynomial about a point near the centre, round or oval."""
    (x, y), (height, width) = pixel_grid(image), image.shape[-2:]
    across, down = generator.uniform(0.4, 0.6, size=2) * (width, height)
    oval = generator.uniform(0.8, 1.25)
    squared = ((x - across) * oval / (width / 2)) ** 2 + ((y - down) / oval / (height / 2)) ** 2
    strength = between(0.05, 4, amount)
    return image * (
        torch.exp(-strength * squared / 2) if generator.random() < 0.5 else 1 / (1 + strength * squared / 2)
    )
