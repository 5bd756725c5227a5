"""Measuring a quality model on ladders of photos that training never saw: what `blemish evaluate` prints."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import numpy as np
from scipy.stats import rankdata

from ..synth_distort import Ladder
from ..synth_distort.life import LIVES, Resize, live
from ..synth_distort.parallel import in_processes
from ..synth_distort.photo import as_saved, write_whole
from ..synth_distort.pristine import TEST_COLLECTIONS, PristinePhoto, list_pristine
from ..synth_distort.provenance import provenance
from .quality_model import Answer
from .training_samples import load_uint8
from .weights import load_model

RUNGS = 5  # from severity 0 to the worst that each distortion can do
EVALUATED_LIVES = ("png", "jpeg92", "resize88_jpeg90")
CLEAR = 0.5  # severity from which on the type must be right
SMALLEST_SCALE, LARGEST_SCALE = 0.5, 0.9  # of the photos on loading, so that no trace of their own codec remains


@dataclass(frozen=True)
class Trial:
    """One photo, damaged in a known way, and what the model said of it.

    Attributes:
        photo: its file's name.
        distortion: that was put on it.
        severity: of that, 0 for none.
        named: the distortion that the model holds for the likeliest.
        read_severity: what the model says of `distortion`.
        score: 0 to 100.
        interval: of the score.
        undistorted_probability: that nothing is perceptible.
        found: how many distortions the model finds.
    """

    photo: str
    distortion: str
    severity: float
    named: str
    read_severity: float
    score: float
    interval: tuple[float, float]
    undistorted_probability: float
    found: int


PhotoTrials = tuple[Trial, ...]  # all trials of one photo after one life


def evaluate(folder: Path, output: Path, *, weights: Path | None, workers: int, seed: int) -> dict:
    """Measure the model in `weights` (None: the embedded one) on the test photos in `folder`; write and return the figures.

    What was measured of each photo is kept in a folder beside `output` until the end, so that a stopped run goes on.

    Returns:
        `figures`: for each life, each measure with a 95 % interval; `confusion` of types as PNG; and the record.

    Raises:
        ValueError: the folder holds no photos of the test collections.
    """
    photos = [photo for photo in list_pristine(folder) if photo.collection in TEST_COLLECTIONS]
    if not photos:
        raise ValueError(f"{folder}: holds no photos of the collections {', '.join(TEST_COLLECTIONS)}")
    model = load_model(weights)
    kept = output.with_name(f".{output.stem}-{model.sha256[:16]}-seed-{seed}")
    results = [_read_trials(path) for path in _measured(photos, kept, weights=weights, seed=seed, workers=workers)]
    measured = {
        "model": {"name": model.name, "sha256": model.sha256},
        "figures": summary(results),
        "confusion": confusion([photo["png"] for photo in results]),
        "record": {
            "photos": Counter(photo.collection for photo in photos),
            "rungs": RUNGS,
            "seed": seed,
            **provenance("torch", "numpy", "pillow"),
        },
    }
    write_whole(output, (json.dumps(measured, indent=1) + "\n").encode())
    shutil.rmtree(kept)
    return measured


def _measured(
    photos: Sequence[PristinePhoto], kept: Path, *, weights: Path | None, seed: int, workers: int
) -> list[Path]:
    """Measure those of `photos` that `kept` lacks; the file of each photo's trials, in the order of `photos`."""
    files = [kept / f"{photo.path.stem}.json" for photo in photos]
    jobs = [
        (photo, file, weights, (seed, index))
        for index, (photo, file) in enumerate(zip(photos, files, strict=True))
        if not file.exists()
    ]
    for _ in in_processes(_measure, jobs, workers=workers, description="Photos"):
        pass
    return files


def _read_trials(path: Path) -> dict[str, PhotoTrials]:
    """One photo's trials by life, as `_measure` wrote them."""
    by_life = json.loads(path.read_text())
    return {
        life: tuple(Trial(**{**row, "interval": tuple(row["interval"])}) for row in rows)
        for life, rows in by_life.items()
    }


def summary(results: Sequence[dict[str, PhotoTrials]]) -> dict:
    """The figures that matter, for each life, each with a 95 % bootstrap interval over photos."""
    return {
        life: {name: _with_interval(measure, [photo[life] for photo in results]) for name, measure in MEASURES.items()}
        for life in results[0]
    }


def spearman(a: Sequence[float], b: Sequence[float]) -> float:
    """Spearman's rank correlation of two sequences of equal length."""
    return float(np.corrcoef(rankdata(a), rankdata(b))[0, 1])


def confusion(photos: Sequence[PhotoTrials]) -> dict[str, dict[str, int]]:
    """How often each distortion (rows, at CLEAR severity or above) was given each name (columns)."""
    names = dict.fromkeys(trial.distortion for trial in _flat(photos))
    table = {name: dict.fromkeys(names, 0) for name in names}
    for trial in _flat(photos):
        if trial.severity >= CLEAR:
            table[trial.distortion][trial.named] += 1
    return table


