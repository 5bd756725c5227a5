"""Samples moved, repeated or lost in other ways, by other resamplers."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from ....synth_distort.distortions.resampling import pixel_grid, sampled_at
from ....synth_distort.photo import from_pil, to_pil
from .registry import between, variant


@variant("pixelate")
def means_of_squares(image: Tensor, amount: float, generator: np.random.Generator) -> Tensor:
    """A mosaic of means."""
    return _down_and_up(image, between(1.2, 24, amount), "BOX", "NEAREST")


@variant("downscale")
def other_resamplers(image: Tensor, amount: float, generator: np.random.Generator) -> Tensor:
    """Reduced and enlarged by other filters."""
    down = str(generator.choice(["BILINEAR", "LANCZOS", "BOX", "HAMMING"]))
    return _down_and_up(
        image, between(1.15, 24, amount), down, str(generator.choice(["BILINEAR", "LANCZOS", "BICUBIC"]))
    )


@variant("downscale")
def reduced_without_care(image: Tensor, amount: float, generator: np.random.Generator) -> Tensor:
    """Reduced by leaving pixels out, and enlarged smoothly."""
    return _down_and_up(image, between(1.15, 16, amount), "NEAREST", str(generator.choice(["BILINEAR", "BICUBIC"])))


@variant("jitter")
def scattered_at_once(image: Tensor, amount: float, generator: np.random.Generator) -> Tensor:
    """Each pixel from a place nearby, whole pixels away or bilinearly, once or twice."""
    (x, y), reach = pixel_grid(image), between(0.2, 9, amount)
    for _ in range(int(generator.integers(1, 3))):
        across, down = (torch.from_numpy(generator.uniform(-reach, reach, tuple(image.shape[1:]))) for _ in range(2))
        if reach > 0.7 and generator.random() < 0.5:
            across, down = across.round(), down.round()
        image = sampled_at(image, x + across, y + down).float()
    return image


@variant("patch_displacement")
def patches_of_any_size(image: Tensor, amount: float, generator: np.random.Generator) -> Tensor:
    """Squares of 6 to 40 px put where they do not belong, from near or far."""
    moved, (height, width) = image.clone(), image.shape[1:]
    side, far = int(generator.integers(6, 41)), generator.uniform(4, 40)
    for _ in range(max(1, round(between(0.01, 1.2, amount) * height * width / side**2))):
        top, left = (int(generator.integers(0, length - side + 1)) for length in (height, width))
        down, across = generator.uniform(-far, far, size=2)
        top_of, left_of = (
            int(np.clip(start + shift, 0, length - side))
            for start, shift, length in ((top, down, height), (left, across, width))
        )
        moved[:, top : top + side, left : left + side] = image[:, top_of : top_of + side, left_of : left_of + side]
    return moved


@variant("color_block")
def blocks_of_any_size(image: Tensor, amount: float, generator: np.random.Generator) -> Tensor:
    """Rectangles of any colour or grey, more or less opaque."""
    covered, (height, width) = image.clone(), image.shape[1:]
    opaque = generator.uniform(0.5, 1)
    left_to_cover = between(0.004, 0.9, amount) * height * width
    while left_to_cover > 0:
        tall, wide = (int(side) for side in generator.integers(8, 64, size=2))
        top, left = int(generator.integers(0, max(1, height - tall))), int(generator.integers(0, max(1, width - wide)))
        color = torch.from_numpy(generator.random(3 if generator.random() < 0.8 else 1)).float()[:, None, None]
        part = covered[:, top : top + tall, left : left + wide]
        part[:] = torch.lerp(part, color.expand_as(part), opaque)
        left_to_cover -= part[0].numel()
    return covered


@variant("moire")
def rings_or_stripes(image: Tensor, amount: float, generator: np.random.Generator) -> Tensor:
    """Fringes of another kind: rings, or straight stripes of luma or of colour, of any period, added or multiplied."""
    x, y = pixel_grid(image)
    period, turn = generator.uniform(4, 30), generator.uniform(0, 2 * math.pi)
    if generator.random() < 0.4:
        away = torch.hypot(x - generator.uniform(-1, 2) * image.shape[2], y - generator.uniform(-1, 2) * image.shape[1])
        phase = away / period if generator.random() < 0.5 else away**2 / (period * max(image.shape[1:]))
    else:
        phase = (x * math.cos(turn) + y * math.sin(turn)) / period
    apart = generator.uniform(0, 1) * (generator.random() < 0.6)
    planes = torch.arange(3, dtype=torch.float64)[:, None, None] * apart / 3
    fringes = between(0.03, 1, amount) * torch.cos(2 * math.pi * (phase + planes))
    return image * (1 + fringes) if generator.random() < 0.6 else image + fringes / 2


@variant("interlace")
def one_field_apart(image: Tensor, amount: float, generator: np.random.Generator) -> Tensor:
    """Every second row moved by whole pixels, sideways or along with the scene; the others stay."""
    combed, shift = image.clone(), max(1, round(between(1, 40, amount)))
    first = int(generator.integers(2))
    moved = torch.roll(image, shift if generator.random() < 0.5 else -shift, 2)
    combed[:, first::2] = moved[:, first::2]
    return combed


def _down_and_up(image: Tensor, factor: float, down: str, up: str) -> Tensor:
    from PIL import Image

    picture = to_pil(image)
    small = [max(1, round(side / factor)) for side in picture.size]
    return from_pil(picture.resize(small, Image.Resampling[down]).resize(picture.size, Image.Resampling[up]))
