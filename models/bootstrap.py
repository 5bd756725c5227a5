"""How far a figure may be off because of the photos that happened to be measured."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np


def with_interval(measure: Callable[[np.ndarray], float], count: int, *, resamples: int) -> dict[str, float]:
    """A figure of `count` photos, and the ends of its 95 % bootstrap interval over them (Efron, 1979), to four places.

    Args:
        measure: the figure of the photos with the numbers that it is given.
        count: photos.
        resamples: draws with replacement.
    """
    drawn = np.random.default_rng(0).integers(count, size=(resamples, count))
    low, high = np.quantile([measure(draw) for draw in drawn], [0.025, 0.975])
    value = measure(np.arange(count))
    return {name: round(float(figure), 4) for name, figure in (("value", value), ("low", low), ("high", high))}
