"""The all-clear: when a photo gets it, and how often a photo that is distorted does.

`benchmarks/all_clear.py` measures how often, on photos that no fit and no choice has used, and writes the shipped table.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ..models.distortion_model.prediction import FOUND, Prediction
from .location import LOCALLY_HIGH, locally_high

SHIPPED = Path(__file__).with_name("all_clear.json")
ANNOYING = 0.5  # overall severity from which on no photo gets an all-clear, whatever is found


def is_clear(prediction: Prediction) -> bool:
    """Whether a photo gets the all-clear: nothing found, neither in the whole nor anywhere in it.

    A photo of high overall severity never does: it may have a distortion that is not in the registry.
    """
    if prediction.findings or locally_high(prediction)[1] >= LOCALLY_HIGH or not prediction.in_distribution:
        return False
    return prediction.undistorted_probability >= FOUND and prediction.overall_severity.value < ANNOYING


@dataclass(frozen=True)
class AllClearRates:
    """How often a model's all-clear is given, measured on photos of a screen's size.

    Attributes:
        undistorted: share of undistorted photos that get it.
        missed: by severity, the share of photos that get it with one distortion of that severity all over.
        photos: how many there were.
    """

    undistorted: float
    missed: dict[float, float]
    photos: int


@cache
def all_clear_rates(sha256: str) -> AllClearRates | None:
    """Those of the model with this hash; None where they were not measured."""
    content = json.loads(SHIPPED.read_text())
    if content["record"]["model"] != sha256:
        return None
    missed = {float(severity): share for severity, share in content["missed"].items()}
    return AllClearRates(content["undistorted"], missed, content["record"]["photos"])
