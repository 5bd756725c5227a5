"""Measuring a model of distortions on photos outside its training: what `blemish embedded evaluate` prints."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ...synth_distort import read_photo
from ...synth_distort.files import write_json
from ...synth_distort.parallel import in_processes
from ...synth_distort.pristine_photos import TEST_COLLECTIONS, PristinePhoto, list_pristine
from ...synth_distort.provenance import provenance
from ..data_sets.rated_photos import SCORES, RatedPhoto, list_rated, scores_digest
from ..distortion_model.device import chosen_device
from ..distortion_model.files import load_model
from ..metrics.agreement import plcc, srocc
from ..metrics.bootstrap import with_interval
from .measures import confusion, summary
from .trials import PhotoTrials, try_photo

RESAMPLES = 1000
FEWEST_RATED = 10  # different scores; of fewer, a correlation says nothing


def evaluate(folder: Path, output: Path, *, weights: Path | None, photos: int | None, workers: int, seed: int) -> dict:
    """Measure the model in `weights` (None: the embedded one) on the photos in `folder`; write and return the figures.

    A folder with a `mos.csv` is measured against what people gave; any other by trials on its photos of the test collections.
    What was measured of each photo is kept in a folder beside `output` until the end, so that a stopped run goes on.

    Args:
        folder: rated photos, or pristine ones with an index.csv of their collections.
        output: JSON file for the figures.
        weights: of the model.
        photos: how many to measure on, spread evenly over the folder; None for all.
        workers: processes.
        seed: of everything random.

    Returns:
        `figures`: by post-processing, each measure with its 95 % interval; for pristine photos `confusion` by
        post-processing; for photos whose
        scores the model learned, instead of its MOS's figures, the `cross_validation` of its training; the record.

    Raises:
        ValueError: the folder holds no photos of the test collections, or its scores cannot be read.
    """
    model = load_model(weights)
    is_rated = (folder / SCORES).exists()
    chosen = _some(list_rated(folder) if is_rated else _test_photos(folder), photos)
    asked = hashlib.sha256("/".join([model.sha256, str(seed), *(str(photo.path) for photo in chosen)]).encode())
    kept = output.with_name(f".{output.stem}-{asked.hexdigest()[:16]}")
    if is_rated:
        measured = _against_people(chosen, kept, weights=weights, workers=workers)
        fitted = model.record.get("human_scores")
        if fitted and fitted["scores"] == scores_digest(folder):
            # It learned these very scores: how well it does on them says nothing, and what it did on those left out does.
            measured["figures"].pop("mos")
            measured["cross_validation"] = fitted
    else:
        measured = _by_trials(chosen, kept, weights=weights, workers=workers, seed=seed)
    content = {
        "model": {"name": model.name, "sha256": model.sha256, "distortions": len(model.distortions)},
        **measured,
        "record": {**measured["record"], "seed": seed, **provenance("torch", "numpy", "pillow")},
    }
    write_json(output, content)
    shutil.rmtree(kept)
    return content


def _by_trials(photos: Sequence[PristinePhoto], kept: Path, *, weights: Path | None, workers: int, seed: int) -> dict:
    files = [kept / f"{number:05d}.json" for number in range(len(photos))]
    jobs = [
        (photo, file, weights, number, seed)
        for number, (photo, file) in enumerate(zip(photos, files, strict=True))
        if not file.exists()
    ]
    for _ in in_processes(try_photo, jobs, workers=workers, description="Photos"):
        pass
    trials = [PhotoTrials.load(file) for file in files]
    return {
        "figures": summary(trials),
        "confusion": {
            post_processing: confusion(trials, post_processing) for post_processing in trials[0].by_post_processing
        },
        "record": {"photos": Counter(photo.collection for photo in photos)},
    }


def _against_people(photos: Sequence[RatedPhoto], kept: Path, *, weights: Path | None, workers: int) -> dict:
    truth = np.array([photo.score for photo in photos])
    if len(set(truth)) < FEWEST_RATED:
        raise ValueError(
            f"{photos[0].path.parent}: has {len(photos)} rated photos; a correlation needs {FEWEST_RATED} scores"
        )
    files = [kept / f"{number:05d}.json" for number in range(len(photos))]
    jobs = [(photo.path, file, weights) for photo, file in zip(photos, files, strict=True) if not file.exists()]
    for _ in in_processes(_score, jobs, workers=workers, description="Photos"):
        pass
    predictions = [json.loads(file.read_text()) for file in files]
    figures = {
        head: _agreement(np.array([prediction[head] for prediction in predictions]), truth)
        for head in ("opinion_unaware_score", "mos")
        if predictions[0][head] is not None
    }
    return {"figures": figures, "record": {"photos": len(photos)}}


def _agreement(predicted: np.ndarray, truth: np.ndarray) -> dict[str, dict[str, float]]:
    """Rank correlation and Pearson's correlation with people's scores, with 95 % bootstrap intervals over photos."""
    return {
        name: with_interval(
            lambda chosen, correlation=correlation: correlation(predicted[chosen], truth[chosen]),
            len(truth),
            resamples=RESAMPLES,
        )
        for name, correlation in (("srocc", srocc), ("plcc", plcc))
    }


def _score(job: tuple[Path, Path, Path | None]) -> None:
    path, file, weights = job
    prediction = load_model(weights, device=chosen_device()).predict(read_photo(path).image)
    scores = {
        "opinion_unaware_score": prediction.opinion_unaware_score.value,
        "mos": prediction.mos.value if prediction.mos else None,
    }
    write_json(file, scores)


def _test_photos(folder: Path) -> list[PristinePhoto]:
    photos = [photo for photo in list_pristine(folder) if photo.collection in TEST_COLLECTIONS]
    if not photos:
        raise ValueError(f"{folder}: holds no photos of the collections {', '.join(TEST_COLLECTIONS)}, and no {SCORES}")
    return photos


def _some(photos: Sequence, count: int | None) -> list:
    """`count` of `photos`, evenly spread."""
    if count is None or count >= len(photos):
        return list(photos)
    return [photos[index] for index in np.linspace(0, len(photos) - 1, count).round().astype(int)]
