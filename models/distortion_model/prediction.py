"""What a model predicts of one photo: probabilities, severities, scores, local maps; and the findings that follow from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ...synth_distort import DISTORTIONS, severity_curve, severity_word
from ...synth_distort.severity import PERCEPTIBLE
from ..score import Estimate, Score
from .calibration import either
from .kinds import KINDS, PLAINEST, kinds_of
from .statistics import CELL
from .tiles import PATCH

SCALES = ("at 100 %", "as viewed")  # a photo's own pixels, and the whole of it on a screen
FOUND = 0.5  # what is likelier true than not


@dataclass(frozen=True)
class Equivalent:
    """A severity as the distortion's own parameter: what a person who knows the field would call it.

    Attributes:
        parameter: what `value` measures.
        value: in `unit`.
        unit: empty for a pure number.
        phrase: the same as a person would say it, such as "JPEG quality 18".
    """

    parameter: str
    value: float
    unit: str
    phrase: str


@dataclass(frozen=True)
class Finding:
    """A distortion that the model found in a photo.

    Attributes:
        name: of the distortion; the plainest of its kind where a photo's own pixels do not tell which it is.
        title: the name as written in a sentence; then the kind's.
        family: of the distortion.
        probability: that it is there and perceptible; then the kind's.
        severity: 0 to 1, where it is.
        severity_interval: low and high ends, between which the severity is with the model's confidence if it is there.
        word: the grade of ITU-R BT.500 nearest to the severity.
        equivalent: the severity in the distortion's own parameter; None where the photo's own pixels do not show it.
        alternative: the title and probability of the second likeliest distortion of its kind, where this one is no likelier
            than not: the kind is there, but its name is not certain.
        kind: what people call it by one word (`kinds`); it is what was found.
        kind_probability: that a distortion of this kind is there.
        scale: one of SCALES: the photo as viewed where its own pixels alone would not have been enough.
        rated: whether people rated severities as high as this one; beyond them the scale is extrapolated.
    """

    name: str
    title: str
    family: str
    probability: float
    severity: float
    severity_interval: tuple[float, float]
    word: str
    equivalent: Equivalent | None
    alternative: tuple[str, float] | None
    kind: str
    kind_probability: float
    scale: str
    rated: bool

    @property
    def is_by_pixels(self) -> bool:
        """Whether the photo's own pixels alone show it; else its severity is read from the score of the photo as viewed."""
        return self.scale == SCALES[0]


