"""Blur with other point spreads, and of light rather than of encoded values."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from ....synth_distort.distortions.color_spaces import encoded, linear_light
from ....synth_distort.distortions.convolution import box_blurred, convolve, gaussian_blurred
from ....synth_distort.distortions.resampling import pixel_grid, sampled_at
from .registry import between, variant


@variant("gaussian_blur")
def gaussian_in_light(image: Tensor, amount: float, generator: np.random.Generator) -> Tensor:
    """A Gaussian over linear light."""
    return encoded(gaussian_blurred(linear_light(image), between(0.3, 14, amount)))


@variant("gaussian_blur")
def boxes_in_a_row(image: Tensor, amount: float, generator: np.random.Generator) -> Tensor:
    """Two or three boxes one after the other, weighed with the photo where less than a pixel is asked for."""
    radius, times = between(0.25, 12, amount), int(generator.integers(2, 4))
    blurred = image.double()
    for _ in range(times):
        blurred = box_blurred(blurred, max(1, round(radius)))
    return torch.lerp(image.double(), blurred, min(1.0, radius))


@variant("gaussian_blur")
def with_a_glow(image: Tensor, amount: float, generator: np.random.Generator) -> Tensor:
    """A lens with a wide skirt: a narrow Gaussian and a wide one, over light."""
    sigma, light = between(0.3, 8, amount), linear_light(image)
    share = generator.uniform(0.1, 0.4)
    return encoded((1 - share) * gaussian_blurred(light, sigma) + share * gaussian_blurred(light, 3 * sigma))


@variant("lens_blur")
def disk_of_light(image: Tensor, amount: float, generator: np.random.Generator) -> Tensor:
    """A disk over linear light, its border soft or hard."""
    return encoded(
        convolve(linear_light(image), _aperture(between(0.6, 18, amount), softness=generator.uniform(0, 0.5)))
    )


@variant("lens_blur")
def polygon(image: Tensor, amount: float, generator: np.random.Generator) -> Tensor:
    """The opening of an iris of five to eight blades."""
    blades, turn = int(generator.integers(5, 9)), generator.uniform(0, 2 * math.pi)
    return convolve(image, _aperture(between(0.6, 18, amount), blades=blades, turn=turn))


@variant("lens_blur")
def ring(image: Tensor, amount: float, generator: np.random.Generator) -> Tensor:
    """A mirror lens: a disk with its middle dark."""
    return convolve(image, _aperture(between(0.6, 18, amount), hole=generator.uniform(0.2, 0.6)))


@variant("lens_blur")
def square(image: Tensor, amount: float, generator: np.random.Generator) -> Tensor:
    """A box."""
    radius = between(0.4, 16, amount)
    large = box_blurred(image, max(1, math.ceil(radius)))
    return torch.lerp(image.double(), large, min(1.0, radius / max(1, math.ceil(radius))) ** 2)


@variant("motion_blur")
def shaken_by_hand(image: Tensor, amount: float, generator: np.random.Generator) -> Tensor:
    """A path as hands draw it: a random walk of the velocity, over light or encoded values."""
    kernel = _path(between(1.5, 50, amount), generator)
    if generator.random() < 0.5:
        return convolve(image, kernel)
    return encoded(convolve(linear_light(image), kernel))


@variant("motion_blur")
def line_of_light(image: Tensor, amount: float, generator: np.random.Generator) -> Tensor:
    """A straight line over linear light, bright in its middle or even."""
    angle, length = generator.uniform(0, math.pi), between(1.5, 50, amount)
    offsets = np.linspace(-length / 2, length / 2, 16 * math.ceil(length))
    weights = np.exp(-0.5 * (offsets / (0.35 * length)) ** 2) if generator.random() < 0.5 else np.ones_like(offsets)
    return encoded(
        convolve(linear_light(image), _points(offsets * math.cos(angle), offsets * math.sin(angle), weights))
    )


@variant("zoom_blur")
def zoomed_off_centre(image: Tensor, amount: float, generator: np.random.Generator) -> Tensor:
    """The mean of some magnifications about a point near the centre, the first of them the photo itself."""
    (x, y), (height, width) = pixel_grid(image), image.shape[-2:]
    across, down = generator.uniform(0.4, 0.6, size=2) * (width, height)
    most = between(0.004, 0.5, amount)
    steps = max(3, min(24, math.ceil(most * max(height, width) / 2)))
    total = torch.zeros_like(image, dtype=torch.float64)
    for zoom in np.linspace(0, most, steps):
        total += sampled_at(image, across + (x - across) / (1 + zoom), down + (y - down) / (1 + zoom))
    return total / steps


def _aperture(
    radius: float, *, blades: int = 0, turn: float = 0.0, hole: float = 0.0, softness: float = 0.0, fine: int = 9
) -> np.ndarray:
    """The share of each pixel that an opening covers, summing to 1."""
    side = 2 * math.ceil(radius * (1 + softness)) + 1
    positions = (np.arange(side * fine) + 0.5) / fine - side / 2
    x, y = positions[None, :], positions[:, None]
    distance, angle = np.hypot(x, y), np.arctan2(y, x) + turn
    if blades:
        half = math.pi / blades
        distance = distance * np.cos(angle % (2 * half) - half) / math.cos(half) ** 0.5
    edge = max(1e-6, softness * radius)
    inside = np.clip((radius - distance) / edge + 0.5, 0, 1) * (distance >= hole * radius)
    coverage = inside.reshape(side, fine, side, fine).mean((1, 3))
    return coverage / coverage.sum()


def _path(length: float, generator: np.random.Generator) -> np.ndarray:
    """A curved path of `length` px as a kernel."""
    steps = 16 * math.ceil(length)
    angle = (
        generator.uniform(0, 2 * math.pi)
        + np.cumsum(generator.standard_normal(steps)) * generator.uniform(0.05, 0.5) / 4
    )
    pace = np.exp(0.3 * np.cumsum(generator.standard_normal(steps)) / math.sqrt(steps))
    pace *= length / pace.sum()
    x, y = np.cumsum(pace * np.cos(angle)), np.cumsum(pace * np.sin(angle))
    return _points(x - x.mean(), y - y.mean(), np.ones(steps))


def _points(x: np.ndarray, y: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Points shared bilinearly among pixels, summing to 1."""
    reach = math.ceil(max(np.abs(x).max(), np.abs(y).max())) + 1
    centres = np.arange(-reach, reach + 1)
    near_x = (1 - np.abs(x[:, None] - centres)).clip(min=0)
    near_y = (1 - np.abs(y[:, None] - centres)).clip(min=0)
    kernel = (near_y * weights[:, None]).T @ near_x
    return kernel / kernel.sum()
