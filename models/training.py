"""Training a quality model on ladders of pristine photos: what `blemish train` runs, resumable at every step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from rich.progress import track

from ..synth_distort import DISTORTIONS
from ..synth_distort.pristine import CALIBRATION_COLLECTIONS, TEST_COLLECTIONS, PristinePhoto, list_pristine
from ..synth_distort.provenance import provenance
from .confidence import calibrated
from .fitting import fit
from .quality_model import Calibration, QualityModel
from .quality_network import QualityNetwork
from .statistics_shards import read_record, read_shards, write_shards
from .training_samples import draw_sample
from .weights import save_model


def train(
    folder: Path,
    output: Path,
    *,
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
        samples: distorted crops to make.
        epochs: passes of the fit over them.
        seed: of everything random.
        workers: processes that make the crops.
        unseen_samples: crops from the calibration photos, for the loss on unseen photos.
        calibration_samples: whole photos, damaged at random, to calibrate with.

    Returns:
        The path of the model's safetensors file.

    Raises:
        ValueError: no photos, or none of the collections that are kept for calibration.
    """
    training, calibration = _split(list_pristine(folder), folder)
    write_shards(training, output / "statistics", samples=samples, seed=seed, workers=workers)
    write_shards(calibration, output / "unseen", samples=unseen_samples, seed=seed + 1, workers=workers)

    network = QualityNetwork(tuple(DISTORTIONS))
    crops = read_shards(output / "statistics", samples=samples)
    unseen = read_shards(output / "unseen", samples=unseen_samples)
    unseen_loss = fit(network, crops, unseen, folder=output, epochs=epochs, seed=seed)

    network.eval()
    whole = (draw_sample(calibration, (seed + 2, index), whole=True) for index in range(calibration_samples))
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
        **provenance("torch", "lightning"),
    }
    model = output / "model.safetensors"
    save_model(network, fitted, record, model)
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
