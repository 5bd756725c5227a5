"""How far a figure may be off because of the photos that happened to be measured."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np


def with_interval(measure: Callable[[np.ndarray], float], count: int, *, resamples: int) -> dict[str, float]:
    """A figure of `count` photos, and the ends of its 95 % bootstrap interval over them (Efron, 1979), to four places.

    Args:
        measure: the figure of the photos with the numbers that it is given.
        count: photos.
        resamples: draws with replacement.
    """
    return with_intervals(lambda drawn: {"figure": measure(drawn)}, count, resamples=resamples)["figure"]


def with_intervals(
    measure: Callable[[np.ndarray], Mapping[str, float]], count: int, *, resamples: int
) -> dict[str, dict[str, float]]:
    """The same of several figures by name, which `measure` gives at once."""
    draws = np.random.default_rng(0).integers(count, size=(resamples, count))
    whole, drawn = measure(np.arange(count)), [measure(draw) for draw in draws]
    ends = {name: np.quantile([one[name] for one in drawn], [0.025, 0.975]) for name in whole}
    return {
        name: {"value": round(float(value), 4), **dict(zip(("low", "high"), ends[name].round(4).tolist(), strict=True))}
        for name, value in whole.items()
    }
