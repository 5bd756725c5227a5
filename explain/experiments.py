"""Experiments on the photo itself. A report prints a sentence only when the experiment behind it passed.

Each is run on one part of the photo, where the finding is strongest, so that a large photo takes no longer than a small one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from ..models.quality_model import Answer, QualityModel
from ..models.statistics import CELL, WINDOW
from ..synth_distort import DISTORTIONS, Ladder, distort, even_severities
from ..synth_distort.life import LIVES, live
from ..synth_distort.photo import as_saved
from .findings import FOUND, Finding, expected_severity

PART = 512  # px; sides of the part that experiments are run on
RUNGS = 6
LARGEST_RISE = 2.0  # points of score that a rung may lie above the one before it: the model's own unrest
SMALLEST_FALL = 5.0  # points of score from the first rung to the last that count as a fall
LARGEST_CHANGE = 0.15  # of a severity that survived: not much over half a word
NOTICED_SEVERITY = 0.5  # "slightly annoying"
NOTICED_SHARE = 0.75


@dataclass(frozen=True)
class Evidence:
    """One experiment and its outcome.

    Attributes:
        claim: the sentence that may be printed if it passed.
        test: what was done, and what counts as passing.
        passed: whether it did.
        measured: the numbers that decided.
    """

    claim: str
    test: str
    passed: bool
    measured: dict = field(default_factory=dict)


@dataclass(frozen=True)
class ScoredLadder:
    """A ladder made from the photo, and what the model says of each rung.

    Attributes:
        distortion: what was added.
        severities: of what was added, one per rung.
        values: the same in the distortion's parameter.
        scores: 0 to 100, one per rung.
        readings: the model's severity of that distortion at each rung, times its probability.
        rungs: the images, (3, H, W) each.
    """

    distortion: str
    severities: tuple[float, ...]
    values: tuple[float, ...]
    scores: tuple[float, ...]
    readings: tuple[float, ...]
    rungs: tuple[Tensor, ...]


def strongest_part(image: Tensor, answer: Answer, name: str | None) -> Tensor:
    """The part of PART px of `image` where `name` is most severe in `answer`; the middle where `name` is None."""
    height, width = (min(PART, side) for side in image.shape[1:])
    top, left = (image.shape[1] - height) // 2, (image.shape[2] - width) // 2
    if name is not None:
        local = torch.from_numpy(expected_severity(answer, answer.distortions.index(name)))
        across = min(PART // CELL - WINDOW + 1, *local.shape)
        around = torch.nn.functional.avg_pool2d(local[None, None], across, stride=1)[0, 0]
        row, column = divmod(int(around.argmax()), around.shape[1])
        top = min(row * CELL, image.shape[1] - height)
        left = min(column * CELL, image.shape[2] - width)
    return image[:, top : top + height, left : left + width].contiguous()


def scored_ladder(model: QualityModel, part: Tensor, distortion: str, *, seed: int) -> ScoredLadder:
    """Add `distortion` to `part` in RUNGS steps from nothing to "very annoying", and ask the model at each."""
    ladder = Ladder(part, distortion, even_severities(RUNGS), seed)
    rungs = tuple(as_saved(rung) for rung in ladder)
    answers = [model.answer(rung) for rung in rungs]
    index = model.distortions.index(distortion)
    return ScoredLadder(
        distortion=distortion,
        severities=tuple(ladder.severities),
        values=ladder.values,
        scores=tuple(answer.score for answer in answers),
        readings=tuple(float(answer.probability[index] * answer.severity[index]) for answer in answers),
        rungs=rungs,
    )


def score_falls(ladder: ScoredLadder, finding: Finding) -> Evidence:
    """Whether the score goes down as more of the distortion is added than `finding` says is there already."""
    more = [i == 0 or severity >= finding.severity for i, severity in enumerate(ladder.severities)]
    scores = [score for score, counts in zip(ladder.scores, more, strict=True) if counts]
    return Evidence(
        claim=f"More {finding.title} lowers the score: from {scores[0]:.0f} as the photo is to {scores[-1]:.0f} when the most "
        "is added.",
        test=f"{finding.title} added to the photo in {len(ladder.scores)} steps: beyond the severity found, the score rises "
        f"by at most {LARGEST_RISE:g} points from step to step, and in all it falls by at least {SMALLEST_FALL:g}",
        passed=bool(np.diff(scores).max() <= LARGEST_RISE and scores[0] - scores[-1] >= SMALLEST_FALL),
        measured={"severities": list(ladder.severities), "scores": [round(score, 2) for score in ladder.scores]},
    )


def survives_saving(model: QualityModel, part: Tensor, finding: Finding) -> Evidence:
    """Whether the finding is still made after the photo is saved once more as JPEG 92."""
    before, after = model.answer(part).of(finding.name), model.answer(live(part, LIVES["jpeg92"])).of(finding.name)
    return Evidence(
        claim=f"The {finding.title} is still found after the photo is saved again as JPEG quality 92 "
        f"(severity {before[1]:.2f} before, {after[1]:.2f} after).",
        test=f"the photo saved again as JPEG quality 92: probability stays at {FOUND:g} or more, severity changes by at "
        f"most {LARGEST_CHANGE:g}",
        passed=min(before[0], after[0]) >= FOUND and abs(after[1] - before[1]) <= LARGEST_CHANGE,
        measured={"probability": _rounded(before[0], after[0]), "severity": _rounded(before[1], after[1])},
    )


def would_be_noticed(model: QualityModel, part: Tensor, *, seed: int) -> Evidence:
    """Whether distortions that are said to be absent would have been found, had they been there."""
    chances = {
        name: model.answer(as_saved(distort(part, name, NOTICED_SEVERITY, seed=seed))).of(name)[0]
        for name in model.distortions
    }
    missed = [DISTORTIONS[name].title for name, chance in chances.items() if chance < FOUND]
    noticed = len(chances) - len(missed)
    exception = f"; not {_listed(missed)}" if missed else ""
    return Evidence(
        claim=f"Damage would have been noticed: of the {len(chances)} distortions that the model knows, {noticed} were "
        f"found when put on this photo at “slightly annoying”{exception}.",
        test=f"each distortion put on the photo at severity {NOTICED_SEVERITY:g}: at least {NOTICED_SHARE:.0%} of them are "
        f"found with a probability of {FOUND:g} or more",
        passed=noticed >= NOTICED_SHARE * len(chances),
        measured={name: round(chance, 3) for name, chance in chances.items()},
    )


def _rounded(*values: float) -> list[float]:
    return [round(value, 3) for value in values]


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
