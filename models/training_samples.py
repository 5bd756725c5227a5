"""Training samples: a part of a pristine photo, an origin, some distortions (or none), a life, and what we know of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ..synth_distort import DISTORTIONS, PhotoError, distort_chain, read_photo, severity_curve
from ..synth_distort.life import Resize, Save, Sharpen, live, random_life
from ..synth_distort.masks import random_mask
from ..synth_distort.photo import as_saved
from ..synth_distort.pristine import PristinePhoto
from .statistics import CELL, WINDOW

CROP = 256  # px
WINDOW_STRIDE = 2  # cells between the windows that are kept for training
MARGIN = 16  # px around the crop, so that the grid of a codec falls anywhere in it


@dataclass(frozen=True)
class Sample:
    """An image whose damage we know.

    Attributes:
        image: (3, H, W) float32 with 256 levels, after its life.
        severities: (distortions of the registry,), 0 where absent.
        mask: (H, W) share of each pixel that was distorted, 1 everywhere unless the damage is local.
    """

    image: Tensor
    severities: Tensor
    mask: Tensor

    @property
    def all_over(self) -> bool:
        """Whether what was put on it, if anything, was put everywhere. People rated such damage only."""
        return bool((self.mask > 0.99).all())


def draw_sample(photos: Sequence[PristinePhoto], seed: Sequence[int], *, whole: bool = False) -> Sample:
    """One sample; the same `seed` always gives the same one.

    Args:
        photos: what to draw from, evenly.
        seed: any sequence of whole numbers.
        whole: the whole photo instead of a crop of CROP px.
    """
    generator = np.random.default_rng(list(seed))
    photo = load_uint8(photos[int(generator.integers(len(photos)))].path)
    life = _affordable(random_life(generator), photo)
    image = _origin(_part_of(photo, life, generator, whole=whole), generator)
    severities, mask = _plan(image, generator)
    masks = dict.fromkeys(severities, mask)
    distorted = distort_chain(image, severities, seed=int(generator.integers(2**32)), masks=masks)
    damaged = live(as_saved(distorted), life)
    mask = torch.nn.functional.interpolate(mask[None, None], size=damaged.shape[1:], mode="bilinear")[0, 0]
    top, left, height, width = _crop(damaged, generator, whole=whole)
    window = (slice(top, top + height), slice(left, left + width))
    return Sample(as_saved(damaged[:, *window]), torch.tensor(list(severities.values())), mask[window])


def window_coverage(mask: Tensor, *, stride: int = WINDOW_STRIDE) -> Tensor:
    """The share of each window that was distorted: (H, W) to (windows,)."""
    side = WINDOW * CELL
    return torch.nn.functional.avg_pool2d(mask[None, None], side, stride=stride * CELL).flatten()


@lru_cache(maxsize=512)
def load_uint8(path: Path) -> Tensor:
    """The photo at `path` as (3, H, W) uint8, kept in memory for the next time it is drawn.

    Raises:
        PhotoError: it cannot be read, or is too small for a crop.
    """
    photo = read_photo(path)
    if min(photo.width, photo.height) < CROP + MARGIN:
        raise PhotoError(
            f"{path}: is {photo.width} × {photo.height} px; training needs {CROP + MARGIN} px on each side"
        )
    return (photo.image * 255).round().to(torch.uint8)


def _part_of(photo: Tensor, life: Sequence, generator: np.random.Generator, *, whole: bool) -> Tensor:
    """A part of `photo`, scaled down, turned and mirrored at random, large enough for its life and the crop."""
    needed = _pixels_needed(life)
    shortest = min(photo.shape[1:])
    smallest = 0.5 if whole else min(1.0, max(0.5, needed / shortest))
    scale = generator.uniform(smallest, max(0.9, min(1.0, smallest + 0.05)))
    image = Resize(scale)(photo.float() / 255)
    if not whole:
        top, left = (int(generator.integers(max(0, side - needed) + 1)) for side in image.shape[1:])
        image = image[:, top : top + needed, left : left + needed]
    if generator.random() < 0.5:
        image = image.flip(2)
    if not whole:
        image = torch.rot90(image, int(generator.integers(4)), (1, 2))
    return image.contiguous()


def _pixels_needed(life: Sequence) -> int:
    """How long a side must be for a crop, with its margin, to be left after `life`."""
    shrinks = math.prod(step.factor for step in life if isinstance(step, Resize))
    return math.ceil((CROP + MARGIN) / shrinks)


def _affordable(life: Sequence, photo: Tensor) -> Sequence:
    """`life` without its resize where `photo` is too small for a crop after it."""
    if _pixels_needed(life) <= min(photo.shape[1:]):
        return life
    return tuple(step for step in life if not isinstance(step, Resize))


def _origin(image: Tensor, generator: np.random.Generator) -> Tensor:
    """What cameras and sites do to every photo and nobody sees: a little sharpening, a little noise, a good JPEG."""
    if generator.random() < 0.2:
        image = Sharpen(float(generator.uniform(0.1, 0.6)))(image)
    if generator.random() < 0.15:
        noise = torch.from_numpy(generator.standard_normal(tuple(image.shape), dtype=np.float32))
        image = (image + noise * float(generator.uniform(0.002, 0.008))).clamp(0, 1)
    if generator.random() < 0.5:
        image = Save("JPEG", int(generator.integers(85, 99)))(image)
    return as_saved(image)


def _plan(image: Tensor, generator: np.random.Generator) -> tuple[dict[str, float], Tensor]:
    """Which distortions at which severities, and where: none for a fifth, one, two, or one in a part of the photo."""
    kind = generator.choice(["clean", "single", "pair", "part"], p=[0.2, 0.5, 0.15, 0.15])
    severities = dict.fromkeys(DISTORTIONS, 0.0)
    choice = list(DISTORTIONS)
    for _ in range({"clean": 0, "pair": 2}.get(str(kind), 1)):
        name = str(generator.choice(choice))
        severities[name] = float(generator.uniform(0.05, severity_curve(name).ceiling))
        # A pair is of two families: two of one family add up, or cancel, and nobody could name both.
        choice = [other for other, entry in DISTORTIONS.items() if entry.family != DISTORTIONS[name].family]
    height, width = image.shape[1:]
    mask = random_mask(height, width, generator) if kind == "part" else torch.ones(height, width)
    return severities, mask


def _crop(image: Tensor, generator: np.random.Generator, *, whole: bool) -> tuple[int, int, int, int]:
    height, width = image.shape[1:]
    if whole:
        return 0, 0, height, width
    top, left = (int(generator.integers(side - CROP + 1)) for side in (height, width))
    return top, left, CROP, CROP
