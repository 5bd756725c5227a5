"""What an uncalibrated network makes of photos, kept on disk: what calibration is fitted to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ...synth_distort import read_photo
from ...synth_distort.photo import as_saved
from ...synth_distort.post_processing import Resize, Save
from ...synth_distort.pristine_photos import PristinePhoto
from ...synth_distort.severity import scale_digest
from ..data_sets.rated_photos import RatedPhoto
from ..distortion_model.files import load_model
from ..distortion_model.network import NetworkOutput
from ..evaluation.conditions import CLEAR, EVALUATED_POST_PROCESSINGS, MILD
from .calibration_samples import KINDS, draw_calibration_sample
from .cameras import as_a_camera_has_it
from .shards import photos_digest, write_shards

SIDE = 1024  # px; the longer side of photos without distortion that are saved again
VERSIONS = 3  # of each photo without distortion
DEVELOPED = 1536  # px; the longest side of what is shown of it as a small camera has it


def write_damaged_outputs(
    photos: Sequence[PristinePhoto], weights: Path, folder: Path, *, samples: int, seed: int, workers: int
) -> None:
    """Write what `folder` lacks of what the model in `weights` makes of `samples` damaged photos, as `write_shards` does.

    `read_shards` then gives the tensors of `output_tensors`, and severities (N, K).
    """
    made_of = {
        "model": load_model(weights).sha256,
        "photos": photos_digest([photo.path for photo in photos]),
        "scale": scale_digest(),
        "population": {str(count): share for count, share in KINDS.items()},
        "severities": [MILD, CLEAR],
        "post_processings": list(EVALUATED_POST_PROCESSINGS),
        "seed": seed,
    }
    make = partial(_damaged, tuple(photos), weights, seed)
    write_shards(make, folder, samples=samples, made_of=made_of, workers=workers)


def write_rated_outputs(photos: Sequence[RatedPhoto], weights: Path, folder: Path, *, workers: int) -> None:
    """Write what `folder` lacks of what the model in `weights` makes of rated photos, as `write_shards` does."""
    paths = [photo.path for photo in photos]
    made_of = {"model": load_model(weights).sha256, "photos": photos_digest(paths)}
    write_shards(partial(_rated, paths, weights), folder, samples=len(paths), made_of=made_of, workers=workers)


def write_undistorted_outputs(photos: Sequence[Path], weights: Path, folder: Path, *, workers: int) -> None:
    """The same of photos without distortion, in VERSIONS; severities are all 0.

    They are shown as they are, of SIDE px or less as JPEG 92, and a part of DEVELOPED px or less as a small camera has it.
    """
    sides = [SIDE, DEVELOPED]
    made_of = {"model": load_model(weights).sha256, "photos": photos_digest(photos), "sides": sides}
    undistorted = partial(_undistorted, photos, weights)
    write_shards(undistorted, folder, samples=VERSIONS * len(photos), made_of=made_of, workers=workers)


def output_tensors(output: NetworkOutput) -> dict[str, Tensor]:
    """What `calibrate.Outputs` is made of, of one photo."""
    whole, viewed = output.statistics.whole, output.viewed
    return {
        **{f"whole.{field.name}": getattr(whole, field.name) for field in fields(whole)},
        **{f"viewed.{field.name}": getattr(viewed, field.name)[0] for field in fields(viewed)},
        "distance": output.statistics.distance,
    }


def _damaged(photos: Sequence[PristinePhoto], weights: Path, seed: int, number: int) -> dict[str, Tensor]:
    sample = draw_calibration_sample(photos, (seed, number))
    return {**output_tensors(load_model(weights).extract(sample.image)), "severities": sample.severities}


def _undistorted(paths: Sequence[Path], weights: Path, number: int) -> dict[str, Tensor]:
    image, version = read_photo(paths[number // VERSIONS]).image, number % VERSIONS
    if version == 1:
        image = as_saved(Save("JPEG", 92)(as_saved(Resize(min(1.0, SIDE / max(image.shape[1:])))(image))))
    elif version == 2:
        top, left = (max(0, side - DEVELOPED) // 2 for side in image.shape[1:])
        part = image[:, top : top + DEVELOPED, left : left + DEVELOPED]
        image = as_a_camera_has_it(part, np.random.default_rng((number, DEVELOPED)), at_full_size=True)
    model = load_model(weights)
    output = model.extract(image)
    return {**output_tensors(output), "severities": torch.zeros(len(model.distortions))}


def _rated(paths: Sequence[Path], weights: Path, number: int) -> dict[str, Tensor]:
    return output_tensors(load_model(weights).extract(read_photo(paths[number]).image))
