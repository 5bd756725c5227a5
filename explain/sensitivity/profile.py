"""What a measurement of sensitivity found: figures with intervals, the curves they were taken from, and what failed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

EARLY = 0.25  # severity by which a model should detect it: "perceptible but not annoying"


@dataclass(frozen=True)
class Figure:
    """A number, and the 95 % interval of a bootstrap over photos; infinite where it is never reached."""

    value: float
    low: float
    high: float

    @classmethod
    def of(cls, drawn: np.ndarray) -> Figure:
        """From the value of the photos as they are, and of each draw after it."""
        low, high = np.quantile(drawn[1:], [0.025, 0.975], method="inverted_cdf")
        return cls(float(drawn[0]), float(low), float(high))

    def to_dict(self) -> dict[str, float | None]:
        """Rounded to four places; None for what is never reached."""
        return {
            name: round(value, 4) if math.isfinite(value) else None
            for name, value in (("value", self.value), ("low", self.low), ("high", self.high))
        }


@dataclass(frozen=True)
class Reversal:
    """A photo that scores better when it is worse.

    Attributes:
        photo: its name.
        distortion: of the ladder.
        severities: of the better and of the worse version.
        scores: that the model gave to them, on its own scale.
        rise: in points, hundredths of the model's span.
    """

    photo: str
    distortion: str
    severities: tuple[float, float]
    scores: tuple[float, float]
    rise: float


@dataclass(frozen=True)
class DistortionSensitivity:
    """One distortion's ladders. Points are hundredths of the model's span.

    Attributes:
        distortion: its name.
        severities: (L + 1,) from 0.
        photos: names of those that were scored at every level.
        quality: (n, L + 1) their scores, turned so that higher is better.
        mean, low, high: (L + 1,) mean over photos, and the band in which 80 % of them are.
        monotonicity: share of adjacent levels in the right order.
        tau: Kendall's, between severity and damage.
        threshold: the smallest severity at which 95 % of photos score below their own undistorted version.
        noticeable: the severity at which d' from the undistorted photo is 1.
        step: the just-noticeable step, d' = 1 on the average along the ladder.
        d_prime: (L,) from the undistorted photo to each level.
        share_below: (L,) share of photos that score below their own undistorted version.
        range: points between the highest and the lowest mean.
        content_effect: variance between contents over the sum of that and of variance along severity.
        reversal: the largest rise of the mean, in points.
        reversal_between: the severities that it is between.
        photos_reversed: share of photos with a rise of more than 3 points within 0.2 of severity.
        dead_zone: the longest stretch of severity over which the mean stays within one point.
        fall: points of the mean at severities 0.25, 0.5 and 0.75, where the distortion gets there.
    """

    distortion: str
    severities: np.ndarray
    photos: tuple[str, ...]
    quality: np.ndarray
    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray
    monotonicity: Figure
    tau: Figure
    threshold: Figure
    noticeable: Figure
    step: Figure
    d_prime: np.ndarray
    share_below: np.ndarray
    range: Figure
    content_effect: Figure
    reversal: Figure
    reversal_between: tuple[float, float]
    photos_reversed: float
    dead_zone: tuple[float, float]
    fall: Mapping[float, Figure]

    @property
    def blind(self) -> bool:
        """Whether no severity makes 95 % of the photos score below their undistorted versions."""
        return not math.isfinite(self.threshold.value)

    def to_dict(self) -> dict[str, Any]:
        """As JSON keeps it; the curves rounded to six digits."""
        figures = ("monotonicity", "tau", "threshold", "noticeable", "step", "range", "content_effect", "reversal")
        rows = {
            name: _digits(getattr(self, name))
            for name in ("severities", "mean", "low", "high", "d_prime", "share_below")
        }
        return {
            **{name: getattr(self, name).to_dict() for name in figures},
            "reversal_between": list(self.reversal_between),
            "photos_reversed": round(self.photos_reversed, 4),
            "dead_zone": list(self.dead_zone),
            "fall": {f"{severity:g}": figure.to_dict() for severity, figure in self.fall.items()},
            "photos": len(self.photos),
            **rows,
        }


@dataclass(frozen=True)
class Stability:
    """How far something that should not matter moves a model, in points.

    Attributes:
        condition: its name.
        words: the same for a reader.
        score: mean distance of undistorted photos' scores from what they were.
        curve: mean distance of the falls along ladders from what they were.
        largest: of the first, over photos.
    """

    condition: str
    words: str
    score: Figure
    curve: Figure
    largest: float

    def to_dict(self) -> dict[str, Any]:
        """As JSON keeps it."""
        figures = {"score": self.score.to_dict(), "curve": self.curve.to_dict(), "largest": round(self.largest, 4)}
        return {"words": self.words, **figures}


@dataclass(frozen=True)
class Consistency:
    """Whether distortions of equal human severity cost alike.

    Attributes:
        severity: at which it is asked.
        spread: standard deviation of the falls over their mean, over distortions; 0 where all cost alike.
        hardest, mildest: distortions that cost most and least.
        falls: theirs, in points.
        by_family: the mean fall of each family, in points.
    """

    severity: float
    spread: Figure
    hardest: str
    mildest: str
    falls: tuple[float, float]
    by_family: Mapping[str, float]

    def to_dict(self) -> dict[str, Any]:
        """As JSON keeps it."""
        families = {name: round(value, 4) for name, value in self.by_family.items()}
        ends = {"hardest": self.hardest, "mildest": self.mildest, "falls": [round(one, 4) for one in self.falls]}
        return {"severity": self.severity, "spread": self.spread.to_dict(), **ends, "by_family": families}


@dataclass(frozen=True)
class SensitivityProfile:
    """How one model reacts to severity.

    Attributes:
        model: its name.
        adapter: that brought it.
        note: what the adapter did to the images.
        higher_is_better: the direction of its scores, as found.
        direction: a sentence on how that was found.
        span: between the 1st and the 99th percentile of its scores here; a point is a hundredth of it.
        photos: names of those that were measured on.
        distortions: by name.
        overall: figures over all distortions, by name.
        consistency: None where too few distortions were measured.
        stability: what should not matter, by name.
        reversals: the worst photos, worst first.
        failures: one sentence for each photo that the model failed at, and what came back.
        record: settings, versions, machine and day.
    """

    model: str
    adapter: str
    note: str
    higher_is_better: bool
    direction: str
    span: float
    photos: tuple[str, ...]
    distortions: Mapping[str, DistortionSensitivity]
    overall: Mapping[str, Figure]
    consistency: Consistency | None
    stability: Mapping[str, Stability]
    reversals: tuple[Reversal, ...]
    failures: tuple[str, ...]
    record: Mapping[str, Any] = field(default_factory=dict)

    @property
    def blind_to(self) -> list[str]:
        """Distortions that it never detects."""
        return [name for name, one in self.distortions.items() if one.blind]

    @property
    def late_for(self) -> list[str]:
        """Those that it detects, but not by EARLY."""
        return [name for name, one in self.distortions.items() if EARLY + 1e-9 < one.threshold.value < math.inf]

    @property
    def early_for(self) -> list[str]:
        """Those that it detects by EARLY."""
        return [name for name, one in self.distortions.items() if one.threshold.value <= EARLY + 1e-9]

    def to_dict(self) -> dict[str, Any]:
        """As JSON keeps it."""
        plain = ("model", "adapter", "note", "higher_is_better", "direction")
        return {
            **{name: getattr(self, name) for name in plain},
            "span": float(f"{self.span:.6g}"),
            "photos": len(self.photos),
            "blind_to": self.blind_to,
            "late_for": self.late_for,
            "overall": {name: figure.to_dict() for name, figure in self.overall.items()},
            "consistency": self.consistency.to_dict() if self.consistency else None,
            "stability": {name: one.to_dict() for name, one in self.stability.items()},
            "distortions": {name: one.to_dict() for name, one in self.distortions.items()},
            "reversals": [vars(one) for one in self.reversals],
            "failures": list(self.failures),
            "record": dict(self.record),
        }


def _digits(row: np.ndarray) -> list[float]:
    return [float(f"{value:.6g}") for value in row]
