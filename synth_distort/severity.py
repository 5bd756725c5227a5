"""Severity: 0 to 1 in human units, and its curve for each distortion's own parameter.

severity = (D0 - DMOS) / (D0 - 1) on the five-grade impairment scale of ITU-R BT.500, where D0 = 4.61 is the mean rating of
imperceptible distortions. Rated points, or points inferred through full-reference measures, are in `severity_curves.json`,
which `blemish calibrate` writes. Between them a curve is a monotone cubic (Fritsch and Carlson, SIAM J. Numer. Anal. 1980) over
the logarithm of the parameter's distance from its null value; beyond the last point it goes on with its closing slope.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from .distortions.registry import get_distortion
from .lazy import scipy

if TYPE_CHECKING:
    from torch import Tensor

SHIPPED_CURVES = Path(__file__).with_name("severity_curves.json")
D0 = 4.61
PERCEPTIBLE = 0.125  # half way from "imperceptible" to "perceptible but not annoying"
_WORDS = (
    (PERCEPTIBLE, "imperceptible"),
    (0.375, "perceptible but not annoying"),
    (0.625, "slightly annoying"),
    (0.875, "annoying"),
    (math.inf, "very annoying"),
)


def severity_of_dmos(dmos: float) -> float:
    """Severity of a mean rating on the five-grade impairment scale (5 imperceptible, 1 very annoying)."""
    return min(1.0, max(0.0, (D0 - dmos) / (D0 - 1)))


def severity_word(severity: float) -> str:
    """The grade of ITU-R BT.500's impairment scale nearest to `severity`."""
    return next(word for limit, word in _WORDS if severity < limit)


def parse_severities(words: str) -> tuple[float, ...]:
    """Severities as the command line takes them, "0.25,0.5": rising, each once, to four digits.

    Raises:
        ValueError: one is no number from 0 to 1.
    """
    try:
        severities = tuple(sorted({round(float(word), 4) for word in words.split(",")}))
    except ValueError:
        raise ValueError(f"severities are {words!r}; they should be numbers with commas, 0 to 1") from None
    if not all(0 <= severity <= 1 for severity in severities):
        raise ValueError(f"severities are {words}; they go from 0 (imperceptible) to 1 (very annoying)")
    return severities


def combined_severity(severities: Iterable[float]) -> float:
    """Severity of several distortions together: 1 - prod(1 - s)."""
    return 1 - math.prod(1 - severity for severity in severities)


def combined_severities(severities: Tensor) -> Tensor:
    """`combined_severity` of many photos at once: (..., K), 0 for an absent distortion, to (...,)."""
    return 1 - (1 - severities).prod(-1)


@dataclass(frozen=True)
class SeverityCurve:
    """The monotone mapping between one distortion's parameter and its severity.

    Attributes:
        null: the value at which the distortion does nothing.
        limit: the last value of the parameter.
        values: rated (or measured) values, in rising severity, the null value left out.
        severities: of these values, rising, in (0, 1].
        source: "rated" where people rated this distortion, "inferred" where full-reference measures stand in for ratings.
    """

    null: float
    limit: float
    values: tuple[float, ...]
    severities: tuple[float, ...]
    source: str

    def severity(self, value: float) -> float:
        """Severity at `value`, in [0, 1]."""
        return float(np.clip(self._severity_at(self._strength(value)), 0, 1))

    def value(self, severity: float) -> float:
        """The value at `severity` (in [0, ceiling]), to seven digits, so that it is the same on all machines.

        Raises:
            ValueError: severity outside [0, ceiling].
        """
        if not 0 <= severity <= self.ceiling:
            most = "" if self.ceiling == 1 else f", and this distortion cannot do worse than {self.ceiling:g}"
            raise ValueError(f"severity is {severity:g}; it goes from 0 (imperceptible) to 1 (very annoying){most}")
        return _inverted(self, severity)

    @cached_property
    def ceiling(self) -> float:
        """The severity at the limit: the highest of this distortion, to four digits; 1 for most."""
        return math.floor(1e4 * self.severity(self.limit)) / 1e4

    @property
    def rated_up_to(self) -> float:
        """The highest severity that people rated, 0 if they rated none; beyond it the curve is extrapolated or inferred."""
        return self.severities[-1] if self.source == "rated" else 0.0

    @property
    def _unit(self) -> float:
        return abs(self.values[0] - self.null) / 2

    @property
    def _direction(self) -> float:
        return math.copysign(1, self.values[-1] - self.null)

    def _strength(self, value: float) -> float:
        return math.log1p(max(0.0, (value - self.null) * self._direction) / self._unit)

    @cached_property
    def _knots(self) -> tuple[list[float], list[float]]:
        return [0.0, *(self._strength(value) for value in self.values)], [0.0, *self.severities]

    @cached_property
    def _cubic(self):
        return scipy.interpolate.PchipInterpolator(*self._knots)

    def _severity_at(self, strength: float) -> float:
        (*_, x0, x1), (*_, y0, y1) = self._knots
        if strength > x1:
            return y1 + (strength - x1) * (y1 - y0) / (x1 - x0)
        return float(self._cubic(strength))

    def _at_strength(self, strength: float) -> float:
        return self.null + self._direction * self._unit * math.expm1(strength)


@cache
def severity_curve(name: str) -> SeverityCurve:
    """The shipped curve of the distortion called `name`.

    Raises:
        ValueError: there is no such distortion.
    """
    entry, curve = get_distortion(name), _shipped_curves().get(name)
    if curve is None:
        raise ValueError(f"{name} has no place on the scale of severity yet; `blemish calibrate` gives it one")
    values, severities = tuple(curve["values"]), tuple(curve["severities"])
    return SeverityCurve(entry.null, entry.limit, values, severities, curve["source"])


@cache
def _inverted(curve: SeverityCurve, severity: float) -> float:
    if severity == 0:
        return curve.null
    low, high = 0.0, curve._strength(curve.limit)
    for _ in range(60):  # bisection: the curve is monotone, so sixty halvings reach the last bit
        middle = (low + high) / 2
        low, high = (middle, high) if curve._severity_at(middle) < severity else (low, middle)
    return float(f"{curve._at_strength(high):.7g}")


@cache
def _shipped_curves() -> dict:
    return json.loads(SHIPPED_CURVES.read_text())["curves"]


def scale_digest() -> str:
    """SHA-256 of the shipped curves, kept in records as the version of the scale."""
    return hashlib.sha256(SHIPPED_CURVES.read_bytes()).hexdigest()
