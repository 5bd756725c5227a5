"""Noise of other distributions, before and after demosaicing, with noise reduction after it and without."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from ....synth_distort.distortions.color_spaces import encoded, lab_to_rgb, linear_light, luma, rgb_to_lab
from ....synth_distort.distortions.convolution import gaussian_blurred
from ....synth_distort.distortions.resampling import enlarged
from ....synth_distort.photo import to_uint8
from .registry import between, variant


@variant("white_noise")
def of_luma_alone(image: Tensor, amount: float, generator: np.random.Generator) -> Tensor:
    """The same Gaussian noise in red, green and blue."""
    return image + between(0.008, 0.4, amount) * _normal(image[:1], generator)


@variant("white_noise")
def even_or_peaked(image: Tensor, amount: float, generator: np.random.Generator) -> Tensor:
    """Noise of an even distribution, or of Laplace's."""
    shape = tuple(image.shape)
    draws = generator.uniform(-1.732, 1.732, shape) if generator.random() < 0.5 else generator.laplace(0, 0.707, shape)
    return image + between(0.008, 0.4, amount) * torch.from_numpy(draws)


@variant("white_noise")
def added_to_bytes(image: Tensor, amount: float, generator: np.random.Generator) -> Tensor:
    """Gaussian noise of whole levels."""
    return image + (between(2, 90, amount) * _normal(image, generator)).round() / 255


@variant("chroma_noise")
def blotches_of_chroma(image: Tensor, amount: float, generator: np.random.Generator) -> Tensor:
    """Noise of a* and b* alone, finer or coarser."""
    lab, sigma = rgb_to_lab(image), generator.uniform(0.01, 1.2)
    noise = gaussian_blurred(_normal(image[:2], generator), sigma) if sigma > 0.3 else _normal(image[:2], generator)
    return lab_to_rgb(torch.cat([lab[:1], lab[1:] + between(2, 90, amount) * noise / noise.std()]))


@variant("chroma_noise")
def red_and_blue(image: Tensor, amount: float, generator: np.random.Generator) -> Tensor:
    """Noise of red and blue, and little of green, with luma as it was."""
    noise = _normal(image, generator) * image.new_tensor([1, 0.3, 1])[:, None, None]
    return image + between(0.01, 0.5, amount) * (noise - luma(noise))


@variant("impulse_noise")
def of_whole_pixels(image: Tensor, amount: float, generator: np.random.Generator) -> Tensor:
    """Pixels black or white in all three samples; or white alone, or black alone."""
    share, salt = between(0.0008, 0.7, amount), float(generator.choice([0.5, 0.5, 0, 1]))
    draw = torch.from_numpy(generator.random(tuple(image.shape[1:]), dtype=np.float32))
    return torch.where(draw < share * salt, 1.0, torch.where(draw > 1 - share * (1 - salt), 0.0, image))


@variant("impulse_noise")
def of_any_value(image: Tensor, amount: float, generator: np.random.Generator) -> Tensor:
    """Samples, or whole pixels, of any value."""
    planes = 3 if generator.random() < 0.5 else 1
    stuck = torch.from_numpy(generator.random((planes, *image.shape[1:]), dtype=np.float32)) < between(
        0.001, 0.8, amount
    )
    return torch.where(stuck, torch.from_numpy(generator.random(tuple(image.shape), dtype=np.float32)), image)


@variant("multiplicative_noise")
def speckle(image: Tensor, amount: float, generator: np.random.Generator) -> Tensor:
    """Factors of a gamma distribution, alike for red, green and blue or not."""
    planes, variance = 3 if generator.random() < 0.5 else 1, between(0.001, 1, amount)
    factors = generator.gamma(1 / variance, variance, (planes, *image.shape[1:]))
    return image * torch.from_numpy(factors)


@variant("multiplicative_noise")
def speckle_of_light(image: Tensor, amount: float, generator: np.random.Generator) -> Tensor:
    """Normal factors of linear light."""
    return encoded(linear_light(image) * (1 + between(0.04, 1.5, amount) * _normal(image, generator)))


@variant("shot_noise")
def counted(image: Tensor, amount: float, generator: np.random.Generator) -> Tensor:
    """Photons counted one by one in linear light."""
    most = 1 / between(0.0004, 1, amount)
    return encoded(torch.from_numpy(generator.poisson((linear_light(image) * most).numpy())) / most)


@variant("shot_noise")
def root_of_the_value(image: Tensor, amount: float, generator: np.random.Generator) -> Tensor:
    """Normal noise with a deviation as the root of the encoded value."""
    return image + between(0.01, 0.5, amount) * image.sqrt() * _normal(image, generator)


