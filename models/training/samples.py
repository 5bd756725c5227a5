"""Training samples.

A part of a pristine photo, an origin, some distortions (or none), a post-processing, and what we know of it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ...synth_distort import DISTORTIONS, distort_chain, severity_curve
from ...synth_distort.masks import random_mask
from ...synth_distort.photo import as_saved
from ...synth_distort.post_processing import PostProcessing, Resize, Save, Sharpen, post_process, random_post_processing
from ...synth_distort.pristine_photos import LARGEST_SCALE, SMALLEST_SCALE, PristinePhoto, load_uint8
from ..distortion_model.statistics import CELL, WINDOW

CROP = 256  # px; sides of a sample that shows a part of a photo
SMALLEST, LARGEST = 192, 288  # px; the shorter side of a sample that shows a photo as a whole, small
WHOLE_SHARE = 0.45  # of such samples: what lenses and exposure do, one sees on the whole
MARGIN = 16  # px around a part before it is cut out, so that the grid of a codec falls anywhere in it

KINDS = {"clean": 0.14, "single": 0.44, "pair": 0.23, "triple": 0.04, "part": 0.15}  # of samples, and their shares
LEAST_ALONE, LEAST_OF_CHAIN = 0.05, 0.15  # severities; beside another distortion, less of one is not to be seen


@dataclass(frozen=True)
class Sample:
    """An image whose damage we know.

    Attributes:
        image: (3, H, W) float32 with 256 levels, after its post-processing.
        severities: (distortions of the registry,), 0 where absent.
        mask: (H, W) share of each pixel that was distorted, 1 everywhere unless the damage is local.
    """

    image: Tensor
    severities: Tensor
    mask: Tensor


def draw_sample(photos: Sequence[PristinePhoto], seed: Sequence[int]) -> Sample:
    """One sample; the same `seed` always gives the same one.

    Args:
        photos: what to draw from, evenly.
        seed: any sequence of whole numbers.
    """
    generator = np.random.default_rng(list(seed))
    photo = load_uint8(photos[int(generator.integers(len(photos)))].path)
    post_processing = _affordable(random_post_processing(generator), photo)
    is_part = generator.random() >= WHOLE_SHARE and _pixels_needed(post_processing) <= _longest_side(photo)
    view = _part_of(photo, post_processing, generator) if is_part else _whole_of(photo, post_processing, generator)
    image = _origin(view, generator)
    severities, mask = _plan(image, generator)
    there = {name: severity for name, severity in severities.items() if severity}
    masks = dict.fromkeys(there, mask)
    distorted = distort_chain(image, there, seed=int(generator.integers(2**32)), masks=masks)
    damaged = post_process(as_saved(distorted), post_processing)
    mask = torch.nn.functional.interpolate(mask[None, None], size=damaged.shape[1:], mode="bilinear")[0, 0]
    window = _crop(damaged, generator) if is_part else (slice(None), slice(None))
    return Sample(as_saved(damaged[:, *window]), torch.tensor(list(severities.values())), mask[window])


def window_coverage(mask: Tensor) -> Tensor:
    """The share of each window that was distorted: (H, W) to (windows,), in reading order."""
    return torch.nn.functional.avg_pool2d(mask[None, None], WINDOW * CELL, stride=CELL).flatten()


def _part_of(photo: Tensor, post_processing: PostProcessing, generator: np.random.Generator) -> Tensor:
    """A part of `photo`, scaled down, turned and mirrored at random, large enough for its post-processing and the crop."""
    needed = _pixels_needed(post_processing)
    smallest = min(LARGEST_SCALE, max(SMALLEST_SCALE, (needed + 1) / min(photo.shape[1:])))
    side = min(math.ceil(needed / generator.uniform(smallest, LARGEST_SCALE)), *photo.shape[1:])
    top, left = (int(generator.integers(length - side + 1)) for length in photo.shape[1:])
    image = Resize(needed / side)(photo[:, top : top + side, left : left + side].float() / 255)
    return torch.rot90(_mirrored(image, generator), int(generator.integers(4)), (1, 2)).contiguous()


def _whole_of(photo: Tensor, post_processing: PostProcessing, generator: np.random.Generator) -> Tensor:
    """All of `photo`, mirrored at random, so large that its shorter side is at least SMALLEST after its post-processing."""
    before_post_processing = min(photo.shape[1:]) * _shrinks_to(post_processing)
    smallest, largest = SMALLEST / before_post_processing, min(LARGEST / before_post_processing, LARGEST_SCALE)
    image = Resize(generator.uniform(min(smallest, largest), largest))(photo.float() / 255)
    return _mirrored(image, generator).contiguous()


def _mirrored(image: Tensor, generator: np.random.Generator) -> Tensor:
    return image.flip(2) if generator.random() < 0.5 else image


def _pixels_needed(post_processing: PostProcessing) -> int:
    """How long a side must be for a crop, with its margin, to be left after `post_processing`."""
    return math.ceil((CROP + MARGIN) / _shrinks_to(post_processing))


def _shrinks_to(post_processing: PostProcessing) -> float:
    """The length of a side after `post_processing`, over that before it."""
    return math.prod(step.factor for step in post_processing if isinstance(step, Resize))


def _longest_side(photo: Tensor) -> int:
    """How long a square's side in `photo` may be, once it is scaled down enough."""
    return math.floor(LARGEST_SCALE * min(photo.shape[1:])) - 1


def _affordable(post_processing: PostProcessing, photo: Tensor) -> PostProcessing:
    """`post_processing` without its resize where `photo` is too small for it."""
    if _longest_side(photo) * _shrinks_to(post_processing) >= SMALLEST + 1:
        return post_processing
    return tuple(step for step in post_processing if not isinstance(step, Resize))


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
    """Which distortions at which severities, and where: none, one, two, three, or one in a part of the photo."""
    kind = str(generator.choice(list(KINDS), p=list(KINDS.values())))
    severities = dict.fromkeys(DISTORTIONS, 0.0)
    choice = list(DISTORTIONS)
    count = {"clean": 0, "pair": 2, "triple": 3}.get(kind, 1)
    least = LEAST_OF_CHAIN if count > 1 else LEAST_ALONE
    for _ in range(count):
        name = str(generator.choice(choice))
        severities[name] = float(generator.uniform(least, severity_curve(name).ceiling))
        # Those of a chain are of different families: two of one add up, or cancel, and nobody could name both.
        choice = [other for other in choice if DISTORTIONS[other].family != DISTORTIONS[name].family]
    height, width = image.shape[1:]
    mask = random_mask(height, width, generator) if kind == "part" else torch.ones(height, width)
    return severities, mask


def _crop(image: Tensor, generator: np.random.Generator) -> tuple[slice, slice]:
    """A square of CROP px anywhere in `image`."""
    top, left = (int(generator.integers(side - CROP + 1)) for side in image.shape[1:])
    return slice(top, top + CROP), slice(left, left + CROP)
