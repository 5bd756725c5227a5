"""The photo's own ladder: how the model's score changes when more of a distortion is added to the photo.

It illustrates how sensitive the score is; it confirms no finding, since adding damage lowers the score of any photo. It is run
on one part of the photo, where the finding is strongest, so that a large photo takes no longer than a small one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from ..models.distortion_model.model import DistortionModel
from ..models.distortion_model.prediction import Finding, Prediction
from ..models.distortion_model.statistics import CELL
from ..synth_distort import Ladder
from ..synth_distort.photo import as_saved
from .checks.check import GRID, PART, Check

if TYPE_CHECKING:
    from ..models.quality_cnns.model import QualityCnn

LEVELS = 5  # the grades of the impairment scale
LARGEST_RISE = 2.0  # points of score that a level may lie above the one before it: as the model's own scatter
SMALLEST_FALL = 5.0  # points of score from the first level to the last that count as a fall


@dataclass(frozen=True)
class Excerpt:
    """The part of a photo that a ladder is made of.

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
    """A ladder made from the photo, and the model's score of each level.

    Attributes:
        excerpt: of the photo, to which it was added.
        distortion: what was added.
        severities: of what was added, one per level.
        values: the same in the distortion's parameter.
        scores: for damage alone (opinion-unaware score), 0 to 100, one per level.
        levels: the images, (3, H, W) each.
    """

    excerpt: Excerpt
    distortion: str
    severities: tuple[float, ...]
    values: tuple[float, ...]
    scores: tuple[float, ...]
    levels: tuple[Tensor, ...]


def strongest_excerpt(image: Tensor, prediction: Prediction, name: str | None) -> Excerpt:
    """The part of PART px of `image` where `name` is most severe in `prediction`; the middle where `name` is None."""
    height, width = (min(PART, side) for side in image.shape[1:])
    furthest_down, furthest_right = image.shape[1] - height, image.shape[2] - width
    top, left = furthest_down // 2, furthest_right // 2
    if name is not None:
        local = prediction.expected_severity(name)
        across = min(PART // CELL, *local.shape)
        around = torch.nn.functional.avg_pool2d(local[None, None], across, stride=1)[0, 0]
        row, column = divmod(int(around.argmax()), around.shape[1])
        top, left = min(row * CELL, furthest_down), min(column * CELL, furthest_right)
    top, left = top // GRID * GRID, left // GRID * GRID
    part = image[:, top : top + height, left : left + width].contiguous()
    return Excerpt(part, left, top, is_whole=part.shape == image.shape)


def scored_ladder(
    model: DistortionModel, excerpt: Excerpt, before: Prediction, distortion: str, *, seed: int
) -> ScoredLadder:
    """Add `distortion` to `excerpt` in LEVELS steps from nothing to "very annoying", with the model's score at each.

    Args:
        model: that scores.
        excerpt: of the photo.
        before: what the model predicts of it as it is.
        distortion: that is added.
        seed: of it.
    """
    ladder = Ladder(excerpt.image, distortion, levels=LEVELS, seed=seed)
    levels = tuple(as_saved(level) for level in ladder)
    predictions = [before, *map(model.predict, levels[1:])]
    return ScoredLadder(
        excerpt=excerpt,
        distortion=distortion,
        severities=ladder.severities,
        values=ladder.values,
        scores=tuple(prediction.opinion_unaware_score.value for prediction in predictions),
        levels=levels,
    )


def score_falls(ladder: ScoredLadder, finding: Finding) -> Check:
    """Whether the score for damage goes down as more of the distortion is added than `finding` says is there already."""
    return _falls(ladder, finding, ladder.scores, score="the score for damage")


def second_model_falls(model: QualityCnn, ladder: ScoredLadder, finding: Finding) -> Check:
    """Whether the score of another quality model, too, goes down along `ladder`; it does not make the finding any surer.

    Raises:
        ValueError: the part of the photo is smaller than the model's regions.
    """
    scores = [model.score(level).value for level in ladder.levels]
    return _falls(ladder, finding, scores, score=f"the score by {model.name}")


def _falls(ladder: ScoredLadder, finding: Finding, all_scores: Sequence[float], *, score: str) -> Check:
    more = [i == 0 or severity >= finding.severity for i, severity in enumerate(ladder.severities)]
    scores = [value for value, counts in zip(all_scores, more, strict=True) if counts]
    return Check(
        claim=f"More {finding.title} lowers {score}: from {scores[0]:.0f} for {ladder.excerpt.words} as it is to "
        f"{scores[-1]:.0f} when the most is added.",
        test=f"{finding.title} added to {ladder.excerpt.words} in {len(all_scores)} steps: beyond the severity found, {score} "
        f"rises by at most {LARGEST_RISE:g} points from step to step, and in all it falls by at least {SMALLEST_FALL:g}",
        passed=bool(np.diff(scores).max() <= LARGEST_RISE and scores[0] - scores[-1] >= SMALLEST_FALL),
        measured={
            "part": ladder.excerpt.place,
            "severities": list(ladder.severities),
            "scores": [round(value, 2) for value in all_scores],
        },
        about=None,
    )
