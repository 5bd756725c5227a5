"""Several implementations of every distortion, so that a model learns the damage and not our way of making it."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path

import numpy as np
from torch import Tensor

from ....synth_distort import DISTORTIONS, severity_curve
from . import blur, color, compression, noise, processing, spatial, tone  # noqa: F401 (they enter themselves)
from .registry import VARIANTS, Variant

__all__ = [
    "VARIANTS",
    "Variant",
    "amount_of",
    "distort_somehow",
    "measured_severities",
    "severities_digest",
]

SEVERITIES = Path(__file__).with_name("severities.json")
OWN_SHARE = 0.4  # of the damage that is made by the registry's kernel, where there are variants


def distort_somehow(
    image: Tensor, name: str, severity: float, generator: np.random.Generator, *, variants: bool = True
) -> Tensor:
    """`image` damaged by the distortion called `name`, as the registry does it or as one of its variants.

    Args:
        image: (3, H, W) float32 in [0, 1].
        name: of the distortion.
        severity: from 0 to its ceiling.
        generator: of which implementation, and of all that is random in it.
        variants: whether any but the registry's is used.
    """
    others = [one for one in VARIANTS.get(name, []) if variants and _reaches(one, severity)]
    if not others or generator.random() < OWN_SHARE:
        return DISTORTIONS[name](image, severity_curve(name).value(severity), generator)
    chosen = others[int(generator.integers(len(others)))]
    return chosen(image, amount_of(chosen, severity), generator)


def amount_of(variant: Variant, severity: float) -> float:
    """The amount at which `variant` is as severe, between those that were measured."""
    amounts, severities = measured_severities()[variant.name]
    return float(np.interp(severity, [0.0, *severities], [0.0, *amounts]))


def _reaches(variant: Variant, severity: float) -> bool:
    """Whether `severity` is between the least and the most that was measured of `variant`."""
    _, severities = measured_severities()[variant.name]
    return severities[0] * 0.5 <= severity <= severities[-1]


def severities_digest() -> str:
    """SHA-256 of what was measured of all variants: samples that they damaged are known by it."""
    return hashlib.sha256(SEVERITIES.read_bytes()).hexdigest()


@cache
def measured_severities() -> dict[str, tuple[list[float], list[float]]]:
    """Of each variant by name: rising amounts, and the severity of each."""
    table = json.loads(SEVERITIES.read_text())["variants"]
    return {name: (entry["amounts"], entry["severities"]) for name, entry in table.items()}
