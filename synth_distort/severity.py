"""Severity: 0 to 1 in human units, and the way between it and each distortion's own parameter.

severity = (D0 - DMOS) / (D0 - 1) on the five-grade impairment scale of ITU-R BT.500, where D0 = 4.61 is what people gave to
distortions that nobody can see. The points that people rated are kept in `severity_curves.json`, which `blemish calibrate`
writes; between them runs a monotone cubic (Fritsch and Carlson, SIAM J. Numer. Anal. 1980) over the logarithm of the
parameter's distance from its null value, beyond the last of them its closing slope.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources

import numpy as np

from .lazy import scipy
from .registry import get_distortion

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
    """Severity of a mean opinion on the five-grade impairment scale (5 imperceptible, 1 very annoying)."""
    return min(1.0, max(0.0, (D0 - dmos) / (D0 - 1)))


def severity_word(severity: float) -> str:
    """The grade of ITU-R BT.500's impairment scale nearest to `severity`."""
    return next(word for limit, word in _WORDS if severity < limit)


def combined_severity(severities: Iterable[float]) -> float:
    """Severity of several distortions together: 1 - prod(1 - s), each taking its share of what the others left whole."""
    return 1 - math.prod(1 - severity for severity in severities)


@dataclass(frozen=True)
class SeverityCurve:
    """The monotone mapping between one distortion's parameter and its severity.

    Attributes:
        null: the value at which the distortion does nothing.
        values: rated values, in rising severity, the null value left out.
        severities: what people made of them, rising, in (0, 1].
        source: "rated" where people judged this distortion itself.
    """

    null: float
    values: tuple[float, ...]
    severities: tuple[float, ...]
    source: str

    def severity(self, value: float) -> float:
        """Severity at `value`, in [0, 1]."""
        return float(np.clip(self._severity_at(self._strength(value)), 0, 1))

    def value(self, severity: float) -> float:
        """The value of which `severity` (in [0, 1]) is the severity.

        Raises:
            ValueError: severity outside [0, 1].
        """
        if not 0 <= severity <= 1:
            raise ValueError(f"severity is {severity}; it goes from 0 (imperceptible) to 1 (very annoying)")
        low, high = 0.0, self._knots[0][-1]
        while self._severity_at(high) < severity:
            high *= 1.1
        for _ in range(60):  # bisection: the curve is monotone, so sixty halvings reach the last bit
            middle = (low + high) / 2
            low, high = (middle, high) if self._severity_at(middle) < severity else (low, middle)
        return self.null + self._direction * self._unit * math.expm1(high)

    @property
    def rated_up_to(self) -> float:
        """The highest severity that people rated; beyond it the curve is extrapolated."""
        return self.severities[-1]

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


@cache
def severity_curve(name: str) -> SeverityCurve:
    """The shipped curve of the distortion called `name`.

    Raises:
        ValueError: there is no such distortion.
    """
    entry = get_distortion(name)
    curve = _shipped_curves()[name]
    return SeverityCurve(entry.null, tuple(curve["values"]), tuple(curve["severities"]), curve["source"])


@cache
def _shipped_curves() -> dict:
    return json.loads(resources.files("blemish.synth_distort").joinpath("severity_curves.json").read_text())["curves"]