@variant("sensor_noise")
def raw_developed(image: Tensor, amount: float, generator: np.random.Generator) -> Tensor:
    """A mosaic with white balance still to come, counted, read and demosaiced as programs do; its noise reduced or not."""
    import cv2

    gains = np.array([generator.uniform(1.3, 2.4), 1.0, generator.uniform(1.2, 2.2)])
    light = linear_light(image).permute(1, 2, 0).numpy() / gains
    height, width = (side // 2 * 2 for side in light.shape[:2])
    mosaic = _mosaic(light[:height, :width])
    value = between(0.0003, 0.25, amount)
    read = generator.uniform(1, 6)
    noisy = mosaic + np.sqrt(mosaic * value + (read * value) ** 2) * generator.standard_normal(mosaic.shape)
    levels = (np.clip(noisy, 0, 1) * 65535).astype(np.uint16)
    # OpenCV names mosaics by the second row's second and third pixel: BayerBG has red in the upper left.
    how = [cv2.COLOR_BayerBG2RGB, cv2.COLOR_BayerBG2RGB_EA][int(generator.integers(2))]
    developed = cv2.demosaicing(levels, how).astype(np.float64) / 65535 * gains
    result = image.clone()
    result[:, :height, :width] = encoded(torch.from_numpy(developed).permute(2, 0, 1)).float()
    difference = result - image  # of which what the demosaicing alone did to detail is small beside the noise
    return _reduced(image + difference, generator) if generator.random() < 0.4 else result


@variant("sensor_noise")
def noise_reduced(image: Tensor, amount: float, generator: np.random.Generator) -> Tensor:
    """Noise of light, some of it taken away again: fine noise gone, coarse noise and smears left."""
    value, light = between(0.0008, 0.3, amount), linear_light(image)
    noisy = encoded(light + (light * value + (3 * value) ** 2).sqrt() * _normal(image, generator)).float()
    return _reduced(noisy, generator)


@variant("correlated_noise")
def enlarged_noise(image: Tensor, amount: float, generator: np.random.Generator) -> Tensor:
    """Noise of a photo that was smaller."""
    factor = generator.uniform(1.5, 4)
    size = [max(2, round(side / factor)) for side in image.shape[1:]]
    small = torch.from_numpy(generator.standard_normal((3, *size)))
    noise = enlarged(small, image.shape[1:])
    return image + between(0.008, 0.35, amount) * noise / noise.std()


@variant("correlated_noise")
def grain_of_any_size(image: Tensor, amount: float, generator: np.random.Generator) -> Tensor:
    """Blotches smaller or larger than the registry's, grey or coloured."""
    planes = 3 if generator.random() < 0.6 else 1
    noise = gaussian_blurred(_normal(image[:planes], generator), generator.uniform(0.7, 3))
    return image + between(0.008, 0.3, amount) * noise / noise.std()


@variant("banding_noise")
def drifting_lines(image: Tensor, amount: float, generator: np.random.Generator) -> Tensor:
    """Offsets of lines that wander from one to the next, of each plane by itself or of all; in rows or columns."""
    axis, planes = int(generator.integers(1, 3)), 3 if generator.random() < 0.4 else 1
    lines = generator.standard_normal((planes, image.shape[axis]))
    smooth = generator.uniform(0, 0.8)
    for line in range(1, lines.shape[1]):
        lines[:, line] = smooth * lines[:, line - 1] + math.sqrt(1 - smooth**2) * lines[:, line]
    offsets = torch.from_numpy(lines)[:, :, None] if axis == 1 else torch.from_numpy(lines)[:, None, :]
    return image + between(0.004, 0.3, amount) * offsets


@variant("banding_noise")
def hum(image: Tensor, amount: float, generator: np.random.Generator) -> Tensor:
    """A wave of brightness along rows or columns: flicker of a lamp, hum of a supply."""
    axis = int(generator.integers(1, 3))
    period, phase = generator.uniform(3, 40), generator.uniform(0, 2 * math.pi)
    wave = torch.sin(2 * math.pi * torch.arange(image.shape[axis]) / period + phase)
    return image + between(0.008, 0.4, amount) * (wave[None, :, None] if axis == 1 else wave[None, None, :])


def _reduced(image: Tensor, generator: np.random.Generator) -> Tensor:
    """Some of the noise of `image` taken away, by one of three common ways."""
    import cv2

    way, pixels = int(generator.integers(3)), to_uint8(image.clamp(0, 1))
    if way == 0:
        smooth = cv2.medianBlur(pixels, 3)
    elif way == 1:
        smooth = cv2.bilateralFilter(pixels, 5, generator.uniform(15, 60), 2)
    else:
        smooth = cv2.GaussianBlur(pixels, (0, 0), generator.uniform(0.6, 1.1))
    return torch.lerp(image, torch.from_numpy(smooth).permute(2, 0, 1).float() / 255, generator.uniform(0.3, 0.8))


def _mosaic(light: np.ndarray) -> np.ndarray:
    """(H, W, 3) through a Bayer mosaic, red in the upper left: (H, W)."""
    mosaic = light[..., 1].copy()
    mosaic[::2, ::2], mosaic[1::2, 1::2] = light[::2, ::2, 0], light[1::2, 1::2, 2]
    return mosaic


def _normal(image: Tensor, generator: np.random.Generator) -> Tensor:
    return torch.from_numpy(generator.standard_normal(tuple(image.shape), dtype=np.float32))
