"""Training a quality model: what `blemish train` runs, resumable at every step.

Stage 1 learns distortions and their severities from ladders of pristine photos. Stage 2, where there are photos that people
rated, learns from an ImageNet network what photos show, from people what they would give, and from more ladders what damage
looks like to a network that knows what photos show. Then all answers are calibrated.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ..synth_distort import DISTORTIONS
from ..synth_distort.pristine import CALIBRATION_COLLECTIONS, TEST_COLLECTIONS, PristinePhoto, list_pristine
from ..synth_distort.provenance import provenance
from . import splits
from .backbone_weights import DOWNLOAD
from .confidence import CONFIDENCE, calibrated, conformal_quantile
from .content_network import ContentNetwork
from .described_samples import write_described
from .distillation import lessons_made_of, load_teacher, teach, write_lessons
from .doubts import fit_doubts
from .fitting import fit
from .human_scores import FOLDS, Agreement, fit_human_scores
from .photo_views import (
    read_ratings,
    undamaged_inputs,
    views_folder,
    write_appearances,
    write_damaged_views,
    write_rated_views,
    write_views_of_copies,
)
from .quality_model import Calibration, QualityModel
from .quality_network import LEAST_DAMAGE, QualityNetwork
from .rated_photos import RatedPhoto, list_rated, scores_digest
from .shards import read_record, read_shards
from .weights import WeightsError, load_model, save_model

FEWEST_RATED = 45  # nine for each fold of the cross-validation, the fewest whose errors have a 90 % quantile
RANGE_SAMPLES = 10_000  # enough for the principal axes of what the model has seen


@dataclass(frozen=True)
class Amounts:
    """How much of everything a training takes.

    Attributes:
        samples: distorted photos and crops to learn distortions from.
        epochs: passes over them.
        unseen: samples of photos outside training, for the loss on them and for the doubts.
        lessons: parts of photos that the teacher looks at.
        lesson_epochs: passes of the student over them.
        calibration: whole photos, damaged at random, to calibrate with.
        copies: damaged copies of each rated photo, to learn what damage costs.
        appearances: damaged photos to learn what damage looks like from.
    """

    samples: int = 112_000
    epochs: int = 16
    unseen: int = 4000
    lessons: int = 10_000
    lesson_epochs: int = 18
    calibration: int = 2500
    copies: int = 3
    appearances: int = 4500


def train(
    folder: Path,
    output: Path,
    *,
    rated: Path | None = None,
    teacher: Path | str = DOWNLOAD,
    base: Path | None = None,
    amounts: Amounts = Amounts(),
    seed: int,
    workers: int,
) -> Path:
    """Train a model on the photos in `folder`; started again after a stop, it goes on where it was.

    Args:
        folder: pristine photos, with an index.csv that names their collections where there are several.
        output: folder for what is kept of samples, the checkpoints, and at last the model.
        rated: photos that people rated, as `list_rated` reads them; None for a model without an aware score, and without
            appearance in the unaware one.
        teacher: weights of MobileNetV2, as `BackboneNetwork` takes them; of use with `rated` alone.
        base: a model whose knowledge of distortions is taken as it is, and that of content where the same photos and the same
            teacher taught it; None to learn both.
        amounts: of samples, epochs and so on.
        seed: of everything random.
        workers: processes that make samples.

    Returns:
        The path of the model's safetensors file.

    Raises:
        ValueError: no photos, none of the collections that are kept for calibration, scores that cannot be read or are too
            few, or a base without rated photos.
        WeightsError: the weights of the teacher or the base cannot be read, or the base knows other distortions.
    """
    training, others = _split(list_pristine(folder), folder)
    # What the network says of its own errors is learned from some of the photos outside training, and tried on the others.
    doubting, calibration = others[::2], others[1::2] or others
    if base and not rated:
        raise ValueError(f"{base}: is for learning from rated photos what it knows nothing of; give these too")
    people = _people(rated, seed=seed) if rated else None
    if people:
        load_teacher(teacher)  # so that what is missing is said before hours of work
    record = {
        "command": _command(folder, rated=rated, base=base, amounts=amounts, seed=seed),
        "seed": seed,
        "calibration_photos": Counter(photo.collection for photo in calibration),
    }
    known = _of_base(base) if base else None
    if known:
        record["base"] = known.sha256
        network, record["distortions"] = copy.deepcopy(known.network), known.record["distortions"]
    else:
        network, record["distortions"] = _learn_distortions(
            training, doubting, output, amounts, seed=seed, workers=workers
        )
    if people:
        record["content"] = _learn_content(
            network, training, people.shown, output, teacher, amounts, known=known, seed=seed, workers=workers
        )

    uncalibrated = output / "uncalibrated.safetensors"
    save_model(network, Calibration(), record, uncalibrated)
    views = views_folder(output, uncalibrated)
    write_damaged_views(
        calibration, uncalibrated, views / "damaged", samples=amounts.calibration, seed=seed + 2, workers=workers
    )
    damaged = read_shards(views / "damaged", samples=amounts.calibration)
    rating_error = None
    if people:
        agreement = _learn_ratings(network, people, uncalibrated, views, damaged, amounts, seed=seed, workers=workers)
        rating_error = conformal_quantile(agreement.unseen_errors, CONFIDENCE)
        record["human_scores"] = {
            "folder": people.folder.name,
            "scores": scores_digest(people.folder),
            "copies": amounts.copies,
            **agreement.to_dict(),
        }
        record["appearance"] = _learn_appearance(
            network, [*training, *doubting], people, uncalibrated, views, amounts, seed=seed, workers=workers
        )
    fitted = replace(calibrated(network, damaged), rating_error=rating_error)
    model = output / "model.safetensors"
    save_model(network, fitted, {**record, **provenance("torch", "lightning")}, model)
    return model


@dataclass(frozen=True)
class _People:
    """Photos that people rated.

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


