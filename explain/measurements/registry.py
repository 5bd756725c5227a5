"""The table of measurements. Each function enters itself here, where it stands, with the `measurement` decorator."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .pixels import Pixels

Function = Callable[[Pixels], float]

GROUPS = ("sharpness", "noise", "tone and colour", "compression")


@dataclass(frozen=True)
class Measurement:
    """One number that is measured of a photo's pixels, without a network.

    Attributes:
        name: the key in `MEASUREMENTS`.
        title: as it is written in a table.
        unit: of the value; empty for a pure number.
        group: one of `GROUPS`.
        source: where the method comes from.
        function: from the photo's pixels to the value; raises `NotMeasurableError` where the photo lacks what it needs.
        is_logarithmic: whether values are compared by their ratio.
    """

    name: str
    title: str
    unit: str
    group: str
    source: str
    function: Function
    is_logarithmic: bool


MEASUREMENTS: dict[str, Measurement] = {}


def measurement(
    title: str, *, unit: str = "", group: str, source: str, is_logarithmic: bool = False
) -> Callable[[Function], Function]:
    """Enter the decorated function into `MEASUREMENTS` under its own name."""
    assert group in GROUPS

    def enter(function: Function) -> Function:
        name = function.__name__
        MEASUREMENTS[name] = Measurement(name, title, unit, group, source, function, is_logarithmic)
        return function

    return enter
