"""The benchmark of attribution: every method on photos that were damaged inside a known region; resumable."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from ....models.distortion_model.files import load_model
from ....models.metrics.bootstrap import with_interval
from ....synth_distort import get_distortion
from ....synth_distort.files import write_json
from ....synth_distort.parallel import in_processes
from ....synth_distort.photo import as_saved
from ....synth_distort.post_processing import Resize
from ....synth_distort.pristine_photos import (
    CALIBRATION_COLLECTIONS,
    PristinePhoto,
    at_rated_size,
    evenly,
    list_pristine,
    unseen,
)
from ....synth_distort.provenance import provenance
from ..methods import METHODS
from ..targets import parse_target
from .sanity import STAGES
from .trial import damaged, run_trial

DISTORTIONS = (  # of every family one at least; those whose damage a mask can bound
    "gaussian_blur",
    "jpeg",
    "white_noise",
    "jpeg2000",
    "motion_blur",
    "impulse_noise",
    "contrast_down",
    "color_cast",
    "pixelate",
    "oversharpen",
)
RESAMPLES = 1000


@dataclass(frozen=True)
class Settings:
    """What a benchmark runs.

    Attributes:
        target: the prediction; NAME in it stands for the distortion that was put there.
        methods: of METHODS.
        distortions: of the registry.
        photos: how many.
        is_choosing: whether they are of the calibration collections, on which a method is chosen, not of the test collections.
        longest: px of the longer side that photos are shrunk to.
        thorough: photos that also get the tests that take several maps, each with one distortion.
        seed: of all randomness.
    """

    target: str = "severity:NAME"
    methods: tuple[str, ...] = tuple(METHODS)
    distortions: tuple[str, ...] = DISTORTIONS
    photos: int = 30
    is_choosing: bool = False
    longest: int = 512
    thorough: int = 10
    seed: int = 0


def benchmark(folder: Path, output: Path, settings: Settings, *, weights: Path | None = None, workers: int = 1) -> dict:
    """The league table of `settings.methods` on the undistorted photos in `folder`, also written to `output`.

    Each trial's figures are kept in a folder beside `output` as soon as they are there; a stopped run goes on from these.

    Raises:
        ValueError: the folder holds no photos, or there is no such method, distortion or target.
        PhotoError: a photo cannot be read.
        WeightsError: the model cannot be read.
    """
    model = load_model(weights)
    for name in settings.distortions:
        get_distortion(name)
        parse_target(settings.target.replace("NAME", name), model.distortions)
    if unknown := set(settings.methods) - set(METHODS):
        raise ValueError(f"method is {min(unknown)!r}; it must be one of {', '.join(METHODS)}")
    photos = evenly(_photos(folder, settings), settings.photos)
    described = {**asdict(settings), "model": model.sha256}
    digest = hashlib.sha256(json.dumps(described).encode()).hexdigest()[:12]
    jobs = [
        [
            _Job(photo, name, _is_thorough(number, index, settings), settings, weights, output.with_suffix("") / digest)
            for index, name in enumerate(settings.distortions)
        ]
        for number, photo in enumerate(photos)
    ]
    waiting = [job for of_photo in jobs for job in of_photo if not job.file.exists()]
    for _ in in_processes(_run, waiting, workers=workers, description="Attribution"):
        pass
    trials = [[json.loads(job.file.read_text()) for job in of_photo] for of_photo in jobs]
    record = {"settings": described, "record": provenance("torch", "captum", "scikit-image"), **table_of(trials)}
    write_json(output, record)
    return record


def table_of(photos: Sequence[Sequence[dict]]) -> dict:
    """Figures by method with 95 % intervals over photos, from the trials of each photo."""
    names = list(dict.fromkeys(name for trials in photos for trial in trials for name in trial["maps"]))
    table = {
        name: _row([[trial["maps"][name] for trial in trials if name in trial["maps"]] for trials in photos])
        for name in names
    }
    return {
        "photos": len(photos),
        "trials": sum(map(len, photos)),
        "mean_share": round(float(np.mean([trial["share"] for trials in photos for trial in trials])), 4),
        "methods": table,
        "auc_by_distortion": {name: _by(photos, name, "distortion") for name in names},
        "auc_by_shape": {name: _by(photos, name, "shape") for name in names},
    }


FIGURES: dict[str, tuple[Callable[[dict], float | None], Callable]] = {
    "auc": (lambda figures: figures["auc"], np.mean),
    "average_precision": (lambda figures: figures["average_precision"], np.mean),
    "mass_over_share": (lambda figures: figures["mass_over_share"], np.mean),
    "pointing": (lambda figures: figures["pointing"], np.mean),
    "recovered": (lambda figures: figures.get("recovered"), np.median),
    "infidelity": (lambda figures: figures.get("infidelity"), np.median),
    "completeness_error": (lambda figures: figures.get("completeness_error"), np.median),
    "completeness_error_95": (
        lambda figures: figures.get("completeness_error"),
        lambda values: np.quantile(values, 0.95),
    ),
    "max_sensitivity": (lambda figures: figures.get("max_sensitivity"), np.median),
    "repeatability": (lambda figures: figures.get("repeatability"), np.median),
    **{
        f"shuffled_{stage}": (
            (lambda figures, stage=stage: None if "shuffled" not in figures else abs(figures["shuffled"][stage])),
            np.median,
        )
        for stage in STAGES
    },
    "seconds": (lambda figures: figures.get("seconds"), np.median),
}


def _row(photos: Sequence[Sequence[dict]]) -> dict:
    """The figures of one method, over the photos of which it has any."""
    row = {}
    for name, (value_of, summary) in FIGURES.items():
        by_photo = [[value for one in trials if (value := value_of(one)) is not None] for trials in photos]
        measured = [values for values in by_photo if values]
        if measured:
            row[name] = with_interval(
                lambda drawn, of=measured, summary=summary: float(
                    summary(np.concatenate([of[photo] for photo in drawn]))
                ),
                len(measured),
                resamples=RESAMPLES,
            )
    return row


def _by(photos: Sequence[Sequence[dict]], method: str, key: str) -> dict[str, float]:
    groups: dict[str, list[float]] = {}
    for trial in (trial for trials in photos for trial in trials):
        if method in trial["maps"]:
            groups.setdefault(trial[key], []).append(trial["maps"][method]["auc"])
    return {name: round(float(np.mean(values)), 4) for name, values in sorted(groups.items())}


def _photos(folder: Path, settings: Settings) -> list[PristinePhoto]:
    listed = list_pristine(folder)
    if not settings.is_choosing:
        return unseen(listed)
    photos = [photo for photo in listed if photo.collection in CALIBRATION_COLLECTIONS]
    if not photos:
        raise ValueError(f"{folder}: holds no photos of the collections {', '.join(CALIBRATION_COLLECTIONS)}")
    return photos


def _is_thorough(photo: int, distortion: int, settings: Settings) -> bool:
    """One distortion of each of the first photos, each photo another."""
    return photo < settings.thorough and distortion == photo % len(settings.distortions)


@dataclass(frozen=True)
class _Job:
    photo: PristinePhoto
    distortion: str
    is_thorough: bool
    settings: Settings
    weights: Path | None
    folder: Path

    @property
    def file(self) -> Path:
        return self.folder / f"{self.photo.path.stem}-{self.distortion}.json"


def _run(job: _Job) -> None:
    """One trial, kept."""
    settings, model = job.settings, load_model(job.weights)
    image = at_rated_size(job.photo)
    factor = settings.longest / max(image.shape[1:])
    reference = as_saved(Resize(factor)(image)) if factor < 1 else image
    photo = damaged(reference, job.distortion, seed=settings.seed, key=job.photo.path.name)
    target = settings.target.replace("NAME", job.distortion)
    trial = run_trial(photo, model, target=target, methods=settings.methods, is_thorough=job.is_thorough)
    write_json(job.file, trial)
