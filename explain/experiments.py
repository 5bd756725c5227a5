"""Experiments on the photo itself. A report prints a sentence only when the experiment behind it passed.

Each is run on one part of the photo, where the finding is strongest, so that a large photo takes no longer than a small one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ..models.distortion_model.model import DistortionModel
from ..models.distortion_model.prediction import Finding, Prediction
from ..models.distortion_model.statistics import CELL, WINDOW
from ..models.quality_cnns.model import QualityCnn
from ..synth_distort import DISTORTIONS, Ladder, distort
from ..synth_distort.photo import as_saved
from ..synth_distort.post_processing import POST_PROCESSINGS, post_process

PART = 512  # px; sides of the part that experiments are run on
GRID = 16  # px; the blocks of a JPEG whose chroma is halved
LEVELS = 6
LARGEST_RISE = 2.0  # points of score that a level may lie above the one before it: the model's own unrest
SMALLEST_FALL = 5.0  # points of score from the first level to the last that count as a fall
LARGEST_CHANGE = 0.15  # of a severity that survived: not much over half a word
NOTICED_SEVERITY = 0.5  # "slightly annoying"
NOTICED_SHARE = 0.75


@dataclass(frozen=True)
class Check:
    """One experiment and its outcome.

    Attributes:
        claim: the sentence that may be printed if it passed.
        test: what was done, and what counts as passing.
        passed: whether it did.
        measured: the numbers that decided, and the part of the photo that they were measured on.
        about: the distortion that it backs; None where it is about their absence, or about another model.
    """

    claim: str
    test: str
    passed: bool
    measured: dict
    about: str | None


@dataclass(frozen=True)
class Part:
    """The part of a photo that an experiment is run on.

    Attributes:
        image: (3, H, W), each side at most PART px.
        left, top: px of the photo at which it begins, multiples of GRID, so that a codec's blocks stay where they are.
        is_whole: whether it is the whole photo.
    """

    image: Tensor
    left: int
    top: int
    is_whole: bool

    @property
    def words(self) -> str:
        """What a sentence calls it."""
        return "the photo" if self.is_whole else "the part looked at"

    @property
    def place(self) -> dict[str, int]:
        """Where it is in the photo, px."""
        height, width = self.image.shape[1:]
        return {"left": self.left, "top": self.top, "width": width, "height": height}


@dataclass(frozen=True)
class ScoredLadder:
    """A ladder made from the photo, and what the model says of each level.

    Attributes:
        part: of the photo, to which it was added.
        distortion: what was added.
        severities: of what was added, one per level.
        values: the same in the distortion's parameter.
        scores: for damage alone (opinion-unaware score), 0 to 100, one per level.
        levels: the images, (3, H, W) each.
    """

    part: Part
    distortion: str
    severities: tuple[float, ...]
    values: tuple[float, ...]
    scores: tuple[float, ...]
    levels: tuple[Tensor, ...]


def strongest_part(image: Tensor, prediction: Prediction, name: str | None) -> Part:
    """The part of PART px of `image` where `name` is most severe in `prediction`; the middle where `name` is None."""
    height, width = (min(PART, side) for side in image.shape[1:])
    furthest_down, furthest_right = image.shape[1] - height, image.shape[2] - width
    top, left = furthest_down // 2, furthest_right // 2
    if name is not None:
        local = prediction.expected_severity(name)
        across = min(PART // CELL - WINDOW + 1, *local.shape)
        around = torch.nn.functional.avg_pool2d(local[None, None], across, stride=1)[0, 0]
        row, column = divmod(int(around.argmax()), around.shape[1])
        top, left = min(row * CELL, furthest_down), min(column * CELL, furthest_right)
    top, left = top // GRID * GRID, left // GRID * GRID
    part = image[:, top : top + height, left : left + width].contiguous()
    return Part(part, left, top, is_whole=part.shape == image.shape)


def scored_ladder(model: DistortionModel, part: Part, distortion: str, *, seed: int) -> ScoredLadder:
    """Add `distortion` to `part` in RUNGS steps from nothing to "very annoying", and ask the model at each."""
    ladder = Ladder(part.image, distortion, levels=LEVELS, seed=seed)
    levels = tuple(as_saved(level) for level in ladder)
    return ScoredLadder(
        part=part,
        distortion=distortion,
        severities=ladder.severities,
        values=ladder.values,
        scores=tuple(model.predict(level).opinion_unaware_score.value for level in levels),
        levels=levels,
    )


def score_falls(ladder: ScoredLadder, finding: Finding) -> Check:
    """Whether the score for damage goes down as more of the distortion is added than `finding` says is there already."""
    return _falls(ladder, finding, ladder.scores, score="the score for damage", about=finding.name)


def second_model_falls(model: QualityCnn, ladder: ScoredLadder, finding: Finding) -> Check:
    """Whether the score of another quality model, too, goes down along `ladder`; it does not make the finding any surer.

    Raises:
        ValueError: the part of the photo is smaller than the model's regions.
    """
    scores = [model.score(level).value for level in ladder.levels]
    return _falls(ladder, finding, scores, score=f"the score by {model.name}", about=None)


def survives_saving(model: DistortionModel, part: Part, finding: Finding) -> Check:
    """Whether the finding is still made after the photo is saved once more as JPEG 92."""
    index = model.distortions.index(finding.name)
    before, after = model.predict(part.image), model.predict(post_process(part.image, POST_PROCESSINGS["jpeg92"]))
    severity = [float(prediction.severity[index]) for prediction in (before, after)]
    return Check(
        claim=f"The {finding.title} is still found when {part.words} is saved again as JPEG quality 92 "
        f"(severity {severity[0]:.2f} before, {severity[1]:.2f} after).",
        test=f"{part.words} saved again as JPEG quality 92: the {finding.title} is found before and after, and its severity "
        f"changes by at most {LARGEST_CHANGE:g}",
        passed=bool(before.found[index] and after.found[index]) and abs(severity[1] - severity[0]) <= LARGEST_CHANGE,
        measured={
            "part": part.place,
            "probability": [round(float(prediction.probability[index]), 3) for prediction in (before, after)],
            "severity": [round(value, 3) for value in severity],
        },
        about=finding.name,
    )


def would_be_noticed(model: DistortionModel, part: Part, *, seed: int) -> Check:
    """Whether distortions that are said to be absent would have been found, had they been there."""
    predictions = {
        name: model.predict(as_saved(distort(part.image, name, NOTICED_SEVERITY, seed=seed)))
        for name in model.distortions
    }
    before = model.predict(part.image).found  # what is found already would be found whatever is added
    noticed = {name: bool((prediction.found & ~before).any()) for name, prediction in predictions.items()}
    named = {
        name: bool((prediction.found & ~before)[model.distortions.index(name)])
        for name, prediction in predictions.items()
    }
    missed = [DISTORTIONS[name].title for name, was_noticed in noticed.items() if not was_noticed]
    exception = f"; not {_listed(missed)}" if missed else ""
    return Check(
        claim=f"Damage would have been noticed: of the {len(noticed)} distortions that the model knows, "
        f"{sum(noticed.values())} were when put on {part.words} at “slightly annoying”{exception}. Of these, "
        f"{sum(named.values())} were called by their own name.",
        test=f"each distortion put on {part.words} at severity {NOTICED_SEVERITY:g}: at least "
        f"{100 * NOTICED_SHARE:.0f} % of them make the model find what it does not find without them",
        passed=sum(noticed.values()) >= NOTICED_SHARE * len(noticed),
        measured={
            "part": part.place,
            "probability": {name: round(prediction.of(name)[0], 3) for name, prediction in predictions.items()},
            "noticed": noticed,
            "found": named,
        },
        about=None,
    )


def _falls(
    ladder: ScoredLadder, finding: Finding, all_scores: Sequence[float], *, score: str, about: str | None
) -> Check:
    more = [i == 0 or severity >= finding.severity for i, severity in enumerate(ladder.severities)]
    scores = [value for value, counts in zip(all_scores, more, strict=True) if counts]
    return Check(
        claim=f"More {finding.title} lowers {score}: from {scores[0]:.0f} for {ladder.part.words} as it is to "
        f"{scores[-1]:.0f} when the most is added.",
        test=f"{finding.title} added to {ladder.part.words} in {len(all_scores)} steps: beyond the severity found, {score} "
        f"rises by at most {LARGEST_RISE:g} points from step to step, and in all it falls by at least {SMALLEST_FALL:g}",
        passed=bool(np.diff(scores).max() <= LARGEST_RISE and scores[0] - scores[-1] >= SMALLEST_FALL),
        measured={
            "part": ladder.part.place,
            "severities": list(ladder.severities),
            "scores": [round(value, 2) for value in all_scores],
        },
        about=about,
    )


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
