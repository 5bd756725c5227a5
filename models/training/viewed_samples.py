"""What the viewed branch is trained on, squares of bytes: rated photos, copies of them, pristine photos, damaged and not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ...synth_distort import DISTORTIONS, distort_chain, read_photo, severity_curve
from ...synth_distort.ladder import in_camera_order
from ...synth_distort.photo import as_saved
from ...synth_distort.post_processing import POST_PROCESSINGS, Resize, Save, post_process
from ...synth_distort.pristine_photos import LARGEST_SCALE, PristinePhoto, load_uint8
from ...synth_distort.severity import scale_digest
from ..data_sets.rated_photos import RatedPhoto
from ..distortion_model.as_viewed import as_viewed
from ..distortion_model.kinds import kind_of, label_of
from ..distortion_model.viewed_network import LABELS
from .shards import photos_digest, write_shards
from .variants import distort_somehow, severities_digest

RATED_SIDE, COPY_SIDE, DAMAGED_SIDE = 496, 352, 288  # px
COUNTS = {0: 0.25, 1: 0.55, 2: 0.2}  # how many distortions a pristine photo gets, and the share of photos
POST_PROCESSED = {"png": 0.4, "jpeg92": 0.25, "resize88_jpeg90": 0.2, "social_network": 0.15}
LEAST = 0.1  # severity
COPY_COUNTS = {1: 0.85, 2: 0.15}  # how many distortions a copy gets
PRISTINE_COPIES, UNDAMAGED = 4, 0.5  # copies of a pristine photo, and the share of them that nothing is put on
SAVED, QUALITIES = 0.4, (75, 97)  # share of copies that are saved again, and as which JPEG


def write_rated(photos: Sequence[RatedPhoto], folder: Path, *, workers: int) -> None:
    """Write what `folder` lacks of rated photos, as `write_shards` does; `read_shards` then gives photos (N, 3, h, w)."""
    paths = [photo.path for photo in photos]
    write_shards(
        partial(_rated, paths), folder, samples=len(paths), made_of={"photos": photos_digest(paths)}, workers=workers
    )


def write_copies(photos: Sequence[RatedPhoto], folder: Path, *, copies: int, seed: int, workers: int) -> None:
    """The same of `copies` damaged copies of each photo, of one after the other, with severities (N, K)."""
    paths, draw = [photo.path for photo in photos], partial(_severities, COPY_COUNTS)
    made_of = {**_made_of(paths, seed), "variants": severities_digest(), "drawn": [LEAST, COPY_COUNTS[1], SAVED]}
    make = partial(_copy, paths, draw, seed)
    write_shards(make, folder, samples=copies * len(paths), made_of=made_of, workers=workers)


def write_pristine(photos: Sequence[PristinePhoto], folder: Path, *, seed: int, workers: int) -> None:
    """The same of PRISTINE_COPIES of each pristine photo, of which some have no damage."""
    paths = [photo.path for photo in photos]
    made_of = {**_made_of(paths, seed), "variants": severities_digest(), "drawn": [LEAST, UNDAMAGED, SAVED]}
    make = partial(_copy, paths, _one_of_a_label, seed)
    write_shards(make, folder, samples=PRISTINE_COPIES * len(paths), made_of=made_of, workers=workers)


def write_damaged(photos: Sequence[PristinePhoto], folder: Path, *, samples: int, seed: int, workers: int) -> None:
    """The same of `samples` damaged pristine photos."""
    paths = [photo.path for photo in photos]
    write_shards(
        partial(_damaged, paths, seed), folder, samples=samples, made_of=_made_of(paths, seed), workers=workers
    )


def _made_of(paths: Sequence[Path], seed: int) -> dict:
    return {"photos": photos_digest(paths), "seed": seed, "scale": scale_digest()}


def _rated(paths: Sequence[Path], number: int) -> dict[str, Tensor]:
    return {"photos": _square(as_viewed(read_photo(paths[number]).image), RATED_SIDE, None)}


def _copy(
    paths: Sequence[Path], draw: Callable[[np.random.Generator], dict[str, float]], seed: int, number: int
) -> dict[str, Tensor]:
    generator = np.random.default_rng((seed, number))
    severities = draw(generator)
    damaged = as_viewed(read_photo(paths[number % len(paths)]).image)
    for name in in_camera_order(severities):
        damaged = distort_somehow(damaged, name, severities[name], generator)
    damaged = as_saved(damaged)
    if generator.random() < SAVED:
        damaged = as_saved(Save("JPEG", int(generator.integers(*QUALITIES)))(damaged))
    return _sample(damaged, COPY_SIDE, severities, generator)


def _damaged(paths: Sequence[Path], seed: int, number: int) -> dict[str, Tensor]:
    generator = np.random.default_rng((seed, number))
    photo = load_uint8(paths[int(generator.integers(len(paths)))])
    chain = POST_PROCESSINGS[str(generator.choice(list(POST_PROCESSED), p=list(POST_PROCESSED.values())))]
    shorter, shrinks = min(photo.shape[1:]), np.prod([step.factor for step in chain if isinstance(step, Resize)])
    least = min(LARGEST_SCALE, (DAMAGED_SIDE + 1) / (shorter * shrinks))
    image = as_saved(Resize(generator.uniform(least, LARGEST_SCALE))(photo.float() / 255))
    severities = _severities(COUNTS, generator)
    damaged = as_saved(distort_chain(image, severities, seed=int(generator.integers(2**32))))
    return _sample(as_saved(post_process(damaged, chain)), DAMAGED_SIDE, severities, generator)


def _sample(
    image: Tensor, side: int, severities: dict[str, float], generator: np.random.Generator
) -> dict[str, Tensor]:
    truth = torch.tensor([severities.get(name, 0.0) for name in DISTORTIONS])
    return {"photos": _square(image, side, generator), "severities": truth}


def _square(image: Tensor, side: int, generator: np.random.Generator | None) -> Tensor:
    """A square of `side` px anywhere in `image`, or in its middle, as bytes; an image that is too small is enlarged."""
    if min(image.shape[1:]) < side:
        image = Resize(side / min(image.shape[1:]) + 1e-6)(image)
    spare = [length - side for length in image.shape[1:]]
    top, left = (int(generator.integers(one + 1)) if generator else one // 2 for one in spare)
    return (image[:, top : top + side, left : left + side] * 255).round().to(torch.uint8)


def _one_of_a_label(generator: np.random.Generator) -> dict[str, float]:
    """Nothing, or one distortion; each word by which people name damage is as likely."""
    if generator.random() < UNDAMAGED:
        return {}
    label = str(generator.choice(LABELS))
    name = str(generator.choice([one for one in DISTORTIONS if label_of(kind_of(one)) == label]))
    return {name: float(generator.uniform(LEAST, severity_curve(name).ceiling))}


def _severities(counts: dict[int, float], generator: np.random.Generator) -> dict[str, float]:
    names, drawn = list(DISTORTIONS), {}
    for _ in range(int(generator.choice(list(counts), p=list(counts.values())))):
        name = str(generator.choice(names))
        drawn[name] = float(generator.uniform(LEAST, severity_curve(name).ceiling))
        names = [other for other in names if DISTORTIONS[other].family != DISTORTIONS[name].family]
    return drawn
