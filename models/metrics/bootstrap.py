"""Bootstrap intervals of figures: how far a figure may be off because of the photos that happened to be measured."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from scipy.stats import bootstrap


def with_interval(measure: Callable[[np.ndarray], float], count: int, *, resamples: int) -> dict[str, float]:
    """A figure of `count` photos, and the ends of its 95 % percentile bootstrap interval (Efron, 1979), to four places.

    Args:
        measure: the figure of the photos with the numbers that it is given, in [0, `count`).
        count: photos.
        resamples: draws with replacement.

    Returns:
        `value`, `low` and `high`.
    """
    return with_intervals(lambda drawn: {"figure": measure(drawn)}, count, resamples=resamples)["figure"]


def with_intervals(
    measure: Callable[[np.ndarray], Mapping[str, float]], count: int, *, resamples: int
) -> dict[str, dict[str, float]]:
    """The same for several figures by name, all from one draw of photos.

    SciPy resamples the numbers of photos, not the scores: a figure may need all samples of a photo, which stay together.
    """
    whole = measure(np.arange(count))
    if count == 1:  # every draw is the same photo
        return {name: dict.fromkeys(("value", "low", "high"), round(float(value), 4)) for name, value in whole.items()}

    def figures(draws: np.ndarray, axis: int = -1) -> np.ndarray:
        rows = [list(measure(draw).values()) for draw in draws.reshape(-1, count)]
        return np.array(rows).T.reshape(len(whole), *draws.shape[:-1])

    interval = bootstrap(
        (np.arange(count),), figures, n_resamples=resamples, vectorized=True, method="percentile", rng=0
    ).confidence_interval
    return {
        name: {"value": round(float(value), 4), "low": round(float(low), 4), "high": round(float(high), 4)}
        for (name, value), low, high in zip(whole.items(), interval.low, interval.high, strict=True)
    }
