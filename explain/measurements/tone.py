"""Tone: where black and white lie, what is clipped, and which levels are missing."""

from __future__ import annotations

import cv2
import numpy as np

from .pixels import BLOCK, LUMA, NotMeasurableError, Pixels
from .registry import measurement

BLACK, WHITE = 0, 255
HISTOGRAM = "histogram of luma (ITU-R BT.601)"


@measurement(
    "clipped highlights",
    unit="% of the area",
    group="tone and colour",
    source="pixels with all channels at 255",
    is_logarithmic=True,
)
def clipped_highlights(pixels: Pixels) -> float:
    """Share of pixels that are white."""
    return _percent(pixels.smallest == WHITE)


@measurement(
    "clipped shadows",
    unit="% of the area",
    group="tone and colour",
    source="pixels with all channels at 0",
    is_logarithmic=True,
)
def clipped_shadows(pixels: Pixels) -> float:
    """Share of pixels that are black."""
    return _percent(pixels.largest == BLACK)


@measurement(
    "clipped high in any channel",
    unit="% of the area",
    group="tone and colour",
    source="pixels with a channel at 255",
    is_logarithmic=True,
)
def clipped_high_channel(pixels: Pixels) -> float:
    """Share of pixels of which one channel at least is at its end."""
    return _percent(pixels.largest == WHITE)


@measurement(
    "clipped low in any channel",
    unit="% of the area",
    group="tone and colour",
    source="pixels with a channel at 0",
    is_logarithmic=True,
)
def clipped_low_channel(pixels: Pixels) -> float:
    """Share of pixels of which one channel at least is at 0."""
    return _percent(pixels.smallest == BLACK)


@measurement(
    "nearly white", unit="% of the area", group="tone and colour", source=f"{HISTOGRAM}: above 250", is_logarithmic=True
)
def nearly_white(pixels: Pixels) -> float:
    """Share of pixels above 250 levels: clipped, then saved again."""
    return _share(pixels, 251, 256)


@measurement(
    "nearly black", unit="% of the area", group="tone and colour", source=f"{HISTOGRAM}: below 5", is_logarithmic=True
)
def nearly_black(pixels: Pixels) -> float:
    """Share of pixels below 5 levels."""
    return _share(pixels, 0, 5)


@measurement("black point", unit="levels", group="tone and colour", source=f"{HISTOGRAM}: 1st percentile")
def black_point(pixels: Pixels) -> float:
    """The level that one pixel in a hundred is darker than."""
    return _percentile(pixels, 0.01)


@measurement("white point", unit="levels", group="tone and colour", source=f"{HISTOGRAM}: 99th percentile")
def white_point(pixels: Pixels) -> float:
    """The level that one pixel in a hundred is brighter than."""
    return _percentile(pixels, 0.99)


@measurement("mean luma", unit="levels", group="tone and colour", source=HISTOGRAM)
def mean_luma(pixels: Pixels) -> float:
    """Mean of luma."""
    return float(np.dot(cv2.mean(pixels.bytes)[:3], LUMA))


@measurement("median luma", unit="levels", group="tone and colour", source=HISTOGRAM)
def median_luma(pixels: Pixels) -> float:
    """Median of luma."""
    return _percentile(pixels, 0.5)


@measurement(
    "contrast",
    unit="levels",
    group="tone and colour",
    source="RMS contrast (Peli, JOSA A 1990): standard deviation of luma",
)
def contrast(pixels: Pixels) -> float:
    """Standard deviation of luma."""
    return float(pixels.luma.std())


@measurement(
    "local contrast",
    unit="levels",
    group="tone and colour",
    source="median standard deviation of luma in blocks of 16 px",
    is_logarithmic=True,
)
def local_contrast(pixels: Pixels) -> float:
    """What contrast there is within 16 px, in the half of the photo with more of it."""
    fine, middle, coarse = pixels.bands
    return float(np.sqrt(np.percentile(fine + middle + coarse, 75)))


@measurement(
    "missing levels",
    unit="%",
    group="tone and colour",
    source="empty levels between the 1st and 99th percentile of each channel",
)
def missing_levels(pixels: Pixels) -> float:
    """Share of levels that do not occur between the darkest and the brightest hundredth, mean of the channels."""
    shares = []
    for counts in pixels.histograms[:3]:
        low, high = np.searchsorted(np.cumsum(counts) / counts.sum(), [0.01, 0.99])
        shares.append(np.mean(counts[low : high + 1] == 0) if high > low else 0.0)
    return float(100 * np.mean(shares))


@measurement(
    "comb of the histogram",
    unit="%",
    group="tone and colour",
    source="histogram less its smoothed self: traces of a bent tone curve",
    is_logarithmic=True,
)
def histogram_comb(pixels: Pixels) -> float:
    """Mean distance of the channels' histograms from themselves smoothed over 7 levels, over their mean."""
    return _unevenness(pixels, fine=0.0, coarse=3.0)


@measurement(
    "peaks of the histogram",
    unit="%",
    group="tone and colour",
    source="histogram smoothed over 3 levels less over 12",
    is_logarithmic=True,
)
def histogram_peaks(pixels: Pixels) -> float:
    """The same for coarser peaks: few levels, blurred by saving again."""
    return _unevenness(pixels, fine=1.2, coarse=8.0)


