"""Training a model like the embedded one: what `blemish embedded train` runs, resumable at every step.

The statistics branch learns distortions and their severities from ladders of pristine photos. The viewed branch's early stages
and severity trunk learn the overall severity from damaged pristine photos; then its opinion trunk learns the mean opinion score
from photos that people rated, and what people name as wrong from these and from pristine photos. At last all predictions are
calibrated on photos that nothing was fitted to.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from ...synth_distort import DISTORTIONS
from ...synth_distort.pristine_photos import CALIBRATION_COLLECTIONS, TEST_COLLECTIONS, PristinePhoto, list_pristine
from ...synth_distort.provenance import provenance
from ..data_sets.rated_photos import scores_digest
from ..distortion_model.calibration import Calibration
from ..distortion_model.files import WeightsError, load_model, save_model
from ..distortion_model.model import DistortionModel
from ..distortion_model.network import DistortionNetwork
from .calibrate import Outputs, RatedOutputs, calibrated
from .cross_validation import agreement, cross_validated
from .fit import fit
from .opinions import people_of
from .precomputed_photos import VERSIONS, write_damaged_outputs, write_rated_outputs, write_undistorted_outputs
from .precomputed_samples import write_described
from .shards import photos_digest, read_record, read_shards
from .viewed_branch import names_fitted, opinions_fitted, severity_fitted

RANGE_SAMPLES = 10_000  # enough for the principal axes of the training samples


@dataclass(frozen=True)
class Amounts:
    """How much of everything a training takes.

    Attributes:
        samples: distorted photos and crops for the statistics branch.
        epochs: passes over them.
        unseen: samples of photos outside training, for the loss on them.
        severities: damaged photos for the severity trunk.
        copies: damaged copies of each rated photo.
        calibration: whole photos, damaged at random, to calibrate with.
    """

    samples: int = 112_000
    epochs: int = 16
    unseen: int = 4000
    severities: int = 9000
    copies: int = 3
    calibration: int = 2500


@dataclass(frozen=True)
class Fitted:
    """A network that is fitted, and what its calibration is fitted to: what it makes of photos that it was not.

    Attributes:
        network: its parts are fitted; its outputs are raw.
        record: what made it.
        damaged: what it makes of photos that we damaged.
        truth: (N, K) severities of what was put on them.
        rated: what it makes of photos that people rated, by opinion trunks that were fitted to others; None without MOS.
        folds: (N,) the fold of each rated photo; None without MOS.
        undistorted: what it makes of photos without distortion at full size; None where there are none.
    """

    network: DistortionNetwork
    record: dict
    damaged: Outputs
    truth: Tensor
    rated: RatedOutputs | None
    folds: Tensor | None
    undistorted: Outputs | None


def fitted(
    folder: Path,
    output: Path,
    *,
    backbone: Path,
    rated: Path | None = None,
    large: Path | None = None,
    undistorted: Path | None = None,
    base: Path | None = None,
    amounts: Amounts = Amounts(),
    seed: int,
    workers: int,
) -> Fitted:
    """Fit a network to the photos in `folder`; started again after a stop, it goes on where it was.

    Args:
        folder: pristine photos, with an index.csv that names their collections where there are several.
        output: folder for what is kept of samples, the checkpoints, and at last the model.
        backbone: ImageNet weights of EfficientNet-Lite2, as `early_and_late` takes them.
        rated: photos that people rated, as `list_rated` reads them; None for a model without MOS.
        large: a folder of more pristine photos, of the size that cameras give: the statistics branch learns from them what is
            usual at 100 %.
        undistorted: a folder of others without distortion, of any size, in which false findings by their pixels are to be rare.
        base: a model whose statistics branch is taken as it is or, where there are `large` photos, goes on from it; None to
            train that from the beginning.
        amounts: of samples, epochs and so on.
        seed: of everything random.
        workers: processes that make samples.

    Raises:
        ValueError: no photos, none of the collections that are kept for calibration, scores that cannot be read or are too
            few, or a file that is no checkpoint of the backbone.
        WeightsError: the base cannot be read, or predicts other distortions.
    """
    training, held_out = _split(list_pristine(folder), folder)
    if not backbone.is_file():
        raise ValueError(f"{backbone}: there is no such file; it must hold ImageNet weights of EfficientNet-Lite2")
    people = people_of(rated) if rated else None
    network = DistortionNetwork(tuple(DISTORTIONS)).eval()
    record: dict = {
        "command": _command(
            folder, rated=rated, large=large, undistorted=undistorted, base=base, amounts=amounts, seed=seed
        ),
        "seed": seed,
        "backbone": {"name": backbone.name, "sha256": photos_digest([backbone])},
        "calibration_photos": Counter(photo.collection for photo in held_out),
    }
    if base:
        known = _of_base(base)
        record["base"], record["distortions"] = known.sha256, known.record["distortions"]
        network.statistics = copy.deepcopy(known.network.statistics)
    if large or not base:
        learned, unseen = ([*photos, *_also(more)] for photos, more in ((training, large), (held_out, undistorted)))
        before = {"before": record["distortions"]} if base else {}
        record["distortions"] = before | _train_statistics(
            network, learned, unseen, output, amounts, seed=seed, workers=workers, going_on=base is not None
        )

    network.viewed, record["severities"] = severity_fitted(
        training, backbone, output, samples=amounts.severities, seed=seed, workers=workers
    )
    by_others: dict[str, Tensor] = {}
    good = [*training, *_also(large)]
    if people:
        by_others = opinions_fitted(
            network.viewed, people, good, backbone, output, copies=amounts.copies, seed=seed, workers=workers
        )
        if not people.labels.isnan().all():
            by_others["severity_labels"] = names_fitted(network.viewed, people, good, by_others["folds"], output)

    uncalibrated = output / "uncalibrated.safetensors"
    save_model(network, Calibration(), record, uncalibrated)
    kept = output / f"outputs-{load_model(uncalibrated).sha256[:12]}"
    write_damaged_outputs(
        held_out, uncalibrated, kept / "damaged", samples=amounts.calibration, seed=seed + 2, workers=workers
    )
    tensors, clean = read_shards(kept / "damaged", samples=amounts.calibration), None
    if undistorted:
        paths = [photo.path for photo in list_pristine(undistorted)]
        write_undistorted_outputs(paths, uncalibrated, kept / "undistorted", workers=workers)
        clean = Outputs.of(read_shards(kept / "undistorted", samples=VERSIONS * len(paths)))
        record["undistorted_photos"] = len(paths)
    damaged, truth, rated_outputs = Outputs.of(tensors), tensors["severities"], None
    if people:
        write_rated_outputs(people.photos, uncalibrated, kept / "rated", workers=workers)
        tensors = read_shards(kept / "rated", samples=len(people.photos))
        tensors |= {f"viewed.{name}": values for name, values in by_others.items() if name != "folds"}
        labels = None if people.labels.isnan().any() else people.labels
        scores = torch.tensor([photo.score for photo in people.photos])
        rated_outputs = RatedOutputs(Outputs.of(tensors), scores, labels)
        record["human_scores"] = {
            "folder": people.folder.name,
            "scores": scores_digest(people.folder),
            "copies": amounts.copies,
            "pristine": len(good),
        }
    return Fitted(network, record, damaged, truth, rated_outputs, by_others.get("folds"), clean)


def save_calibrated(made: Fitted, output: Path) -> Path:
    """Calibrate what is fitted, and write the model to the folder `output`; the path of its safetensors file."""
    distortions, record = made.network.distortions, dict(made.record)
    if made.rated and made.folds is not None:
        predicted = cross_validated(
            distortions, made.damaged, made.truth, made.rated, made.folds.numpy(), made.undistorted
        )
        record["human_scores"] = record["human_scores"] | agreement(predicted, made.rated)
    calibration = calibrated(distortions, made.damaged, made.truth, made.rated, made.undistorted)
    model = output / "model.safetensors"
    save_model(made.network, calibration, {**record, **provenance("torch", "lightning", "timm")}, model)
    return model


def _command(
    folder: Path,
    *,
    rated: Path | None,
    large: Path | None,
    undistorted: Path | None,
    base: Path | None,
    amounts: Amounts,
    seed: int,
) -> str:
    """The command that does the same again."""
    paths = {"rated": rated, "large": large, "undistorted": undistorted, "base": base}
    named = "".join(f" --{option} {path.name}" for option, path in paths.items() if path)
    learned = "" if base and not large else f" --samples {amounts.samples} --epochs {amounts.epochs}"
    return f"blemish embedded train {folder.name}{named}{learned} --seed {seed}"


def _also(folder: Path | None) -> list[PristinePhoto]:
    """Photos of one more folder, if there is one."""
    return list_pristine(folder) if folder else []


def _of_base(base: Path) -> DistortionModel:
    model = load_model(base)
    if model.distortions != tuple(DISTORTIONS):
        raise WeightsError(f"{base}: predicts other distortions than this version of blemish has")
    return model


def _train_statistics(
    network: DistortionNetwork,
    training: Sequence[PristinePhoto],
    held_out: Sequence[PristinePhoto],
    output: Path,
    amounts: Amounts,
    *,
    seed: int,
    workers: int,
    going_on: bool,
) -> dict:
    """Fit the statistics branch of `network`, from the beginning or `going_on`; what made it."""
    write_described(training, output / "statistics", samples=amounts.samples, seed=seed, workers=workers)
    write_described(held_out, output / "unseen", samples=amounts.unseen, seed=seed + 1, workers=workers)
    unseen = read_shards(output / "unseen", samples=amounts.unseen)
    samples = read_shards(output / "statistics", samples=amounts.samples)
    branch = network.statistics
    unseen_loss = fit(branch, samples, unseen, folder=output, epochs=amounts.epochs, seed=seed, going_on=going_on)
    branch.eval()
    branch.out_of_distribution.fit(branch.standardize(samples["windows"][:RANGE_SAMPLES].float()).mean(1))
    return {
        "training_photos": Counter(photo.collection for photo in training),
        "samples": amounts.samples,
        "epochs": amounts.epochs,
        "seed": seed,
        "unseen_loss": round(unseen_loss, 4),
        "statistics": read_record(output / "statistics"),
    }


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
