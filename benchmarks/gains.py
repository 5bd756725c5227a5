"""What a part adds to a figure: with it less without it, on the same photos, with the interval of a paired bootstrap."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from blemish.models.metrics.bootstrap import with_interval

RESAMPLES = 1000

Measure = Callable[[np.ndarray], float]  # of the rows with these numbers


@dataclass(frozen=True)
class Figure:
    """A figure: `of` some rows, the photo of each row, and whether it is better where it `falls`."""

    of: Measure
    photos: np.ndarray
    falls: bool = False


@dataclass(frozen=True)
class Row:
    """A part, and a figure with it and without it.

    Attributes:
        part: what is taken out.
        measure: what is measured.
        without, full: the figure.
        gain: what the part adds, positive where it helps, with its 95 % interval by a paired bootstrap over photos.
        photos: how many.
    """

    part: str
    measure: str
    without: float
    full: float
    gain: dict[str, float]
    photos: int


def row_of(part: str, measure: str, full: Figure, without: Figure) -> Row:
    """With and without, and the gain, by paired draws of photos."""
    members = [np.flatnonzero(full.photos == photo) for photo in np.unique(full.photos)]
    sign, every = -1 if full.falls else 1, np.arange(len(full.photos))

    def gain(drawn: np.ndarray) -> float:
        rows = np.concatenate([members[number] for number in drawn])
        return sign * (full.of(rows) - without.of(rows))

    found = with_interval(gain, len(members), resamples=RESAMPLES)
    return Row(part, measure, round(without.of(every), 4), round(full.of(every), 4), found, len(members))


def mean_of(values: np.ndarray) -> Measure:
    """The mean of the rows' `values`."""
    return lambda some: float(values[some].mean())
