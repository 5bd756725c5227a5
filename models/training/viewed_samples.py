"""What trunks of the viewed branch are trained on: photos as the early stages, which are never trained, describe them.

The early stages take most of the time and are the same for all trunks and folds, so their maps are kept on disk in half
precision; crops are then cut out of the maps.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ...synth_distort import DISTORTIONS, distort_chain, read_photo, severity_curve
from ...synth_distort.photo import as_saved
from ...synth_distort.post_processing import POST_PROCESSINGS, Resize, Save, post_process
from ...synth_distort.pristine_photos import LARGEST_SCALE, PristinePhoto, load_uint8
from ...synth_distort.severity import scale_digest
from ..data_sets.rated_photos import RatedPhoto
from ..distortion_model.as_viewed import as_viewed
from ..distortion_model.backbone import early_and_late
from .shards import photos_digest, write_shards

SIDE = 496  # px; of the square that is taken of a rated photo
SCALES = (1.0, 0.87, 0.71, 0.58)  # at which rated photos are shown, since a photo's MOS does not hang on its size
COPY_SIDE, PART_SIDE = 352, 288  # px; of the squares of damaged copies of rated photos, and of damaged pristine photos
COUNTS = {
    0: 0.25,
    1: 0.55,
    2: 0.2,
}  # how many distortions a pristine photo gets, and the share of photos that get so many
POST_PROCESSED = {"png": 0.4, "jpeg92": 0.25, "resize88_jpeg90": 0.2, "social_network": 0.15}
LEAST = 0.1  # severity
OF_COPY = {1: 0.85, 2: 0.15}  # how many distortions a copy gets
SAVED, QUALITIES = 0.4, (75, 97)  # share of copies that are saved again, and as which JPEG


def write_rated_maps(photos: Sequence[RatedPhoto], backbone: Path, folder: Path, *, scale: float, workers: int) -> None:
    """Write what `folder` lacks of maps of rated photos at `scale`, and mirrored, as `write_shards` does.

    `read_shards` then gives maps (N, 2, h, w, C), statistics (N, 2, length) of the early stages.
    """
    paths = [photo.path for photo in photos]
    made_of = {"photos": photos_digest(paths), "backbone": photos_digest([backbone]), "scale": scale}
    make = partial(_rated, paths, backbone, scale)
    write_shards(make, folder, samples=len(paths), made_of=made_of, workers=workers)


def write_copy_maps(
    photos: Sequence[RatedPhoto], backbone: Path, folder: Path, *, copies: int, seed: int, workers: int
) -> None:
    """The same of `copies` damaged copies of each photo, of one after the other: maps (N, h, w, C), and severities (N, K)."""
    paths = [photo.path for photo in photos]
    made_of = {
        "photos": photos_digest(paths),
        "backbone": photos_digest([backbone]),
        "seed": seed,
        "scale": scale_digest(),
    }
    make = partial(_copy, paths, backbone, seed)
    write_shards(make, folder, samples=copies * len(paths), made_of=made_of, workers=workers)


def write_damaged_maps(
    photos: Sequence[PristinePhoto], backbone: Path, folder: Path, *, samples: int, seed: int, workers: int
) -> None:
    """The same of `samples` damaged pristine photos."""
    paths = [photo.path for photo in photos]
    made_of = {
        "photos": photos_digest(paths),
        "backbone": photos_digest([backbone]),
        "seed": seed,
        "scale": scale_digest(),
    }
    make = partial(_pristine, paths, backbone, seed)
    write_shards(make, folder, samples=samples, made_of=made_of, workers=workers)


@cache
def _early(backbone: Path) -> torch.nn.Module:
    return early_and_late(backbone)[0].to(memory_format=torch.channels_last)


@torch.inference_mode()
def _described(photos: Tensor, backbone: Path) -> tuple[Tensor, Tensor]:
    """Photos (N, 3, h, w) to maps (N, h', w', C) and statistics (N, length), in half precision."""
    maps, statistics = _early(backbone)((2 * photos - 1).contiguous(memory_format=torch.channels_last))
    return maps.permute(0, 2, 3, 1).half(), statistics.half()


def _rated(paths: Sequence[Path], backbone: Path, scale: float, number: int) -> dict[str, Tensor]:
    square = _square(as_viewed(read_photo(paths[number]).image), SIDE, None)
    small = Resize(scale)(square) if scale < 1 else square
    maps, statistics = _described(torch.stack([small, small.flip(2)]), backbone)
    return {"maps": maps, "statistics": statistics}


def _copy(paths: Sequence[Path], backbone: Path, seed: int, number: int) -> dict[str, Tensor]:
    generator = np.random.default_rng((seed, number))
    severities = _severities(OF_COPY, generator)
    photo = as_viewed(read_photo(paths[number % len(paths)]).image)
    damaged = as_saved(distort_chain(photo, severities, seed=int(generator.integers(2**32))))
    if generator.random() < SAVED:
        damaged = as_saved(Save("JPEG", int(generator.integers(*QUALITIES)))(damaged))
    return _sample(damaged, COPY_SIDE, severities, backbone, generator)


def _pristine(paths: Sequence[Path], backbone: Path, seed: int, number: int) -> dict[str, Tensor]:
    generator = np.random.default_rng((seed, number))
    photo = load_uint8(paths[int(generator.integers(len(paths)))])
    chain = POST_PROCESSINGS[str(generator.choice(list(POST_PROCESSED), p=list(POST_PROCESSED.values())))]
    shorter, shrinks = min(photo.shape[1:]), np.prod([step.factor for step in chain if isinstance(step, Resize)])
    least = min(LARGEST_SCALE, (PART_SIDE + 1) / (shorter * shrinks))
    image = as_saved(Resize(generator.uniform(least, LARGEST_SCALE))(photo.float() / 255))
    severities = _severities(COUNTS, generator)
    damaged = as_saved(distort_chain(image, severities, seed=int(generator.integers(2**32))))
    return _sample(as_saved(post_process(damaged, chain)), PART_SIDE, severities, backbone, generator)


def _sample(
    image: Tensor, side: int, severities: dict[str, float], backbone: Path, generator: np.random.Generator
) -> dict[str, Tensor]:
    square = _square(image, side, generator)
    maps, statistics = _described((square.flip(2) if generator.random() < 0.5 else square)[None], backbone)
    return {
        "maps": maps[0],
        "statistics": statistics[0],
        "severities": torch.tensor([severities.get(name, 0.0) for name in DISTORTIONS]),
    }


def _square(image: Tensor, side: int, generator: np.random.Generator | None) -> Tensor:
    """A square of `side` px anywhere in `image`, or in its middle; an image that is too small is enlarged."""
    if min(image.shape[1:]) < side:
        image = Resize(side / min(image.shape[1:]) + 1e-6)(image)
    spare = [length - side for length in image.shape[1:]]
    top, left = (int(generator.integers(one + 1)) if generator else one // 2 for one in spare)
    return image[:, top : top + side, left : left + side]


def _severities(counts: dict[int, float], generator: np.random.Generator) -> dict[str, float]:
    names, drawn = list(DISTORTIONS), {}
    for _ in range(int(generator.choice(list(counts), p=list(counts.values())))):
        name = str(generator.choice(names))
        drawn[name] = float(generator.uniform(LEAST, severity_curve(name).ceiling))
        names = [other for other in names if DISTORTIONS[other].family != DISTORTIONS[name].family]
    return drawn
