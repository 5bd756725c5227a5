"""A model on test photos that are damaged in known ways: what was put on them, and what it predicted.

Each photo is asked about as it is, under every distortion alone (once mild, once clear), under chains of two, along ladders of
small steps, and with damage in a part of it; all but the last two as it is and after a post-processing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from sklearn.metrics import roc_auc_score
from torch import Tensor

from ...synth_distort import DISTORTIONS, Ladder, distort, distort_chain, severity_curve
from ...synth_distort.files import write_json
from ...synth_distort.masks import random_mask
from ...synth_distort.photo import as_saved
from ...synth_distort.post_processing import POST_PROCESSINGS, PostProcessing, Resize, post_process
from ...synth_distort.pristine_photos import LARGEST_SCALE, SMALLEST_SCALE, PristinePhoto, load_uint8
from ..distortion_model.device import chosen_device
from ..distortion_model.files import load_model
from ..distortion_model.model import DistortionModel
from ..distortion_model.prediction import Prediction
from ..distortion_model.statistics import CELL
from .conditions import CLEAR, EVALUATED_POST_PROCESSINGS, MILD

HEADS = ("opinion_unaware_score", "mos")  # those that give scores
CHAINS = 12  # of two distortions, for each photo
STEP_FROM, STEP_TO, STEP = 0.2, 0.9, 0.05  # severities of a ladder of small steps
SHARE_OF_TYPES = 4  # a photo gets ladders and local damage of every fourth distortion, the next photo of the next ones


@dataclass(frozen=True)
class Trial:
    """One damaged photo, and what the model said of it.

    Attributes:
        severities: what was put on it, by name; empty for nothing.
        probability: that each distortion of the model is there, by name.
        severity: what the model says of each that is there, by name.
        severity_error: half-width of the interval of each severity, by name.
        score: for damage (opinion-unaware score), 0 to 100.
        interval: of the score.
        undistorted_probability: that nothing is perceptible.
        found: names of the distortions that the model finds.
    """

    severities: dict[str, float]
    probability: dict[str, float]
    severity: dict[str, float]
    severity_error: dict[str, float]
    score: float
    interval: tuple[float, float]
    undistorted_probability: float
    found: tuple[str, ...]

    @cached_property
    def likeliest(self) -> list[str]:
        """The names, the likeliest first."""
        return sorted(self.probability, key=lambda name: -self.probability[name])


@dataclass(frozen=True)
class PhotoTrials:
    """All that a model was asked about one photo.

    Attributes:
        photo: its file's name.
        collection: that it came with.
        by_post_processing: the trials after each post-processing: first the photo as it is, then single
            distortions, then chains.
        steps: by head (`opinion_unaware_score`; `mos` where the model has it) and distortion, the scores along a ladder of
            small steps.
        areas: by distortion, the area under the ROC curve of its map against the mask that it was put in.
    """

    photo: str
    collection: str
    by_post_processing: dict[str, tuple[Trial, ...]]
    steps: dict[str, dict[str, tuple[float, ...]]]
    areas: dict[str, float]

    def save(self, path: Path) -> None:
        """Write the file at `path`, whole or not at all."""
        write_json(path, asdict(self))

    @classmethod
    def load(cls, path: Path) -> PhotoTrials:
        """What `save` wrote."""
        content = json.loads(path.read_text())
        by_post_processing = {
            post_processing: tuple(
                Trial(**{**row, "interval": tuple(row["interval"]), "found": tuple(row["found"])}) for row in rows
            )
            for post_processing, rows in content["by_post_processing"].items()
        }
        steps = {
            head: {name: tuple(scores) for name, scores in ladders.items()}
            for head, ladders in content["steps"].items()
        }
        return cls(**{**content, "by_post_processing": by_post_processing, "steps": steps})


def try_photo(job: tuple[PristinePhoto, Path, Path | None, int, int]) -> None:
    """Make all trials of one photo, and write them.

    Args:
        job: the photo, the file to write, the weights (None: the embedded model's), the photo's number, the seed.
    """
    photo, file, weights, number, seed = job
    model = load_model(weights, device=chosen_device())
    generator = np.random.default_rng([seed, number])
    scale = generator.uniform(SMALLEST_SCALE, LARGEST_SCALE)
    image = as_saved(Resize(scale)(load_uint8(photo.path).float() / 255))
    by_post_processing: dict[str, list[Trial]] = {post_processing: [] for post_processing in EVALUATED_POST_PROCESSINGS}
    for severities in questions(model.distortions, generator):
        damaged = as_saved(distort_chain(image, severities, seed=int(generator.integers(2**32))))
        for post_processing, trials in by_post_processing.items():
            trials.append(_trial(model, damaged, severities, POST_PROCESSINGS[post_processing]))
    some = model.distortions[number % SHARE_OF_TYPES :: SHARE_OF_TYPES]
    steps = {name: small_steps(model, image, name, seed=int(generator.integers(2**32))) for name in some}
    PhotoTrials(
        photo=photo.path.name,
        collection=photo.collection,
        by_post_processing={post_processing: tuple(trials) for post_processing, trials in by_post_processing.items()},
        steps={head: {name: steps[name][head] for name in some} for head in steps[some[0]]},
        areas={name: local_area(model, image, name, generator) for name in some},
    ).save(file)


def questions(distortions: Sequence[str], generator: np.random.Generator) -> Iterator[dict[str, float]]:
    """What to put on a photo: nothing; each distortion mildly and clearly; some chains of two families, both clear."""
    yield {}
    for name in distortions:
        ceiling = severity_curve(name).ceiling
        yield {name: float(generator.uniform(MILD, CLEAR))}
        yield {name: float(generator.uniform(CLEAR, ceiling))}
    for _ in range(CHAINS):
        first = str(generator.choice(list(distortions)))
        others = [name for name in distortions if DISTORTIONS[name].family != DISTORTIONS[first].family]
        if others:
            pair = (first, str(generator.choice(others)))
            yield {name: float(generator.uniform(CLEAR, severity_curve(name).ceiling)) for name in pair}


def small_steps(model: DistortionModel, image: Tensor, name: str, *, seed: int) -> dict[str, tuple[float, ...]]:
    """The scores of each head along a ladder of steps of STEP, from STEP_FROM to STEP_TO or the worst there is."""
    highest = min(STEP_TO, severity_curve(name).ceiling)
    severities = np.arange(STEP_FROM, highest + 1e-6, STEP).round(4).tolist()
    predictions = [model.predict(as_saved(level)) for level in Ladder(image, name, severities, seed=seed)]
    scores = {head: [getattr(prediction, head) for prediction in predictions] for head in HEADS}
    return {head: tuple(score.value for score in of_head) for head, of_head in scores.items() if of_head[0]}


def local_area(model: DistortionModel, image: Tensor, name: str, generator: np.random.Generator) -> float:
    """Area under the ROC curve of the map of `name`, pixel by pixel, when it is put clearly in a random part of `image`."""
    mask = random_mask(image.shape[1], image.shape[2], generator)
    severity = float(generator.uniform(CLEAR, severity_curve(name).ceiling))
    damaged = as_saved(distort(image, name, severity, seed=int(generator.integers(2**32)), mask=mask))
    prediction = model.predict(damaged)
    values = _over_pixels(prediction, name, size=(image.shape[1], image.shape[2]))
    return float(roc_auc_score(mask.flatten().numpy() > 0.5, values.flatten().numpy()))


def _over_pixels(prediction: Prediction, name: str, *, size: tuple[int, int]) -> Tensor:
    """The map of `name` in each pixel of a photo of `size`."""
    return (
        torch.from_numpy(prediction.map_of([name], height=size[0], width=size[1]))
        .repeat_interleave(CELL, 0)
        .repeat_interleave(CELL, 1)[: size[0], : size[1]]
    )


def _trial(
    model: DistortionModel, damaged: Tensor, severities: Mapping[str, float], post_processing: PostProcessing
) -> Trial:
    prediction = model.predict(post_process(damaged, post_processing))
    parts = prediction.probability, prediction.severity, prediction.severity_error
    rounded = [[round(value, 4) for value in values.tolist()] for values in parts]
    probability, severity, error = (dict(zip(prediction.distortions, values, strict=True)) for values in rounded)
    return Trial(
        severities=dict(severities),
        probability=probability,
        severity={name: severity[name] for name in severities},
        severity_error={name: error[name] for name in severities},
        score=prediction.opinion_unaware_score.value,
        interval=prediction.opinion_unaware_score.interval,
        undistorted_probability=prediction.undistorted_probability,
        found=tuple(
            name for name, found in zip(prediction.distortions, prediction.found.tolist(), strict=True) if found
        ),
    )
