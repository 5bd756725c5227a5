"""Spatial distortions: samples moved, repeated or lost."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from ..lazy import torch
from .noise import standard_normal
from .registry import RATED_AREA, distortion
from .resampling import enlarged, pixel_grid, sampled_at

if TYPE_CHECKING:
    from torch import Tensor

PATCH, FURTHEST = 16, 8  # px; side of a displaced patch, and how far it goes
COLOR_BLOCK = 32  # px; side of a block of random colour
JITTERS = 5  # displacements one after the other, as in KADID-10k
SHORTEST_FRINGE, LONGEST_FRINGE = 7.0, 14.0  # px; period of moire


@distortion(
    family="spatial",
    stage="editing",
    parameter="scale of the nearest-neighbour resize, and back",
    null=1,
    limit=0.05,
    known_as="a nearest-neighbour resize to {value:.0%} and back",
    title="pixelation",
)
def pixelate(image: Tensor, value: float, generator: np.random.Generator) -> Tensor:
    """Resize to the scale `value` by nearest neighbour, and back to the photo's size the same way."""
    height, width = image.shape[-2:]
    reduced = torch.nn.functional.interpolate(image[None], size=_scaled(image, value), mode="nearest-exact")
    return torch.nn.functional.interpolate(reduced, size=(height, width), mode="nearest-exact")[0]


@distortion(
    family="spatial",
    stage="editing",
    parameter="scale of the bicubic resize, and back",
    null=1,
    limit=0.03,
    known_as="a resize to {value:.0%} and back",
    title="upscaling",
)
def downscale(image: Tensor, value: float, generator: np.random.Generator) -> Tensor:
    """Resize to the scale `value` (bicubic, antialiased), and back to the photo's size (bicubic)."""
    reduce = torch.nn.functional.interpolate
    reduced = reduce(image[None].double(), size=_scaled(image, value), mode="bicubic", antialias=True)[0]
    return enlarged(reduced, image.shape[-2:])


@distortion(
    family="spatial",
    stage="display",
    parameter="standard deviation of random pixel displacement, applied 5 times",
    unit="px",
    null=0,
    limit=10,
    known_as="pixels displaced by {value:.2f} px",
)
def jitter(image: Tensor, value: float, generator: np.random.Generator) -> Tensor:
    """Displace each pixel by Gaussian steps of `value` px, JITTERS times one after the other (KADID-10k)."""
    x, y = pixel_grid(image)
    for _ in range(JITTERS):
        across, down = standard_normal(image[:2], generator)
        image = sampled_at(image, x + value * across, y + value * down)
    return image


@distortion(
    family="spatial",
    stage="transmission",
    parameter="number of 16 × 16 px patches displaced by up to 8 px, on 512 × 384 px",
    null=0,
    limit=2000,
    known_as="{value:.0f} patches out of place on every 512 × 384 px",
)
def patch_displacement(image: Tensor, value: float, generator: np.random.Generator) -> Tensor:
    """Put `value` patches of PATCH px, as many per area, in place of their neighbours up to FURTHEST px away."""
    displaced = image.clone()
    for top, left, height, width, draw in _patches(image, value, PATCH, generator):
        down, across = (round(float((2 * share - 1) * FURTHEST)) for share in draw[:2])
        source_top = min(max(0, top + down), image.shape[-2] - height)
        source_left = min(max(0, left + across), image.shape[-1] - width)
        patch = image[:, source_top : source_top + height, source_left : source_left + width]
        displaced[:, top : top + height, left : left + width] = patch
    return displaced


@distortion(
    family="spatial",
    stage="transmission",
    parameter="number of 32 × 32 px patches of random colour, on 512 × 384 px",
    null=0,
    limit=1000,
    known_as="{value:.1f} blocks of a false colour on every 512 × 384 px",
    title="colour blocks",
)
def color_block(image: Tensor, value: float, generator: np.random.Generator) -> Tensor:
    """Lay `value` blocks of COLOR_BLOCK px and a random colour, as many per area, anywhere on the photo (KADID-10k)."""
    covered = image.clone()
    for top, left, height, width, draw in _patches(image, value, COLOR_BLOCK, generator):
        covered[:, top : top + height, left : left + width] = image.new_tensor(draw)[:, None, None]
    return covered


@distortion(
    family="spatial",
    stage="sensor",
    parameter="contrast of the fringes",
    null=0,
    limit=2,
    known_as="moiré fringes with a contrast of {value:.2f}",
    title="moiré",
)
def moire(image: Tensor, value: float, generator: np.random.Generator) -> Tensor:
    """Multiply by fringes, curved and a little apart in red, green and blue.

    A screen or a fabric sampled by a sensor's grid.
    """
    x, y = pixel_grid(image)
    angle, period = generator.uniform(0, 2 * math.pi), generator.uniform(SHORTEST_FRINGE, LONGEST_FRINGE)
    along, across = x * math.cos(angle) + y * math.sin(angle), y * math.cos(angle) - x * math.sin(angle)
    bend = generator.uniform(1, 2) * torch.sin(2 * math.pi * across / (generator.uniform(15, 30) * period))
    phases = torch.tensor([0.0, 1.2, 2.4], dtype=torch.float64, device=image.device)[:, None, None]
    first = torch.cos(2 * math.pi * along / period + math.pi * bend + phases)
    second = torch.cos(2 * math.pi * across / (1.3 * period) - phases)
    return image * (1 + value * (first + second) / 2)


@distortion(
    family="spatial",
    stage="display",
    parameter="shift between even and odd rows",
    unit="px",
    null=0,
    limit=60,
    known_as="fields that are {value:.1f} px apart",
    title="interlacing",
)
def interlace(image: Tensor, value: float, generator: np.random.Generator) -> Tensor:
    """Move even rows left and odd rows right, `value` px apart: two fields of a moving camera, shown as one frame."""
    x, y = pixel_grid(image)
    return sampled_at(image, x + value * (0.5 - y % 2), y)


def _scaled(image: Tensor, factor: float) -> tuple[int, int]:
    height, width = image.shape[-2:]
    return max(1, round(height * factor)), max(1, round(width * factor))


def _patches(
    image: Tensor, count: float, side: int, generator: np.random.Generator
) -> Iterator[tuple[int, int, int, int, np.ndarray]]:
    """Patches at random places, `count` on RATED_AREA, the last of them cut short where the number is not whole.

    Each as top, left, height and width in px, and three more draws in [0, 1]. More patches are the same ones and further ones.
    """
    height, width = image.shape[-2:]
    number = count * height * width / RATED_AREA
    side = min(side, height, width)
    for index, (down, across, *draw) in enumerate(generator.random((math.ceil(number), 5))):
        rows = max(1, round(side * min(1.0, number - index)))
        yield int(down * (height - side + 1)), int(across * (width - side + 1)), rows, side, np.array(draw)
