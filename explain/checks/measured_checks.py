"""The checks themselves: for each distortion a weighing of a few measurements, with the rates at which photos pass."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from ..measurements import MEASUREMENTS

SHIPPED = Path(__file__).with_name("checks.json")
FARTHEST = 5.0  # standardized units that one measurement may count for


@dataclass(frozen=True)
class Rates:
    """How often a check is passed at one scale.

    Those of a fit are from its cross-validation, which also chose the thresholds, so the false ones are near what was allowed
    by construction; `blemish checks FOLDER --ship` puts rates of other photos in their place, and those ship.

    Attributes:
        false_confirmation: by post-processing, the share of clean photos that pass.
        power: by post-processing and severity, the share of photos with that much of the distortion that pass.
        photos: how many clean ones, and how many that were distorted.
    """

    false_confirmation: dict[str, float]
    power: dict[str, dict[float, float]]
    photos: tuple[int, int]

    def power_at(self, severity: float) -> float:
        """The share of photos with this much that pass, between the measured severities; mean over post-processings."""
        curves = [sorted((float(at), share) for at, share in curve.items()) for curve in self.power.values()]
        start = (0.0, self.false_anywhere)
        shares = [np.interp(severity, *np.array([start, *curve]).T) for curve in curves]
        return float(np.mean(shares))

    @property
    def false_anywhere(self) -> float:
        """Share of clean photos that pass, under the post-processing that is worst for it."""
        return max(self.false_confirmation.values())


@dataclass(frozen=True)
class MeasuredCheck:
    """A test for one distortion that photos without it fail.

    Attributes:
        name: of the distortion.
        weights: of each measurement, in standardized units: logarithm where it is compared by ratios, less the median of
            clean photos, over their spread.
        threshold: of the weighted sum, by scale: "as viewed", or "at 100 %" for parts of large photos, whose own pixels are
            softer; a photo above passes.
        standards: median and spread of each measurement.
        rates: by scale.
        confirms_at: the scales at which a finding may be confirmed by it, chosen by the fit (`fit.LEAST_POWER`).
    """

    name: str
    weights: dict[str, float]
    threshold: dict[str, float]
    standards: dict[str, tuple[float, float]]
    rates: dict[str, Rates]
    confirms_at: tuple[str, ...]

    def score(self, values: Mapping[str, float | None], scale: str) -> float:
        """The weighted sum of `values` less the threshold for `scale`; one that is not measurable counts as usual."""
        terms = (
            weight * standardized(name, values.get(name), self.standards[name]) for name, weight in self.weights.items()
        )
        return float(sum(terms)) - self.threshold[scale]

    def leading(self, values: Mapping[str, float | None], count: int = 2) -> tuple[str, ...]:
        """The measurements that speak most for the distortion in this photo, the strongest first."""
        terms = {
            name: weight * standardized(name, values.get(name), self.standards[name])
            for name, weight in self.weights.items()
        }
        return tuple(sorted((name for name in terms if terms[name] > 0), key=lambda name: -terms[name])[:count])


def standardized(name: str, value: float | None, standard: tuple[float, float]) -> float:
    """`value` of the measurement `name` as its distance from the median of clean photos, in their spread."""
    if value is None:
        return 0.0
    return float(np.clip((comparable(name, value) - standard[0]) / standard[1], -FARTHEST, FARTHEST))


def comparable(name: str, value: np.ndarray | float) -> np.ndarray | float:
    """`value`, or its logarithm where the measurement is compared by ratios."""
    return np.log(np.maximum(value, 0) + 0.02) if MEASUREMENTS[name].is_logarithmic else value


@cache
def shipped_checks(*, every: bool = False) -> dict[str, MeasuredCheck]:
    """The checks that confirm findings at a scale or more, by distortion; `every` one that was fitted."""
    content = json.loads(SHIPPED.read_text())
    standards = {name: tuple(standard) for name, standard in content["standards"].items()}
    checks = {name: _from_json(name, entry, standards) for name, entry in content["checks"].items()}
    return {name: check for name, check in checks.items() if every or check.confirms_at}


def _from_json(name: str, entry: dict, standards: dict) -> MeasuredCheck:
    return MeasuredCheck(
        name=name,
        weights=entry["weights"],
        threshold=entry["threshold"],
        standards=standards,
        rates={scale: _rates(rates) for scale, rates in entry["rates"].items()},
        confirms_at=tuple(entry["confirms_at"]),
    )


def _rates(entry: dict) -> Rates:
    power = {post: {float(at): share for at, share in curve.items()} for post, curve in entry["power"].items()}
    first, second = entry["photos"]
    return Rates(entry["false_confirmation"], power, (first, second))
