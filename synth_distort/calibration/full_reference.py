"""Full-reference measures of the damage to a photo, and the severity inferred from them.

Three measures that need no weights, by piq: VSI (Zhang, Shen and Li, IEEE TIP 2014), MDSI (Nafchi et al., IEEE Access 2016) and
HaarPSI (Reisenhofer et al., Signal Processing: Image Communication 2018), each as 0 for no damage.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..lazy import scipy

if TYPE_CHECKING:
    from torch import Tensor

MEASURES = ("vsi", "mdsi", "haarpsi")
_FLOOR = 1e-4  # added before the logarithm: damage below it counts as none

Damage = Mapping[str, float]


def damage(damaged: Tensor, reference: Tensor) -> dict[str, float]:
    """1 - VSI, MDSI and 1 - HaarPSI of two images (3, H, W) in [0, 1]: 0 where they are the same, rising from there."""
    import piq

    pair = (damaged[None], reference[None])
    return {
        "vsi": 1 - float(piq.vsi(*pair)),
        "mdsi": float(piq.mdsi(*pair)),
        "haarpsi": 1 - float(piq.haarpsi(*pair)),
    }


@dataclass(frozen=True)
class SeverityFromMeasures:
    """Severity as the mean over the measures of a logistic curve of each one's logarithm, monotone in each.

    Attributes:
        slopes: of the curves, by measure.
        centres: the logarithm at which each curve is 0.5.
    """

    slopes: Mapping[str, float]
    centres: Mapping[str, float]

    def __call__(self, photos: Sequence[Damage]) -> float:
        """The inferred severity, in [0, 1], of the same distortion of one or several photos."""
        return float(np.mean([self._logistic(name, _level(name, photos)) for name in MEASURES]))

    def _logistic(self, name: str, level: float) -> float:
        return 1 / (1 + math.exp(-self.slopes[name] * (level - self.centres[name])))


def fit_severity(measured: Sequence[Sequence[Damage]], severities: Sequence[float]) -> SeverityFromMeasures:
    """Least squares fit of the curves to rated `severities` (N,) and what was `measured`, N times, on photos."""

    def logistic(x: np.ndarray, slope: float, centre: float) -> np.ndarray:
        return 1 / (1 + np.exp(-slope * (x - centre)))

    slopes, centres = {}, {}
    for name in MEASURES:
        x = np.array([_level(name, photos) for photos in measured])
        fitted, _ = scipy.optimize.curve_fit(logistic, x, severities, p0=(1, x.mean()))
        slopes[name], centres[name] = map(float, fitted)
    return SeverityFromMeasures(slopes, centres)


def _level(name: str, photos: Sequence[Damage]) -> float:
    """The logarithm of one measure, mean over photos."""
    return float(np.mean([math.log(max(0.0, photo[name]) + _FLOOR) for photo in photos]))
