"""Stage 2 of training: what photos show, what people give to them, and what damage looks like to who knows what they show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ...synth_distort.pristine_photos import PristinePhoto
from ...synth_distort.severity import combined_severities
from ..data_sets import splits
from ..data_sets.rated_photos import RatedPhoto, list_rated
from ..distortion_model.content_network import ContentNetwork
from ..distortion_model.model import DistortionModel
from ..distortion_model.network import LEAST_DAMAGE, DistortionNetwork
from .distillation import lessons_made_of, teach, write_lessons
from .mos_head import FOLDS, Agreement, fit_human_scores
from .precomputed_photos import (
    read_ratings,
    undamaged_inputs,
    write_appearances,
    write_rated_views,
    write_views_of_copies,
)
from .shards import read_record, read_shards

FEWEST_RATED = 45  # nine for each fold of the cross-validation, the fewest whose errors have a 90 % quantile


@dataclass(frozen=True)
class People:
    """Photos that people rated, and how they are divided.

    Attributes:
        folder: where they are.
        photos: all of them.
        folds: numbers of the photos fitted to and of those left out, for each fold of the cross-validation.
    """

    folder: Path
    photos: list[RatedPhoto]
    folds: list[tuple[np.ndarray, np.ndarray]]

    @property
    def shown(self) -> list[Path]:
        """Those that the teacher looks at: no part of the model sees what the first fold leaves out."""
        return [self.photos[number].path for number in self.folds[0][0]]


def people_of(folder: Path, *, seed: int) -> People:
    """Those whose scores are in `folder`, as `list_rated` reads them, with folds drawn by `seed`.

    Raises:
        ValueError: they are too few, or show too little.
    """
    photos = list_rated(folder)
    if len(photos) < FEWEST_RATED:
        raise ValueError(f"{folder}: has {len(photos)} rated photos; training needs {FEWEST_RATED} at least")
    contents = {photo.content or str(photo.path) for photo in photos}
    if len(contents) < FOLDS:
        raise ValueError(f"{folder}: its photos show {len(contents)} different things; training needs {FOLDS} at least")
    return People(folder, photos, splits.folds(photos, count=FOLDS, seed=seed))


def learn_content(
    network: DistortionNetwork,
    training: Sequence[PristinePhoto],
    people: People,
    output: Path,
    teacher: Path | str,
    *,
    known: DistortionModel | None,
    lessons: int,
    epochs: int,
    seed: int,
    workers: int,
) -> dict:
    """Have the content part of `network` taught by an ImageNet network, unless a model that is known was taught with the same.

    Args:
        network: only its content part changes.
        training: pristine photos that the teacher looks at.
        people: who rated photos, of which it looks at some.
        output: folder for what it says of them, and for checkpoints.
        teacher: its weights, as `BackboneNetwork` takes them.
        known: the model that `network` is a copy of, if it is one.
        lessons: parts of photos that the teacher looks at.
        epochs: passes over them.
        seed: of everything random.
        workers: processes.

    Returns:
        What taught it.
    """
    pristine = [photo.path for photo in training]
    wanted = {
        "lessons": lessons,
        "epochs": epochs,
        "made_of": lessons_made_of(pristine, people.shown, teacher, seed=seed),
    }
    before = known.record.get("content", {}) if known else {}
    if all(before.get(name) == value for name, value in wanted.items()):
        return before
    folder = output / "lessons"
    write_lessons(pristine, people.shown, teacher, folder, samples=lessons, seed=seed, workers=workers)
    record, taught = read_record(folder), read_shards(folder, samples=lessons)
    torch.manual_seed(seed)
    network.content = ContentNetwork()
    teach(network.content, taught, made_of=record["made_of"], folder=output, epochs=epochs, seed=seed)
    return {**wanted, **record}


def learn_ratings(
    network: DistortionNetwork,
    people: People,
    uncalibrated: Path,
    views: Path,
    damaged: dict[str, Tensor],
    *,
    copies: int,
    seed: int,
    workers: int,
) -> Agreement:
    """Have the MOS head of `network` fitted to what `people` gave, and to so many damaged copies of each photo.

    Args:
        network: whose views these are.
        people: who rated photos.
        uncalibrated: file of the network.
        views: folder for what it makes of photos.
        damaged: what it makes of photos for calibration, some of them undamaged.
        copies: of each rated photo.
        seed: of the copies.
        workers: processes.

    Returns:
        How well such a head does on photos that it was not fitted to.
    """
    photos, samples = people.photos, copies * len(people.photos)
    write_rated_views(photos, uncalibrated, views / "rated", workers=workers)
    write_views_of_copies(photos, uncalibrated, views / "copies", samples=samples, seed=seed + 3, workers=workers)
    ratings = read_ratings(photos, views, copies=samples)
    return fit_human_scores(network, ratings, undamaged_inputs(damaged), folds=people.folds)


def learn_appearance(
    network: DistortionNetwork,
    photos: Sequence[PristinePhoto],
    people: People,
    uncalibrated: Path,
    views: Path,
    *,
    samples: int,
    seed: int,
    workers: int,
) -> dict:
    """Have `network` learn what damage looks like, and how that spreads over photos that people took.

    Args:
        network: whose views these are; only its appearance head changes.
        photos: pristine ones that are damaged.
        people: who rated photos; their scores are not looked at.
        uncalibrated: file of the network.
        views: folder for what it makes of photos, with those of `people`, which `learn_ratings` writes.
        samples: damaged photos.
        seed: of the damage.
        workers: processes.

    Returns:
        What taught it.
    """
    write_appearances(photos, uncalibrated, views / "appearances", samples=samples, seed=seed + 4, workers=workers)
    damaged = read_shards(views / "appearances", samples=samples)
    of_people = read_shards(views / "rated", samples=len(people.photos))
    fit_appearance(network, damaged, of_people)
    collections = Counter(photo.collection for photo in photos)
    return {"samples": samples, "photos": collections, "spread_over": people.folder.name}


def fit_appearance(network: DistortionNetwork, damaged: dict[str, Tensor], of_people: dict[str, Tensor]) -> None:
    """Fit the appearance head of `network`.

    Args:
        network: only that head changes.
        damaged: what is seen of damaged photos, as `write_appearances` has it.
        of_people: what the network makes of photos as people take them, as `write_rated_views` has it.
    """
    network.appearance.fit(
        damaged["content"],
        combined_severities(damaged["severities"]),
        network.content_of(of_people["features"]),
        of_people["damage"].logit(eps=LEAST_DAMAGE),
    )
