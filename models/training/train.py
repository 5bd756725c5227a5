"""Training a quality model: what `blemish train` runs, resumable at every step.

Stage 1 learns distortions and their severities from ladders of pristine photos. Stage 2, where there are photos that people
rated, learns from an ImageNet network what photos show, from people what they would give, and from more ladders what damage
looks like to a network that knows what photos show. Then all predictions are calibrated.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from ...synth_distort import DISTORTIONS
from ...synth_distort.pristine_photos import CALIBRATION_COLLECTIONS, TEST_COLLECTIONS, PristinePhoto, list_pristine
from ...synth_distort.provenance import provenance
from ..data_sets.rated_photos import scores_digest
from ..distortion_model.files import WeightsError, load_model, save_model
from ..distortion_model.model import Calibration, DistortionModel
from ..distortion_model.network import DistortionNetwork
from ..metrics.conformal import CONFIDENCE, conformal_quantile
from ..quality_cnns.backbones.weights import DOWNLOAD
from .calibrate import calibrated
from .distillation import load_teacher
from .error_model import fit_error_model
from .fit import fit
from .precomputed_photos import views_folder, write_damaged_views
from .precomputed_samples import write_described
from .rated_fit import learn_appearance, learn_content, learn_ratings, people_of
from .shards import read_record, read_shards

RANGE_SAMPLES = 10_000  # enough for the principal axes of what the model has seen


@dataclass(frozen=True)
class Amounts:
    """How much of everything a training takes.

    Attributes:
        samples: distorted photos and crops to learn distortions from.
        epochs: passes over them.
        unseen: samples of photos outside training, for the loss on them and for the error estimates.
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
        rated: photos that people rated, as `list_rated` reads them; None for a model without an MOS, and without
            appearance in the opinion-unaware score one.
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
    error_model_photos, calibration = others[::2], others[1::2] or others
    if base and not rated:
        raise ValueError(f"{base}: is for learning from rated photos what it knows nothing of; give these too")
    people = people_of(rated, seed=seed) if rated else None
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
            training, error_model_photos, output, amounts, seed=seed, workers=workers
        )
    if people:
        taken = {"lessons": amounts.lessons, "epochs": amounts.lesson_epochs}
        record["content"] = learn_content(
            network, training, people, output, teacher, known=known, **taken, seed=seed, workers=workers
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
        agreement = learn_ratings(
            network, people, uncalibrated, views, damaged, copies=amounts.copies, seed=seed, workers=workers
        )
        rating_error = conformal_quantile(agreement.unseen_errors, CONFIDENCE)
        record["human_scores"] = {
            "folder": people.folder.name,
            "scores": scores_digest(people.folder),
            "copies": amounts.copies,
            **agreement.to_dict(),
        }
        photos, samples = [*training, *error_model_photos], amounts.appearances
        record["appearance"] = learn_appearance(
            network, photos, people, uncalibrated, views, samples=samples, seed=seed, workers=workers
        )
    fitted = replace(calibrated(network, damaged), rating_error=rating_error)
    model = output / "model.safetensors"
    save_model(network, fitted, {**record, **provenance("torch", "lightning")}, model)
    return model


def _command(folder: Path, *, rated: Path | None, base: Path | None, amounts: Amounts, seed: int) -> str:
    """The command that does the same again."""
    learned = f" --base {base.name}" if base else f" --samples {amounts.samples} --epochs {amounts.epochs}"
    people = f" --rated {rated.name}" if rated else ""
    return f"blemish train {folder.name}{people}{learned} --seed {seed}"


def _of_base(base: Path) -> DistortionModel:
    model = load_model(base)
    if model.distortions != tuple(DISTORTIONS):
        raise WeightsError(
            f"{base}: knows other distortions than this version of blemish, so it cannot be calibrated anew"
        )
    return model


def _learn_distortions(
    training: Sequence[PristinePhoto],
    error_model_photos: Sequence[PristinePhoto],
    output: Path,
    amounts: Amounts,
    *,
    seed: int,
    workers: int,
) -> tuple[DistortionNetwork, dict]:
    """A network that names distortions, how severe and how sure, and what made it."""
    write_described(training, output / "statistics", samples=amounts.samples, seed=seed, workers=workers)
    write_described(error_model_photos, output / "unseen", samples=amounts.unseen, seed=seed + 1, workers=workers)
    torch.manual_seed(seed)
    network = DistortionNetwork(tuple(DISTORTIONS))
    unseen = read_shards(output / "unseen", samples=amounts.unseen)
    samples = read_shards(output / "statistics", samples=amounts.samples)
    unseen_loss = fit(network, samples, unseen, folder=output, epochs=amounts.epochs, seed=seed)
    network.eval()
    network.out_of_distribution.fit(network.standardize(samples["windows"][:RANGE_SAMPLES].float()).mean(1))
    fit_error_model(network, unseen)
    record = {
        "training_photos": Counter(photo.collection for photo in training),
        "error_model_photos": Counter(photo.collection for photo in error_model_photos),
        "samples": amounts.samples,
        "epochs": amounts.epochs,
        "seed": seed,
        "unseen_loss": round(unseen_loss, 4),
        "statistics": read_record(output / "statistics"),
    }
    return network, record


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
