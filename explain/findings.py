"""From a model's prediction to what can be said: which distortions were found, how severe each is, and where."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..models.distortion_model.model import FOUND, Prediction
from ..models.distortion_model.statistics import CELL
from ..synth_distort import DISTORTIONS, severity_curve, severity_word


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
        name: of the distortion.
        title: the name as written in a sentence.
        family: of the distortion.
        probability: that it is there and perceptible.
        severity: 0 to 1, where it is.
        severity_interval: low and high ends, between which the severity is with the model's confidence if it is there.
        word: the grade of ITU-R BT.500 nearest to the severity.
        equivalent: the severity in the distortion's own parameter.
        alternative: the title and probability of the second likeliest distortion, where this one is no likelier than not.
        area: share of the photo's windows in which it is found, each window by itself.
        rated: whether people rated severities as high as this one; beyond them the scale is extrapolated.
    """

    name: str
    title: str
    family: str
    probability: float
    severity: float
    severity_interval: tuple[float, float]
    word: str
    equivalent: Equivalent
    alternative: tuple[str, float] | None
    area: float
    rated: bool


@dataclass(frozen=True)
class SeverityMap:
    """Severity of one distortion (or the worst of several) over a photo, on the fixed scale 0 to 1.

    Attributes:
        values: (rows, columns) severity in squares of `cell` px, from the photo's upper left.
        cell: px of the photo.
        height: px, of the photo.
        width: px, of the photo.
    """

    values: np.ndarray
    cell: int
    height: int
    width: int


def findings(prediction: Prediction) -> tuple[Finding, ...]:
    """The distortions that are found in `prediction`, the most severe first."""
    found = [_finding(prediction, index) for index in prediction.found.nonzero().flatten().tolist()]
    return tuple(sorted(found, key=lambda finding: -finding.severity))


def _finding(prediction: Prediction, index: int) -> Finding:
    name = prediction.distortions[index]
    probability, severity = prediction.of(name)
    entry, curve = DISTORTIONS[name], severity_curve(name)
    severity = min(severity, curve.ceiling)  # the model may read more than this distortion can do
    value = curve.value(severity)
    alternative = None
    if probability < FOUND:
        second = int(prediction.probability.argsort(descending=True)[1])
        alternative = (DISTORTIONS[prediction.distortions[second]].title, float(prediction.probability[second]))
    return Finding(
        name=name,
        title=entry.title,
        family=entry.family,
        probability=probability,
        severity=severity,
        severity_interval=(
            max(0.0, severity - prediction.severity_error),
            min(curve.ceiling, severity + prediction.severity_error),
        ),
        word=severity_word(severity),
        equivalent=Equivalent(entry.parameter, value, entry.unit, entry.phrase(value)),
        alternative=alternative,
        area=float(prediction.locally_found[index].float().mean()),
        rated=severity <= curve.rated_up_to,
    )


def severity_map(prediction: Prediction, names: tuple[str, ...], *, height: int, width: int) -> SeverityMap:
    """The worst expected severity of the distortions `names`, over a photo of `height` × `width` px."""
    return SeverityMap(prediction.map_of(names, height=height, width=width), CELL, height, width)
