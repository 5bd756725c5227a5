"""Agreement of a trained model, of either kind, with people's scores: `blemish evaluate MODEL --data NAME=PATH`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np

from ...synth_distort import PhotoError, read_photo
from ...synth_distort.files import write_json
from ...synth_distort.parallel import in_processes
from ...synth_distort.provenance import provenance
from ..data_sets import RatedDataSet, check_names
from ..data_sets.rated_photos import SCORES, scores_digest
from ..data_sets.splits import official_split
from ..distortion_model.model import DistortionModel
from ..metrics.agreement import FIGURES, agreement
from ..metrics.bootstrap import with_intervals
from ..quality_cnns.files import load_quality_model
from ..quality_cnns.model import QualityCnn
from ..quality_cnns.training import digest_of_photos
from .evaluate import FEWEST_RATED

RESAMPLES = 200


def evaluate_on_data(model_file: Path, data: Sequence[RatedDataSet], output: Path, *, workers: int) -> dict:
    """Measure the model in `model_file` on each of `data`, on its official test part where it has one; write the figures.

    Returns:
        `figures`: by data set, each of FIGURES with its 95 % bootstrap interval; `warnings`: a sentence for each data set
        that the model was trained on; `failed`: a sentence for each photo without a prediction; the record.

    Raises:
        WeightsError: the model cannot be read.
        ValueError: fewer than FEWEST_RATED photos of a data set have a prediction.
    """
    check_names(data)
    model = load_quality_model(model_file)
    figures, warnings, failed = {}, [], []
    for one in data:
        split = official_split(one.photos)
        photos = list(one.photos) if split is None else [one.photos[number] for number in split[1]]
        predicted = dict(
            in_processes(
                partial(_score, model_file), [photo.path for photo in photos], workers=workers, description=one.name
            )
        )
        failed += [score for score in predicted.values() if isinstance(score, str)]
        pairs = [(predicted[photo.path], photo.score) for photo in photos if not isinstance(predicted[photo.path], str)]
        figures[one.name] = _figures(*np.array(pairs, dtype=float).reshape(-1, 2).T)
        if split is None and _trained_on(model, one):
            warnings.append(f"{model.name} was trained on these photos of {one.name}; other photos may score otherwise")
    content = {
        "model": {"name": model.name, "sha256": model.sha256},
        "figures": figures,
        "warnings": warnings,
        "failed": failed,
        "record": {"photos": {one.name: len(one.photos) for one in data}, **provenance("torch", "numpy", "scipy")},
    }
    write_json(output, content)
    return content


def _figures(predicted: np.ndarray, truth: np.ndarray) -> dict[str, dict[str, float]]:
    # Of fewer, a bootstrap draw may have no two that differ.
    if len(set(predicted)) < FEWEST_RATED or len(set(truth)) < FEWEST_RATED:
        raise ValueError(f"{len(predicted)} photos have a prediction; a correlation needs {FEWEST_RATED} that differ")
    return with_intervals(
        lambda drawn: {name: getattr(agreement(predicted[drawn], truth[drawn]), name) for name in FIGURES},
        len(truth),
        resamples=RESAMPLES,
    )


def _trained_on(model: DistortionModel | QualityCnn, data: RatedDataSet) -> bool:
    """Whether `model` was fitted to exactly these photos and scores."""
    if isinstance(model, QualityCnn):
        return model.record["data"]["scores"] == digest_of_photos(data.photos)
    table = data.folder / SCORES
    return table.is_file() and model.record.get("human_scores", {}).get("scores") == scores_digest(data.folder)


def _score(model_file: Path, photo: Path) -> tuple[Path, float | str]:
    """The score of `photo`, or what is wrong with it."""
    model = load_quality_model(model_file)
    try:
        image = read_photo(photo).image
        if not isinstance(model, DistortionModel):
            return photo, model.score(image).value
        prediction = model.predict(image)
        return photo, (prediction.mos or prediction.opinion_unaware_score).value
    except PhotoError as error:
        return photo, str(error)
    except ValueError as error:
        return photo, f"{photo}: {error}"