def _people(folder: Path, *, seed: int) -> _People:
    photos = list_rated(folder)
    if len(photos) < FEWEST_RATED:
        raise ValueError(f"{folder}: has {len(photos)} rated photos; training needs {FEWEST_RATED} at least")
    contents = {photo.content or str(photo.path) for photo in photos}
    if len(contents) < FOLDS:
        raise ValueError(f"{folder}: its photos show {len(contents)} different things; training needs {FOLDS} at least")
    return _People(folder, photos, splits.folds(photos, count=FOLDS, seed=seed))


def _command(folder: Path, *, rated: Path | None, base: Path | None, amounts: Amounts, seed: int) -> str:
    """The command that does the same again."""
    learned = f" --base {base.name}" if base else f" --samples {amounts.samples} --epochs {amounts.epochs}"
    people = f" --rated {rated.name}" if rated else ""
    return f"blemish train {folder.name}{people}{learned} --seed {seed}"


def _of_base(base: Path) -> QualityModel:
    model = load_model(base)
    if model.distortions != tuple(DISTORTIONS):
        raise WeightsError(
            f"{base}: knows other distortions than this version of blemish, so it cannot be calibrated anew"
        )
    return model


def _learn_distortions(
    training: Sequence[PristinePhoto],
    doubting: Sequence[PristinePhoto],
    output: Path,
    amounts: Amounts,
    *,
    seed: int,
    workers: int,
) -> tuple[QualityNetwork, dict]:
    """A network that names distortions, how severe and how sure, and what made it."""
    write_described(training, output / "statistics", samples=amounts.samples, seed=seed, workers=workers)
    write_described(doubting, output / "unseen", samples=amounts.unseen, seed=seed + 1, workers=workers)
    torch.manual_seed(seed)
    network = QualityNetwork(tuple(DISTORTIONS))
    unseen = read_shards(output / "unseen", samples=amounts.unseen)
    samples = read_shards(output / "statistics", samples=amounts.samples)
    unseen_loss = fit(network, samples, unseen, folder=output, epochs=amounts.epochs, seed=seed)
    network.eval()
    network.training_range.fit(network.standardize(samples["windows"][:RANGE_SAMPLES].float()).mean(1))
    fit_doubts(network, unseen)
    record = {
        "training_photos": Counter(photo.collection for photo in training),
        "doubting_photos": Counter(photo.collection for photo in doubting),
        "samples": amounts.samples,
        "epochs": amounts.epochs,
        "seed": seed,
        "unseen_loss": round(unseen_loss, 4),
        "statistics": read_record(output / "statistics"),
    }
    return network, record


