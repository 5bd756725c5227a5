"""What an uncalibrated network makes of photos, kept on disk: what calibration and the aware head are fitted to."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import torch
from torch import Tensor

from ..synth_distort import read_photo
from ..synth_distort.pristine import PristinePhoto
from ..synth_distort.severity import scale_digest
from .calibration_samples import KINDS, draw_calibration_sample
from .quality_network import PhotoView
from .rated_photos import RatedPhoto
from .shards import photos_digest, write_shards
from .trials import CLEAR, EVALUATED_LIVES, MILD
from .weights import load_model


def write_damaged_views(
    photos: Sequence[PristinePhoto], weights: Path, folder: Path, *, samples: int, seed: int, workers: int
) -> None:
    """Write what `folder` lacks of what the model in `weights` makes of `samples` damaged photos, as `write_shards` does.

    `read_shards` then gives the tensors of `view_tensors`, and severities (N, K).
    """
    made_of = {
        "model": load_model(weights).sha256,
        "photos": photos_digest([photo.path for photo in photos]),
        "scale": scale_digest(),
        "population": {str(count): share for count, share in KINDS.items()},
        "severities": [MILD, CLEAR],
        "lives": list(EVALUATED_LIVES),
        "seed": seed,
    }
    view = partial(_damaged, tuple(photos), weights, seed)
    write_shards(view, folder, samples=samples, made_of=made_of, workers=workers)


def write_rated_views(photos: Sequence[RatedPhoto], weights: Path, folder: Path, *, workers: int) -> None:
    """Write what `folder` lacks of what the model in `weights` makes of rated photos, as `write_shards` does."""
    paths = [photo.path for photo in photos]
    made_of = {"model": load_model(weights).sha256, "photos": photos_digest(paths)}
    write_shards(partial(_rated, paths, weights), folder, samples=len(paths), made_of=made_of, workers=workers)


def views_folder(output: Path, weights: Path) -> Path:
    """Where in `output` the views by the model in `weights` go: those of another model go elsewhere."""
    return output / f"views-{load_model(weights).sha256[:12]}"


def view_tensors(view: PhotoView) -> dict[str, Tensor]:
    """Of the whole photo: presence (K,), none, severity (K,), damage, the doubts, aware_input, distance."""
    return {
        **vars(view.whole),
        **vars(view.doubt),
        "aware_input": view.aware_input,
        "distance": torch.tensor(view.distance),
    }


@torch.inference_mode()
def _damaged(photos: Sequence[PristinePhoto], weights: Path, seed: int, number: int) -> dict[str, Tensor]:
    sample = draw_calibration_sample(photos, (seed, number))
    return {**view_tensors(load_model(weights).look(sample.image)), "severities": sample.severities}


@torch.inference_mode()
def _rated(paths: Sequence[Path], weights: Path, number: int) -> dict[str, Tensor]:
    return view_tensors(load_model(weights).look(read_photo(paths[number]).image))