@dataclass(frozen=True)
class Prediction:
    """What a model predicts of one photo. K distortions, h × w windows.

    Attributes:
        distortions: their K names.
        probability: (K,) that each is there and perceptible.
        severity: (K,) in [0, 1], given that it is there.
        kind_probability: (2, KINDS) that a distortion of each kind is there and perceptible, by SCALES.
        label_probability: of each of LABELS that people would name it as what is wrong with the photo; by the photo as viewed.
        found_from: (2,) probability of a kind from which on it is found, by SCALES.
        undistorted_probability: that none of them is perceptible.
        overall_severity: of all distortions together, in [0, 1], estimated directly and fitted to no person's score of a photo.
        mos: the mean opinion score that people would give; None where the model was never fitted to human scores.
        severity_error: (K,) half-width of the interval of each of these severities.
        confidence: share of intervals that hold.
        in_distribution: whether the photo is like those that the model learned from, so that its predictions can be relied on.
        local_severity: (K, h, w) expected severity, which is probability times severity, of each patch of PATCH × PATCH cells
            by itself, at steps of a cell; not calibrated, as those of the photo are.
    """

    distortions: tuple[str, ...]
    probability: Tensor
    severity: Tensor
    kind_probability: Tensor
    label_probability: dict[str, float]
    found_from: Tensor
    undistorted_probability: float
    overall_severity: Estimate
    mos: Score | None
    severity_error: Tensor
    confidence: float
    in_distribution: bool
    local_severity: Tensor

    @property
    def opinion_unaware_score(self) -> Estimate:
        """100 × (1 − overall severity), from 0 to 100: fitted to no person's score of a photo."""
        low, high = self.overall_severity.interval
        return Estimate(100 * (1 - self.overall_severity.value), (100 * (1 - high), 100 * (1 - low)))

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The distortions that are found, the most severe first."""
        found = [_finding(self, index) for index in self.found.nonzero().flatten().tolist()]
        return tuple(sorted(found, key=lambda finding: -finding.severity))

    @property
    def found(self) -> Tensor:
        """(K,) whether each distortion is found: the likeliest of a kind that is there, and perceptible."""
        return are_found(self.kind_probability, self.probability, self.severity, self.distortions, self.found_from)

    def of(self, name: str) -> tuple[float, float]:
        """Probability and severity of the distortion called `name`."""
        index = self.distortions.index(name)
        return float(self.probability[index]), float(self.severity[index])

    def expected_severity(self, name: str) -> Tensor:
        """Expected severity of the distortion called `name` in each cell of CELL px, (rows, columns) in [0, 1]."""
        return by_cell(self.local_severity[self.distortions.index(name)])

    def map_of(self, names: Sequence[str], *, height: int, width: int) -> np.ndarray:
        """The worst expected severity of `names` in each square of CELL px of a photo of `height` × `width` px.

        A square that the photo fills in part is as its neighbour. Of a photo smaller than a window the cells have a margin.
        """
        worst = torch.stack([self.expected_severity(name) for name in names]).amax(0).numpy()
        squares = [-(-side // CELL) for side in (height, width)]
        down, across = (
            np.clip(np.arange(count) + max(0, cells - count) // 2, 0, cells - 1)
            for count, cells in zip(squares, worst.shape, strict=True)
        )
        return worst[np.ix_(down, across)]


def by_cell(patches: Tensor) -> Tensor:
    """Values of patches (h, w) to those of cells (h + PATCH - 1, w + PATCH - 1): the mean over the patches that hold a cell."""
    return F.avg_pool2d(patches[None], PATCH, stride=1, padding=PATCH - 1, count_include_pad=False)[0]


def are_found(
    kind_probability: Tensor,
    probability: Tensor,
    severity: Tensor,
    distortions: Sequence[str],
    found_from: Tensor,
) -> Tensor:
    """Whether each of K distortions of a photo is found, (..., K).

    Args:
        kind_probability: (..., 2, KINDS) of each kind, by SCALES.
        probability: (..., K) of each distortion.
        severity: (..., K) of each.
        distortions: their names.
        found_from: (2,) probability of a kind from which on it is found, by SCALES.
    """
    kinds = kinds_of(distortions)
    is_there = (kind_probability >= found_from[:, None]).any(-2)
    rivals = probability[..., None, :].masked_fill(kinds != kinds[:, None], -torch.inf).amax(-1)
    is_likeliest = probability == rivals
    return is_likeliest & is_there[..., kinds] & (severity >= PERCEPTIBLE)


def _finding(prediction: Prediction, index: int) -> Finding:
    name = prediction.distortions[index]
    probability, severity = prediction.of(name)
    number = int(kinds_of(prediction.distortions)[index])
    kind, kind_probability = KINDS[number], float(either(prediction.kind_probability)[number])
    is_by_pixels = bool(prediction.kind_probability[0, number] >= prediction.found_from[0])
    title, alternative = DISTORTIONS[name].title, None
    if probability < FOUND:
        alternative = _second_of_kind(prediction, index)
        if not is_by_pixels and PLAINEST.get(kind) in prediction.distortions:
            name, title, alternative, probability = PLAINEST[kind], kind, None, kind_probability
            index = prediction.distortions.index(name)
    entry, curve = DISTORTIONS[name], severity_curve(name)
    severity = min(severity, curve.ceiling)  # the model may read more than this distortion can do
    value, error = curve.value(severity), float(prediction.severity_error[index])
    return Finding(
        name=name,
        title=title,
        family=entry.family,
        probability=probability,
        severity=severity,
        severity_interval=(max(0.0, severity - error), min(curve.ceiling, severity + error)),
        word=severity_word(severity),
        equivalent=Equivalent(entry.parameter, value, entry.unit, entry.phrase(value)) if is_by_pixels else None,
        alternative=alternative,
        kind=kind,
        kind_probability=kind_probability,
        scale=SCALES[0 if is_by_pixels else 1],
        rated=severity <= curve.rated_up_to,
    )


def _second_of_kind(prediction: Prediction, index: int) -> tuple[str, float] | None:
    """Title and probability of the likeliest of the same kind as, but other than, the distortion with the number `index`."""
    kinds = kinds_of(prediction.distortions)
    rivals = prediction.probability.masked_fill(kinds != kinds[index], -1.0)
    rivals[index] = -1.0
    second = int(rivals.argmax())
    if float(rivals[second]) < 0:
        return None
    return DISTORTIONS[prediction.distortions[second]].title, float(rivals[second])
