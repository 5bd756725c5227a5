"""What a file's pixels show of its past: a JPEG saved more than once, a photo enlarged.

Both are tests with a rate of error: `benchmarks/file_history.py` derives the thresholds anew beside those here, and measures
both on photos that are kept for tests.
"""

from __future__ import annotations

import numpy as np
import scipy.fft
from scipy.signal import medfilt

LOWEST_MODES = ((0, 1), (1, 0), (1, 1), (0, 2), (2, 0), (1, 2), (2, 1), (2, 2), (0, 3), (3, 0))
SMALLEST_STEP = 2  # of a table; under a step of 1 the rounding of the decoder hides what came before
REACH = 24  # quantization levels on each side of zero that a histogram covers
RECOMPRESSED = 0.172  # nearly every first save at a lower quality passes it, and a third of those at a higher one
ENLARGED = 19.09  # dB
SMALLEST_PLANE = 128  # px


def recompression(luma: np.ndarray, steps: tuple[int, ...]) -> float | None:
    """Evidence that a JPEG was saved before at a lower quality, on the same grid.

    Quantizing twice leaves the histogram of a coefficient with levels that are too full or too empty, at a period (Popescu and
    Farid, Information Hiding 2004). The histogram is compared with the mean of its neighbours.

    Args:
        luma: (H, W) levels of the decoded file, not turned.
        steps: 64 quantization steps of luma, in row order.

    Returns:
        The median over the lowest frequencies of the histogram's unevenness; None where no step is coarse enough to show it.
    """
    rows, columns = (length // 8 for length in luma.shape)
    blocks = luma[: 8 * rows, : 8 * columns].reshape(rows, 8, columns, 8).transpose(0, 2, 1, 3).reshape(-1, 8, 8)
    blocks = blocks[:: max(1, len(blocks) // 40_000)]
    coefficients = np.asarray(scipy.fft.dctn(blocks.astype(np.float32), axes=(1, 2), norm="ortho"))
    unevenness = []
    for row, column in LOWEST_MODES:
        step = steps[8 * row + column]
        if step < SMALLEST_STEP:
            continue
        levels = np.rint(coefficients[:, row, column] / step).astype(int)
        counts = np.bincount(np.abs(levels[np.abs(levels) <= REACH]), minlength=REACH + 1)[1:].astype(float)
        filled = int((np.cumsum(counts[::-1])[::-1] >= 60).sum())
        if filled < 6:
            continue
        counts = counts[:filled]
        expected = np.sqrt(np.maximum(counts[:-2], 0.5) * np.maximum(counts[2:], 0.5))
        excess = np.abs(counts[1:-1] - expected) - np.sqrt(expected + counts[1:-1])
        unevenness.append(float(np.sum(np.maximum(excess, 0)) / np.sum(expected + counts[1:-1])))
    return float(np.mean(sorted(unevenness)[-4:])) if len(unevenness) >= 3 else None


def enlargement(luma: np.ndarray) -> float | None:
    """Evidence that a photo was enlarged: how far a period stands out of its second differences, dB.

    An interpolated row's second difference varies in size with the period of the resampler (Gallagher, CRV 2005). A factor of
    exactly two by an even kernel leaves no period, and those of 8 px, which codecs leave, are not counted.

    Returns:
        None where the photo is smaller than SMALLEST_PLANE px.
    """
    if min(luma.shape) < SMALLEST_PLANE:
        return None
    luma = luma[: min(luma.shape[0], 2048), : min(luma.shape[1], 2048)]
    return max(_period(luma), _period(luma.T))


def _period(luma: np.ndarray) -> float:
    second = np.abs(2 * luma[:, 1:-1] - luma[:, :-2] - luma[:, 2:])
    signal = np.minimum(second, 30).mean(0)
    signal = np.log(signal + 0.05)
    signal -= medfilt(signal, 31)
    signal = np.clip(signal, -1, 1)
    power = np.abs(np.fft.rfft(signal * np.hanning(len(signal)))) ** 2
    frequency = np.fft.rfftfreq(len(signal))
    level = medfilt(power, 41) + 1e-9
    near_grid = np.abs(frequency * 8 - np.rint(frequency * 8)) < 0.05
    usable = (frequency > 0.12) & (frequency < 0.495) & ~near_grid
    return float(10 * np.log10((power / level)[usable].max()))
