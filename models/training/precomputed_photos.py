"""What an uncalibrated network makes of photos, kept on disk: what calibration and both scores' heads are fitted to."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import torch
from torch import Tensor

from ...synth_distort import read_photo
from ...synth_distort.pristine_photos import PristinePhoto
from ...synth_distort.severity import combined_severities, scale_digest
from ..data_sets.rated_photos import RatedPhoto
from ..distortion_model.files import load_model
from ..distortion_model.network import NetworkOutput
from ..evaluation.conditions import CLEAR, EVALUATED_POST_PROCESSINGS, MILD
from .calibration_samples import (
    KINDS,
    KINDS_OF_COPIES,
    POST_PROCESSINGS_OF_COPIES,
    draw_calibration_sample,
    draw_damaged_copy,
)
from .mos_head import Ratings
from .samples import Sample
from .shards import photos_digest, read_shards, write_shards


def write_damaged_views(
    photos: Sequence[PristinePhoto], weights: Path, folder: Path, *, samples: int, seed: int, workers: int
) -> None:
    """Write what `folder` lacks of what the model in `weights` makes of `samples` damaged photos, as `write_shards` does.

    `read_shards` then gives the tensors of `view_tensors`, and severities (N, K).
    """
    made_of = _made_of(weights, [photo.path for photo in photos], KINDS, EVALUATED_POST_PROCESSINGS, seed)
    view = partial(_damaged, tuple(photos), weights, seed)
    write_shards(view, folder, samples=samples, made_of=made_of, workers=workers)


def write_rated_views(photos: Sequence[RatedPhoto], weights: Path, folder: Path, *, workers: int) -> None:
    """Write what `folder` lacks of what the model in `weights` makes of rated photos, as `write_shards` does."""
    paths = [photo.path for photo in photos]
    made_of = {"model": load_model(weights).sha256, "photos": photos_digest(paths)}
    write_shards(partial(_rated, paths, weights), folder, samples=len(paths), made_of=made_of, workers=workers)


def write_views_of_copies(
    photos: Sequence[RatedPhoto], weights: Path, folder: Path, *, samples: int, seed: int, workers: int
) -> None:
    """Write what `folder` lacks of what the model in `weights` makes of damaged copies of rated photos, as `write_shards` does.

    They are `samples` copies, of one photo after the other; `read_shards` then gives the tensors of `view_tensors`, and
    severities (N, K).
    """
    paths = [photo.path for photo in photos]
    made_of = _made_of(weights, paths, KINDS_OF_COPIES, POST_PROCESSINGS_OF_COPIES, seed)
    view = partial(_damaged_copy, paths, weights, seed)
    write_shards(view, folder, samples=samples, made_of=made_of, workers=workers)


def write_appearances(
    photos: Sequence[PristinePhoto], weights: Path, folder: Path, *, samples: int, seed: int, workers: int
) -> None:
    """Write what `folder` lacks of what the content network in `weights` sees in damaged photos, as `write_shards` does.

    The `samples` are drawn evenly from the collections of `photos`, so that none is heard more for being large; `read_shards`
    then gives content (N, length) and severities (N, K).
    """
    made_of = _made_of(weights, [photo.path for photo in photos], KINDS, EVALUATED_POST_PROCESSINGS, seed)
    made_of["collections"] = [photo.collection for photo in photos]
    collections: dict[str, list[PristinePhoto]] = {}
    for photo in photos:
        collections.setdefault(photo.collection, []).append(photo)
    view = partial(_appearance, tuple(collections.values()), weights, seed)
    write_shards(view, folder, samples=samples, made_of=made_of, workers=workers)


def read_ratings(photos: Sequence[RatedPhoto], views: Path, *, copies: int) -> Ratings:
    """What the MOS head is fitted to, of the views of rated photos and of `copies` of them in the folder `views`."""
    rated, damaged = read_shards(views / "rated", samples=len(photos)), read_shards(views / "copies", samples=copies)
    return Ratings(
        inputs=rated["features"],
        scores=torch.tensor([photo.score / 100 for photo in photos]),
        copies=damaged["features"],
        originals=torch.arange(copies) % len(photos),
        severities=combined_severities(damaged["severities"]),
    )


def undamaged_inputs(damaged: dict[str, Tensor]) -> Tensor:
    """What is seen of those of the damaged photos that have no damage, (U, length)."""
    return damaged["features"][damaged["severities"].sum(1) == 0]


def views_folder(output: Path, weights: Path) -> Path:
    """Where in `output` the views by the model in `weights` go: those of another model go elsewhere."""
    return output / f"views-{load_model(weights).sha256[:12]}"


def view_tensors(view: NetworkOutput) -> dict[str, Tensor]:
    """Of the whole photo: presence (K,), none, severity (K,), damage, the error estimates, what is seen, distance."""
    return {
        **vars(view.whole),
        **vars(view.error_estimate),
        "features": view.features,
        "distance": torch.tensor(view.distance),
    }


def _made_of(
    weights: Path, photos: Sequence[Path], kinds: dict[int, float], post_processings: Sequence[str], seed: int
) -> dict:
    """All that views of damaged photos depend on, as JSON has it."""
    return {
        "model": load_model(weights).sha256,
        "photos": photos_digest(photos),
        "scale": scale_digest(),
        "population": {str(count): share for count, share in kinds.items()},
        "severities": [MILD, CLEAR],
        "post_processings": list(post_processings),
        "seed": seed,
    }


@torch.inference_mode()
def _damaged(photos: Sequence[PristinePhoto], weights: Path, seed: int, number: int) -> dict[str, Tensor]:
    return _view_of(draw_calibration_sample(photos, (seed, number)), weights)


@torch.inference_mode()
def _appearance(
    collections: Sequence[Sequence[PristinePhoto]], weights: Path, seed: int, number: int
) -> dict[str, Tensor]:
    sample = draw_calibration_sample(collections[number % len(collections)], (seed, number))
    content = load_model(weights).network.content.describe(sample.image)
    return {"content": content, "severities": sample.severities}


@torch.inference_mode()
def _damaged_copy(paths: Sequence[Path], weights: Path, seed: int, number: int) -> dict[str, Tensor]:
    return _view_of(draw_damaged_copy(paths[number % len(paths)], (seed, number)), weights)


def _view_of(sample: Sample, weights: Path) -> dict[str, Tensor]:
    return {**view_tensors(load_model(weights).extract(sample.image)), "severities": sample.severities}


@torch.inference_mode()
def _rated(paths: Sequence[Path], weights: Path, number: int) -> dict[str, Tensor]:
    return view_tensors(load_model(weights).extract(read_photo(paths[number]).image))
