"""Measuring a photo: every value of the table, its percentile among good photos, or why there is none."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from torch import Tensor

from ...synth_distort.files import write_json
from ..photo_sources import Source, read_source
from .pixels import NotMeasurableError, Pixels
from .registry import MEASUREMENTS

REFERENCE = Path(__file__).with_name("reference.json")
LARGE = 1_500_000  # px; photos above are compared with good photos at 100 %, others with good photos of a screen's size
QUANTILES = (0.005, 0.01, 0.025, *(round(0.05 * step, 2) for step in range(1, 20)), 0.975, 0.99, 0.995)
USUAL = (0.025, 0.975)  # percentiles outside of which a value is out of the usual range


@dataclass(frozen=True)
class Measured:
    """One measurement of one photo.

    Attributes:
        name, title, unit, group, source: as in the table of measurements.
        value: in `unit`; None where it is not measurable.
        percentile: share of good photos with a smaller value, 0 to 1; None where there is no value.
        usual: the 2.5th and 97.5th percentile of good photos, in `unit`.
        reason: why there is no value; empty where there is one.
    """

    name: str
    title: str
    unit: str
    group: str
    source: str
    value: float | None
    percentile: float | None
    usual: tuple[float, float]
    reason: str

    @property
    def is_unusual(self) -> bool:
        """Whether 95 % of good photos are not like this."""
        return self.percentile is not None and not USUAL[0] <= self.percentile <= USUAL[1]


def measure(source: Source) -> tuple[Measured, ...]:
    """Every measurement of a photo, without any model.

    Args:
        source: as for `blemish.report`.

    Raises:
        PhotoError: the photo cannot be read.
    """
    return measured(read_source(source)[0].image)


def measured(image: Tensor) -> tuple[Measured, ...]:
    """The same of `image` (3, H, W) in [0, 1]."""
    values, reasons = _values_and_reasons(image)
    scale = "at 100 %" if image.shape[1] * image.shape[2] > LARGE else "as viewed"
    quantiles = _reference()[scale]
    results = []
    for name, entry in MEASUREMENTS.items():
        value, limits = values[name], quantiles[name]
        percentile = None if value is None else _percentile(value, limits)
        low, high = (float(np.interp(share, QUANTILES, limits)) for share in USUAL)
        results.append(
            Measured(
                name,
                entry.title,
                entry.unit,
                entry.group,
                entry.source,
                value,
                percentile,
                (low, high),
                reasons.get(name, ""),
            )
        )
    return tuple(results)


def values_of(image: Tensor, *, only: Sequence[str] | None = None) -> dict[str, float | None]:
    """Measurements of `image` (3, H, W) in [0, 1] by name, all or `only` some; None where one is not measurable."""
    return _values_and_reasons(image, only=only)[0]


def write_reference(values: dict[str, np.ndarray], record: dict) -> None:
    """Rewrite the shipped table of good photos from the measurements of some.

    Args:
        values: by scale, (photos, measurements), NaN where not measurable.
        record: what they were, for the file.
    """
    content = {
        scale: {
            name: [float(f"{value:.5g}") for value in np.nanquantile(column, QUANTILES)]
            for name, column in zip(MEASUREMENTS, table.T, strict=True)
        }
        for scale, table in values.items()
    }
    write_json(REFERENCE, {"record": record, "quantiles": QUANTILES, **content})


def _percentile(value: float, limits: Sequence[float]) -> float:
    """Share of good photos below `value`; in the middle of those that are equal to it."""
    below, above = np.searchsorted(limits, value, "left"), np.searchsorted(limits, value, "right")
    if above > below:  # at one or more of the quantiles
        return float((QUANTILES[below] + QUANTILES[above - 1]) / 2)
    return float(np.interp(value, limits, QUANTILES, left=0.0, right=1.0))


def _values_and_reasons(
    image: Tensor, *, only: Sequence[str] | None = None
) -> tuple[dict[str, float | None], dict[str, str]]:
    pixels, values, reasons = Pixels(image.numpy()), {}, {}
    for name in only or MEASUREMENTS:
        try:
            value = MEASUREMENTS[name].function(pixels)
        except NotMeasurableError as error:
            values[name], reasons[name] = None, str(error)
            continue
        assert np.isfinite(value), name
        values[name] = value
    return values, reasons


@cache
def _reference() -> dict:
    return json.loads(REFERENCE.read_text())
