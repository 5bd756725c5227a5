"""The figures of one ladder's curves, as arrays: of the photos as they are, and of photos drawn again (bootstrap).

Photos are drawn by weights: each figure is a function of weighted means over photos, so that all draws are one product of
matrices. `quality` is (n, L + 1): of n photos, the undistorted version first, then L levels of rising severity; higher is
better. `weights` is (R, n), each row a draw that sums to 1; the first row is the photos as they are.
"""

from __future__ import annotations

import numpy as np

RESAMPLES = 1000
TIE = 1e-6  # of the largest score: differences below it are of arithmetic, not of quality
DETECTED = 0.95  # share of photos that score below their own undistorted version
LARGEST_D_PRIME = 10.0  # a few dozen photos say no more of what is told apart ever more surely
WINDOW = 0.2  # of severity, in which a rise is a reversal


def bootstrap_weights(photos: int, *, resamples: int = RESAMPLES, seed: int = 0) -> np.ndarray:
    """(1 + resamples, photos): equal weights, then how often each photo was drawn with replacement (Efron, 1979)."""
    draws = np.random.default_rng(seed).multinomial(photos, np.full(photos, 1 / photos), size=resamples)
    return np.concatenate([np.ones((1, photos)), draws]) / photos


def falls(quality: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """By how much each of `levels` (n, …) is below its undistorted version (n,); what differs by arithmetic alone is 0."""
    below = quality[:, :1] - levels
    return np.where(np.abs(below) <= TIE * np.abs(quality).max(initial=0), 0.0, below)


def right_steps(quality: np.ndarray) -> np.ndarray:
    """(n,) share of adjacent levels, the undistorted photo among them, at which quality falls."""
    return (np.diff(quality, axis=1) < -_tie(quality)).mean(1)


def kendall_taus(quality: np.ndarray) -> np.ndarray:
    """(n,) Kendall's tau-b between severity and damage (quality turned round), of each photo; 0 where all levels are equal."""
    first, second = np.triu_indices(quality.shape[1], 1)
    step = quality[:, first] - quality[:, second]
    sign = np.where(np.abs(step) <= _tie(quality), 0.0, np.sign(step))
    untied = np.abs(sign).sum(1)
    return sign.sum(1) / np.sqrt(len(first) * untied.clip(min=1))


def shares_below(quality: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """(R, L) share of photos that score below their own undistorted version at each level."""
    return weights @ (falls(quality, quality[:, 1:]) > 0)


def detection_threshold(severities: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """(R,) the smallest of `severities` (L,) at which DETECTED of the photos score below the undistorted, or inf."""
    detected = shares >= DETECTED - 1e-9
    return np.where(detected.any(1), severities[detected.argmax(1)], np.inf)


def d_primes(fall: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """(R, L) discriminability of paired versions whose quality differs by `fall` (n, L), of each draw.

    d' = √2 · mean / standard deviation of the differences, so that Φ(d'/√2) is the share of photos told apart in a forced
    choice of two (Green and Swets, Signal Detection Theory, 1966), with Hedges' (1981) correction for few photos.
    """
    count = fall.shape[0]
    mean = weights @ fall
    variance = (weights @ fall**2 - mean**2).clip(min=0) * (count / max(count - 1, 1))
    correction = 1 - 3 / (4 * (count - 1) - 1) if count > 2 else 1.0
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = correction * np.sqrt(2) * mean / np.sqrt(np.where(variance <= 1e-12 * mean**2, 0, variance))
    return np.nan_to_num(ratio, nan=0.0).clip(-LARGEST_D_PRIME, LARGEST_D_PRIME)


def noticeable_severity(severities: np.ndarray, d_prime: np.ndarray) -> np.ndarray:
    """(R,) the severity at which d' from the undistorted photo reaches 1, between levels by a straight line; or inf.

    Where it is beyond measure at that level, no line can be drawn, and the level itself is the answer.
    """
    reached = d_prime >= 1
    at = reached.argmax(1)
    there = d_prime[np.arange(len(d_prime)), at]
    low_severity = np.where(at > 0, severities[at - 1], 0.0)
    low = np.where(at > 0, d_prime[np.arange(len(d_prime)), at - 1], 0.0)
    share = np.where(there >= LARGEST_D_PRIME, 1.0, (1 - low) / np.where(reached.any(1), there - low, 1.0))
    return np.where(reached.any(1), low_severity + share * (severities[at] - low_severity), np.inf)


def just_noticeable_step(severities: np.ndarray, quality: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """(R,) the step of severity that is one just-noticeable difference (d' = 1) on the average of the ladder; inf for none."""
    steps = quality[:, :-1] - quality[:, 1:]
    steps = np.where(np.abs(steps) <= _tie(quality), 0.0, steps)
    total = d_primes(steps, weights).sum(1)
    return np.where(total > 1e-9, severities[-1] / np.where(total > 1e-9, total, 1.0), np.inf)


def largest_reversal(curves: np.ndarray) -> np.ndarray:
    """(R,) the largest rise of each of `curves` (R, L + 1) from any level to a worse one; 0 where none rises."""
    return (curves - np.minimum.accumulate(curves, axis=1)).max(1)


def reversal_ends(curve: np.ndarray) -> tuple[int, int]:
    """The levels between which `curve` (L + 1,) rises most."""
    end = int((curve - np.minimum.accumulate(curve)).argmax())
    return int(curve[: end + 1].argmin()), end


def largest_rises(severities: np.ndarray, quality: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(n,) each photo's largest rise within WINDOW of severity (or one step, where steps are wider), and the numbers
    of the levels that it is between.

    `severities` (L + 1,) begins with 0.
    """
    best, start, end = np.zeros(len(quality)), np.zeros(len(quality), int), np.zeros(len(quality), int)
    for first in range(len(severities) - 1):
        for second in range(first + 1, len(severities)):
            if second > first + 1 and severities[second] - severities[first] > WINDOW + 1e-9:
                break
            rise = quality[:, second] - quality[:, first]
            better = rise > best
            best, start, end = (
                np.where(better, new, old) for new, old in ((rise, best), (first, start), (second, end))
            )
    return best, start, end


def longest_dead_zone(severities: np.ndarray, curve: np.ndarray, *, within: float) -> tuple[float, float]:
    """The ends of the longest stretch of severity over which `curve` (L + 1,) stays inside a band as wide as `within`."""
    best = (0.0, 0.0)
    for first in range(len(curve)):
        for last in range(len(curve) - 1, first, -1):
            if severities[last] - severities[first] <= best[1] - best[0]:
                break
            if np.ptp(curve[first : last + 1]) <= within + 1e-12:
                best = float(severities[first]), float(severities[last])
                break
    return best


def content_effect(quality: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """(R,) variance between contents over the sum of that and of variance along severity, from 0 to 1; 0 for a constant."""
    of_photos, of_levels = quality.mean(1), weights @ quality
    content = (weights @ of_photos**2 - (weights @ of_photos) ** 2).clip(min=0)
    severity = of_levels.var(1)
    total = content + severity
    real = total > (TIE * np.abs(quality).max(initial=0)) ** 2
    return np.where(real, content / np.where(real, total, 1), 0.0)


def _tie(quality: np.ndarray) -> float:
    return TIE * float(np.abs(quality).max(initial=0))