def _learn_content(
    network: QualityNetwork,
    training: Sequence[PristinePhoto],
    others: Sequence[Path],
    output: Path,
    teacher: Path | str,
    amounts: Amounts,
    *,
    known: QualityModel | None,
    seed: int,
    workers: int,
) -> dict:
    """Have the content part of `network` taught with the photos of `training` and with `others`, and say what taught it.

    What is `known` already and was taught with the same is kept.
    """
    pristine = [photo.path for photo in training]
    wanted = {
        "lessons": amounts.lessons,
        "epochs": amounts.lesson_epochs,
        "made_of": lessons_made_of(pristine, others, teacher, seed=seed),
    }
    before = known.record.get("content", {}) if known else {}
    if all(before.get(name) == value for name, value in wanted.items()):
        return before
    lessons = output / "lessons"
    write_lessons(pristine, others, teacher, lessons, samples=amounts.lessons, seed=seed, workers=workers)
    record, taught = read_record(lessons), read_shards(lessons, samples=amounts.lessons)
    torch.manual_seed(seed)
    network.content = ContentNetwork()
    teach(network.content, taught, made_of=record["made_of"], folder=output, epochs=amounts.lesson_epochs, seed=seed)
    return {**wanted, **record}


def _learn_ratings(
    network: QualityNetwork,
    people: _People,
    uncalibrated: Path,
    views: Path,
    damaged: dict[str, Tensor],
    amounts: Amounts,
    *,
    seed: int,
    workers: int,
) -> Agreement:
    """Have the aware head of `network` fitted to what `people` gave and to copies of their photos, and say how well it does."""
    photos, copies = people.photos, amounts.copies * len(people.photos)
    write_rated_views(photos, uncalibrated, views / "rated", workers=workers)
    write_views_of_copies(photos, uncalibrated, views / "copies", samples=copies, seed=seed + 3, workers=workers)
    ratings = read_ratings(photos, views, copies=copies)
    return fit_human_scores(network, ratings, undamaged_inputs(damaged), folds=people.folds)


def _learn_appearance(
    network: QualityNetwork,
    photos: Sequence[PristinePhoto],
    people: _People,
    uncalibrated: Path,
    views: Path,
    amounts: Amounts,
    *,
    seed: int,
    workers: int,
) -> dict:
    """Have `network` learn what damage to `photos` looks like, how that spreads over those of `people`, and say what taught it.

    The scores of `people` are not looked at.
    """
    samples = amounts.appearances
    write_appearances(photos, uncalibrated, views / "appearances", samples=samples, seed=seed + 4, workers=workers)
    damaged = read_shards(views / "appearances", samples=samples)
    of_people = read_shards(views / "rated", samples=len(people.photos))
    network.appearance.fit(
        damaged["content"],
        1 - (1 - damaged["severities"]).prod(1),
        network.content_of(of_people["seen"]),
        of_people["damage"].logit(eps=LEAST_DAMAGE),
    )
    collections = Counter(photo.collection for photo in photos)
    return {"samples": samples, "photos": collections, "spread_over": people.folder.name}


def _split(photos: Sequence[PristinePhoto], folder: Path) -> tuple[list[PristinePhoto], list[PristinePhoto]]:
    kept = (*CALIBRATION_COLLECTIONS, *TEST_COLLECTIONS)
    training = [photo for photo in photos if photo.collection not in kept]
    calibration = [photo for photo in photos if photo.collection in CALIBRATION_COLLECTIONS]
    if not training or not calibration:
        raise ValueError(
            f"{folder}: training needs photos of the collections {', '.join(CALIBRATION_COLLECTIONS)} to calibrate with, "
            f"and of others to fit to; it found {len(calibration)} and {len(training)}"
        )
    return training, calibration
