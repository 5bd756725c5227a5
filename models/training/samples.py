"""Training samples: a photo as cameras make it, some distortions (or none), a post-processing, and what we know of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ...synth_distort import DISTORTIONS, severity_curve
from ...synth_distort.ladder import in_camera_order
from ...synth_distort.masks import random_mask
from ...synth_distort.photo import as_saved
from ...synth_distort.post_processing import PostProcessing, Resize, post_process, random_post_processing
from ...synth_distort.pristine_photos import LARGEST_SCALE, SMALLEST_SCALE, PristinePhoto, load_uint8
from ..distortion_model.statistics import CELL, WINDOW
from .cameras import as_a_camera_has_it
from .variants import distort_somehow

CROP = 256  # px; sides of a sample that shows a part of a photo
SMALLEST, LARGEST = 192, 288  # px; the shorter side of a sample that shows a photo as a whole, small
MARGIN = 16  # px around a part before it is cut out, so that the grid of a codec falls anywhere in it
RUN = 40  # samples in a row of one photo: to open a large one takes longer than to make a sample
NATIVE = 1000  # px; a photo whose shorter side is as long shows what cameras give at 100 %
NATIVE_SHARE = 0.5  # of the runs: photos at their own size, or little ones
WHOLE_SHARE = {True: 0.2, False: 0.45}  # of such samples, by native or not: what lenses do, one sees on the whole
UNSCALED_SHARE = 0.3  # of the parts of native photos
SMALLEST_NATIVE_SCALE = 1 / 8

KINDS = {"clean": 0.22, "single": 0.28, "pair": 0.12, "triple": 0.02, "part": 0.36}  # of samples, and their shares
LEAST_ALONE, LEAST_OF_CHAIN = 0.05, 0.15  # severities; beside another distortion, less of one is not to be seen
SHARPEST_OF = 3  # places in a native photo, of which half of the parts show the one with most detail


@dataclass(frozen=True)
class Sample:
    """An image whose damage we know.

    Attributes:
        image: (3, H, W) float32 with 256 levels, after its post-processing.
        severities: (distortions of the registry,), 0 where absent.
        mask: (H, W) share of each pixel that was distorted, 1 everywhere unless the damage is local.
        photo: number of the photo.
    """

    image: Tensor
    severities: Tensor
    mask: Tensor
    photo: int = -1


@dataclass(frozen=True)
class Photos:
    """Photos to draw from: at their native size, and little ones. Numbers of photos count through both."""

    native: tuple[PristinePhoto, ...]
    little: tuple[PristinePhoto, ...]

    @classmethod
    def of(cls, photos: Sequence[PristinePhoto]) -> Photos:
        """Parted by what their files say of their size."""
        from PIL import Image

        native, little = [], []
        for photo in photos:
            with Image.open(photo.path) as picture:
                (native if min(picture.size) >= NATIVE else little).append(photo)
        return cls(tuple(native), tuple(little))

    def __iter__(self):
        """All of them."""
        return iter((*self.native, *self.little))

    def draw(self, generator: np.random.Generator) -> int:
        """The number of a photo, native for NATIVE_SHARE of the draws where there are both."""
        share = NATIVE_SHARE if self.native and self.little else float(bool(self.native))
        if generator.random() < share:
            return int(generator.integers(len(self.native)))
        return len(self.native) + int(generator.integers(len(self.little)))


def draw_sample(photos: Photos, seed: tuple[int, int], *, variants: bool = True) -> Sample:
    """One sample; the same `seed` always gives the same one.

    Args:
        photos: what to draw from; RUN samples in a row show the same one.
        seed: two whole numbers, of which the second counts the samples.
        variants: whether other implementations of the distortions are used beside the registry's.
    """
    base, index = seed
    number = photos.draw(np.random.default_rng((base, index // RUN, RUN)))
    photo = load_uint8(tuple(photos)[number].path)
    generator = np.random.default_rng(seed)
    native = min(photo.shape[1:]) >= NATIVE
    post_processing = _affordable(random_post_processing(generator), photo)
    is_part = generator.random() >= WHOLE_SHARE[native] and _pixels_needed(post_processing) <= _longest_side(photo)
    view = _part_of(photo, post_processing, generator) if is_part else _whole_of(photo, post_processing, generator)
    image = as_a_camera_has_it(view, generator, at_full_size=native and is_part)
    severities, mask = _plan(image, generator)
    damaged = _distorted(image, severities, mask, generator, variants=variants)
    damaged = post_process(as_saved(damaged), post_processing)
    mask = torch.nn.functional.interpolate(mask[None, None], size=damaged.shape[1:], mode="bilinear")[0, 0]
    window = _crop(damaged, generator) if is_part else (slice(None), slice(None))
    truth = torch.tensor([severities.get(name, 0.0) for name in DISTORTIONS])
    return Sample(as_saved(damaged[:, *window]), truth, mask[window], number)


def window_coverage(mask: Tensor) -> Tensor:
    """The share of each window that was distorted: (H, W) to (windows,), in reading order."""
    return torch.nn.functional.avg_pool2d(mask[None, None], WINDOW * CELL, stride=CELL).flatten()


def _distorted(
    image: Tensor, severities: dict[str, float], mask: Tensor, generator: np.random.Generator, *, variants: bool
) -> Tensor:
    for name in in_camera_order(severities):
        damaged = distort_somehow(image, name, severities[name], generator, variants=variants)
        image = torch.lerp(image, damaged, mask)
    return image


def _part_of(photo: Tensor, post_processing: PostProcessing, generator: np.random.Generator) -> Tensor:
    """A part of `photo`, scaled, turned and mirrored at random, large enough for its post-processing and the crop."""
    needed = _pixels_needed(post_processing)
    shorter = min(photo.shape[1:])
    if shorter < NATIVE:
        smallest, largest = SMALLEST_SCALE, LARGEST_SCALE
    else:
        smallest, largest = SMALLEST_NATIVE_SCALE, 1.0
    smallest = min(largest, max(smallest, (needed + 1) / shorter))
    scale = math.exp(generator.uniform(math.log(smallest), math.log(largest)))
    if shorter >= NATIVE and generator.random() < UNSCALED_SHARE:
        scale = 1.0
    side = min(math.ceil(needed / scale), shorter)
    part = _sharpest(photo, side, generator, of=SHARPEST_OF if shorter >= NATIVE and generator.random() < 0.5 else 1)
    image = part.float() / 255 if side == needed else _reduced(part, needed, generator)
    return torch.rot90(_mirrored(image, generator), int(generator.integers(4)), (1, 2)).contiguous()


def _sharpest(photo: Tensor, side: int, generator: np.random.Generator, *, of: int) -> Tensor:
    """Of some squares of `photo` with `side` px, anywhere, the one with the steepest steps."""
    corners = [[int(generator.integers(length - side + 1)) for length in photo.shape[1:]] for _ in range(of)]
    parts = [photo[:, top : top + side, left : left + side] for top, left in corners]
    if len(parts) == 1:
        return parts[0]
    every = max(1, side // 128)
    steps = [part[1, ::every].float().diff(dim=1).abs().mean() for part in parts]
    return parts[int(torch.stack(steps).argmax())]


def _reduced(part: Tensor, side: int, generator: np.random.Generator) -> Tensor:
    """A square `part` of bytes made `side` px wide, by one of several antialiased resamplers."""
    from PIL import Image

    from ...synth_distort.photo import from_pil

    resamplers = (Image.Resampling.BICUBIC, Image.Resampling.LANCZOS, Image.Resampling.BOX, Image.Resampling.BILINEAR)
    picture = Image.fromarray(part.permute(1, 2, 0).contiguous().numpy())
    resampler = resamplers[int(generator.integers(len(resamplers)))]
    return from_pil(picture.resize((side, side), resampler, reducing_gap=3.0))


def _whole_of(photo: Tensor, post_processing: PostProcessing, generator: np.random.Generator) -> Tensor:
    """All of `photo`, mirrored at random, so large that its shorter side is at least SMALLEST after its post-processing."""
    before_post_processing = min(photo.shape[1:]) * _shrinks_to(post_processing)
    smallest, largest = SMALLEST / before_post_processing, min(LARGEST / before_post_processing, LARGEST_SCALE)
    factor = generator.uniform(min(smallest, largest), largest)
    if min(photo.shape[1:]) >= NATIVE:
        while factor < 0.25:  # large ones by halves first, which is as good and many times as fast
            photo, factor = _halved(photo), 2 * factor
    return _mirrored(Resize(factor)(photo.float() / 255), generator).contiguous()


def _halved(photo: Tensor) -> Tensor:
    """Means of squares of 2 px of bytes."""
    height, width = (side // 2 * 2 for side in photo.shape[1:])
    quarters = photo[:, :height, :width].unflatten(2, (-1, 2)).unflatten(1, (-1, 2)).to(torch.int16)
    return (quarters.sum((2, 4), dtype=torch.int16) // 4).to(torch.uint8)


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


def _plan(image: Tensor, generator: np.random.Generator) -> tuple[dict[str, float], Tensor]:
    """Which distortions at which severities, and where: none, one, two, three, or one or two in a part of the photo."""
    kind = str(generator.choice(list(KINDS), p=list(KINDS.values())))
    count = {"clean": 0, "single": 1, "pair": 2, "triple": 3, "part": 1 + int(generator.random() < 0.15)}[kind]
    severities: dict[str, float] = {}
    choice = list(DISTORTIONS)
    for _ in range(count):
        name = str(generator.choice(choice))
        least = LEAST_OF_CHAIN if count > 1 else LEAST_ALONE
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
