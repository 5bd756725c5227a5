"""Training a quality model: what `blemish train` runs, resumable at every step.

Stage 1 learns distortions and their severities from ladders of pristine photos. Stage 2, where there are photos that people
rated, learns from these what people would give.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from rich.progress import track

from ..synth_distort import DISTORTIONS
from ..synth_distort.pristine import CALIBRATION_COLLECTIONS, TEST_COLLECTIONS, PristinePhoto, list_pristine
from ..synth_distort.provenance import provenance
from .calibration_samples import draw_calibration_samples
from .confidence import CONFIDENCE, calibrated, conformal_quantile
from .fitting import fit, fit_expected_error
from .human_scores import describe_rated, fit_human_scores
from .quality_model import Calibration, QualityModel
from .quality_network import QualityNetwork
from .rated_photos import list_rated, scores_digest
from .statistics_shards import read_record, read_shards, write_shards
from .weights import save_model

FEWEST_RATED = 10  # two for each fold of the cross-validation
RANGE_SAMPLES = 10_000  # enough for the principal axes of what the model has seen


def train(
    folder: Path,
    output: Path,
    *,
    rated: Path | None,
    samples: int,
    epochs: int,
    seed: int,
    workers: int,
    unseen_samples: int = 2000,
    calibration_samples: int = 800,
) -> Path:
    """Train a model on the photos in `folder`; started again after a stop, it goes on where it was.

    Args:
        folder: pristine photos, with an index.csv that names their collections where there are several.
        output: folder for the statistics on disk, the checkpoints, and at last the model.
        rated: photos that people rated, as `list_rated` reads them; None for a model without an aware score.
        samples: distorted photos and crops to make.
        epochs: passes of the fit over them.
        seed: of everything random.
        workers: processes that make the samples.
        unseen_samples: samples from the calibration photos, for the loss on unseen photos.
        calibration_samples: whole photos, damaged at random, to calibrate with.

    Returns:
        The path of the model's safetensors file.

    Raises:
        ValueError: no photos, none of the collections that are kept for calibration, or scores that cannot be read.
    """
    training, calibration = _split(list_pristine(folder), folder)
    people = list_rated(rated) if rated else []
    if rated and len(people) < FEWEST_RATED:
        raise ValueError(f"{rated}: has {len(people)} rated photos; training needs {FEWEST_RATED} at least")
    write_shards(training, output / "statistics", samples=samples, seed=seed, workers=workers)
    write_shards(calibration, output / "unseen", samples=unseen_samples, seed=seed + 1, workers=workers)
    rated_windows = describe_rated(people, output / "rated", workers=workers)

    network = QualityNetwork(tuple(DISTORTIONS))
    unseen = read_shards(output / "unseen", samples=unseen_samples)
    crops = read_shards(output / "statistics", samples=samples)
    unseen_loss = fit(network, crops, unseen, folder=output, epochs=epochs, seed=seed)

    network.eval()
    network.training_range.fit(network.standardize(crops["windows"][:RANGE_SAMPLES].float()).mean(1))
    fit_expected_error(network, unseen)
    whole = draw_calibration_samples(calibration, calibration_samples, seed=seed + 2)
    whole_photos = track(whole, "Calibration on whole photos", total=calibration_samples)
    fitted = calibrated(QualityModel("uncalibrated", network, Calibration()), whole_photos)
    record = {
        "command": f"blemish train {folder.name} --samples {samples} --epochs {epochs} --seed {seed}",
        "training_photos": Counter(photo.collection for photo in training),
        "calibration_photos": Counter(photo.collection for photo in calibration),
        "samples": samples,
        "epochs": epochs,
        "seed": seed,
        "unseen_loss": round(unseen_loss, 4),
        "statistics": read_record(output / "statistics"),
    }
    if rated:
        agreement = fit_human_scores(
            network, rated_windows, [photo.score for photo in people], unseen, folder=output, seed=seed
        )
        fitted = replace(fitted, rating_error=conformal_quantile(agreement.errors, CONFIDENCE))
        record["command"] += f" --rated {rated.name}"
        record["human_scores"] = {"folder": rated.name, "scores": scores_digest(rated), **agreement.to_dict()}
    model = output / "model.safetensors"
    save_model(network, fitted, {**record, **provenance("torch", "lightning")}, model)
    return model


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