@measurement(
    "distinct colours",
    unit="% of the pixels",
    group="tone and colour",
    source="count of 24-bit colours",
    is_logarithmic=True,
)
def distinct_colours(pixels: Pixels) -> float:
    """How many different colours there are, for each hundred pixels, of 100,000 of them."""
    step = max(1, pixels.bytes.size // 300_000)
    red, green, blue = pixels.bytes.reshape(-1, 3)[::step].T.astype(np.uint32)
    packed = np.sort(red + 256 * green + 65536 * blue)
    return 100 * (1 + int(np.count_nonzero(np.diff(packed)))) / len(packed)


@measurement(
    "haze: median of the dark channel",
    unit="levels",
    group="tone and colour",
    source="dark channel prior (He, Sun, Tang, CVPR 2009), 15 px",
)
def dark_channel(pixels: Pixels) -> float:
    """Median over the photo of the darkest sample within 15 px."""
    return float(np.median(_dark_channel(pixels)))


@measurement(
    "haze: least of the dark channel",
    unit="levels",
    group="tone and colour",
    source="as dark_channel, its 5th percentile",
)
def dark_channel_least(pixels: Pixels) -> float:
    """The 5th percentile over the photo of the darkest sample within 15 px: a veil lifts even that."""
    return float(np.percentile(_dark_channel(pixels), 5))


@measurement(
    "falloff towards the corners",
    unit="stops",
    group="tone and colour",
    source="cos^4 law fitted to the light of blocks, robustly (Goldman, IEEE TPAMI 2010)",
)
def falloff(pixels: Pixels) -> float:
    """How much darker corners are than the middle, by a robust fit of a radial fall to the logarithm of light."""
    light = np.log2(pixels.linear.mean(0) + 1e-3)
    rows, columns = light.shape
    if min(rows, columns) < 4:
        raise NotMeasurableError(f"it is smaller than {4 * BLOCK} px")
    y, x = np.mgrid[0:rows, 0:columns]
    y, x = (2 * (y + 0.5) / rows - 1), (2 * (x + 0.5) / columns - 1)
    radius = (y**2 * rows**2 + x**2 * columns**2) / (rows**2 + columns**2)
    columns_of = np.stack([np.ones(light.size), radius.ravel(), x.ravel(), y.ravel()], axis=1)
    values, weight, fitted = light.ravel(), np.ones(light.size), np.zeros(4)
    for _ in range(5):  # least absolute deviations by reweighting
        root = np.sqrt(weight)[:, None]
        fitted = np.linalg.lstsq(columns_of * root, values * root[:, 0], rcond=None)[0]
        weight = 1 / np.maximum(np.abs(values - columns_of @ fitted), 0.1)
    return float(-fitted[1])


@measurement(
    "corners against the middle, at their brightest",
    unit="stops",
    group="tone and colour",
    source="90th percentile of light by distance from the centre",
)
def falloff_brightest(pixels: Pixels) -> float:
    """How much darker the brightest of the corners is than the brightest of the middle."""
    light = pixels.linear.mean(0)
    rows, columns = light.shape
    y, x = np.mgrid[0:rows, 0:columns]
    radius = np.sqrt(((y + 0.5 - rows / 2) ** 2 + (x + 0.5 - columns / 2) ** 2) / (rows**2 + columns**2)) * 2
    inner, outer = light[radius < 0.45], light[radius > 0.8]
    if min(len(inner), len(outer)) < 8:
        raise NotMeasurableError("it is too small")
    return float(np.log2((np.percentile(inner, 90) + 1e-3) / (np.percentile(outer, 90) + 1e-3)))


def _percent(where: np.ndarray) -> float:
    return 100 * int(np.count_nonzero(where)) / where.size


def _share(pixels: Pixels, low: int, high: int) -> float:
    counts = pixels.histograms[3]
    return float(100 * counts[low:high].sum() / counts.sum())


def _percentile(pixels: Pixels, share: float) -> float:
    counts = pixels.histograms[3]
    return float(np.searchsorted(np.cumsum(counts) / counts.sum(), share))


def _unevenness(pixels: Pixels, *, fine: float, coarse: float) -> float:
    distances = []
    for counts in pixels.histograms[:3].astype(np.float32):
        inside = counts[2:254]  # the ends hold what was clipped
        sharp = cv2.GaussianBlur(inside[None], (0, 0), fine)[0] if fine else inside
        smooth = cv2.GaussianBlur(inside[None], (0, 0), coarse)[0]
        distances.append(np.abs(sharp - smooth).sum() / max(1.0, inside.sum()))
    return float(100 * np.mean(distances))


def _dark_channel(pixels: Pixels) -> np.ndarray:
    key = "dark_channel"
    if key not in pixels.__dict__:
        darkest = pixels.smallest
        pixels.__dict__[key] = cv2.erode(darkest, np.ones((15, 15), np.uint8))[7::8, 7::8]
    return pixels.__dict__[key]