def _measure(job: tuple[PristinePhoto, Path, Path | None, tuple[int, int]]) -> None:
    """Ask the model about one photo, with a ladder of every distortion it knows, after each life, and write its answers."""
    photo, file, weights, seed = job
    model = load_model(weights)
    generator = np.random.default_rng(list(seed))
    image = as_saved(Resize(generator.uniform(SMALLEST_SCALE, LARGEST_SCALE))(load_uint8(photo.path).float() / 255))
    noise_seed = int(generator.integers(2**32))
    lives = {life: LIVES[life] for life in EVALUATED_LIVES}
    trials: dict[str, list[dict]] = {life: [] for life in lives}
    undamaged = {life: model.answer(live(image, steps)) for life, steps in lives.items()}
    for name in model.distortions:
        ladder = Ladder(image, name, rungs=RUNGS, seed=noise_seed)
        for severity, rung in zip(ladder.severities, ladder, strict=True):
            for life, steps in lives.items():
                answer = undamaged[life] if severity == 0 else model.answer(live(as_saved(rung), steps))
                trials[life].append(asdict(_trial(photo.path.name, name, severity, answer)))
    write_whole(file, json.dumps(trials).encode())


def _trial(photo: str, distortion: str, severity: float, answer: Answer) -> Trial:
    return Trial(
        photo=photo,
        distortion=distortion,
        severity=severity,
        named=answer.distortions[int(answer.probability.argmax())],
        read_severity=answer.of(distortion)[1],
        score=answer.score,
        interval=answer.interval,
        undistorted_probability=answer.undistorted_probability,
        found=int(answer.found.sum()),
    )


def _flat(photos: Sequence[PhotoTrials]) -> list[Trial]:
    return [trial for photo in photos for trial in photo]


def _type_accuracy(photos: Sequence[PhotoTrials]) -> float:
    """Share of trials at CLEAR severity or above whose likeliest distortion is the right one."""
    return float(np.mean([trial.named == trial.distortion for trial in _flat(photos) if trial.severity >= CLEAR]))


def _type_accuracy_without_jpeg(photos: Sequence[PhotoTrials]) -> float:
    """The same over all but JPEG, for lives that end in a JPEG of their own."""
    counted = [trial for trial in _flat(photos) if trial.severity >= CLEAR and trial.distortion != "jpeg"]
    return float(np.mean([trial.named == trial.distortion for trial in counted]))


def _severity_error(photos: Sequence[PhotoTrials]) -> float:
    """Mean absolute error of the severity, given the type."""
    return float(np.mean([abs(trial.read_severity - trial.severity) for trial in _flat(photos) if trial.severity > 0]))


def _severity_rank(photos: Sequence[PhotoTrials]) -> float:
    """Spearman correlation of read and true severity, given the type, over all types."""
    there = [trial for trial in _flat(photos) if trial.severity > 0]
    return spearman([trial.read_severity for trial in there], [trial.severity for trial in there])


def _ladder_rank(photos: Sequence[PhotoTrials]) -> float:
    """Median over ladders of the rank correlation of severity and score."""
    return float(np.median([rank for photo in photos for rank in _ladder_ranks(photo)]))


@cache
def _ladder_ranks(photo: PhotoTrials) -> list[float]:
    names = dict.fromkeys(trial.distortion for trial in photo)
    ladders = [[trial for trial in photo if trial.distortion == name] for name in names]
    return [spearman([trial.severity for trial in rungs], [trial.score for trial in rungs]) for rungs in ladders]


def _clean_recognized(photos: Sequence[PhotoTrials]) -> float:
    """Share of undistorted photos whose `undistorted_probability` is at least one half."""
    return float(np.mean([_clean(photo).undistorted_probability >= 0.5 for photo in photos]))


def _clean_without_findings(photos: Sequence[PhotoTrials]) -> float:
    """Share of undistorted photos in which no distortion is found."""
    return float(np.mean([_clean(photo).found == 0 for photo in photos]))


def _clean(photo: PhotoTrials) -> Trial:
    return next(trial for trial in photo if trial.severity == 0)


def _coverage(photos: Sequence[PhotoTrials]) -> float:
    """Share of trials whose true score lies in the interval that was given, each undistorted photo counted once."""
    counted = [trial for photo in photos for trial in (_clean(photo), *(t for t in photo if t.severity > 0))]
    return float(np.mean([t.interval[0] <= 100 * (1 - t.severity) <= t.interval[1] for t in counted]))


MEASURES = {
    "type_accuracy": _type_accuracy,
    "type_accuracy_without_jpeg": _type_accuracy_without_jpeg,
    "severity_mean_absolute_error": _severity_error,
    "severity_spearman": _severity_rank,
    "ladder_spearman_median": _ladder_rank,
    "undistorted_recognized": _clean_recognized,
    "undistorted_without_findings": _clean_without_findings,
    "interval_coverage": _coverage,
}


def _with_interval(
    measure: Callable[[Sequence[PhotoTrials]], float], photos: Sequence[PhotoTrials], *, resamples: int = 200
) -> dict[str, float]:
    generator = np.random.default_rng(0)
    drawn = generator.integers(len(photos), size=(resamples, len(photos)))
    low, high = np.quantile([measure([photos[index] for index in draw]) for draw in drawn], [0.025, 0.975])
    return {"value": round(measure(photos), 4), "low": round(float(low), 4), "high": round(float(high), 4)}
