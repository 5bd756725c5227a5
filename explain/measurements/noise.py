"""Noise: what varies in areas where the scene does not."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from .pixels import FEWEST_BLOCKS, NotMeasurableError, Pixels, block_means
from .registry import measurement

IMPULSE = 45  # levels from the median of the neighbourhood, in one channel
_LAPLACIAN = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32) / 6


@measurement(
    "noise in flat areas, luma",
    unit="levels",
    group="noise",
    source="Immerkaer, CVIU 1996, in the flattest tenth of the photo",
    is_logarithmic=True,
)
def noise_luma(pixels: Pixels) -> float:
    """Standard deviation of luma where the photo is flat."""
    return float(np.sqrt(np.median(pixels.residual_variance[pixels.flat])))


@measurement(
    "noise in flat areas, chroma",
    unit="levels",
    group="noise",
    source="Immerkaer, CVIU 1996, on Cb and Cr",
    is_logarithmic=True,
)
def noise_chroma(pixels: Pixels) -> float:
    """Root mean square over Cb and Cr of their standard deviation where luma is flat."""
    flat = pixels.flat
    residuals = [pixels.by_strip(lambda strip: cv2.filter2D(strip, -1, _LAPLACIAN), plane) for plane in pixels.chroma]
    variances = [np.median(block_means(residual**2)[flat]) for residual in residuals]
    return float(np.sqrt(np.mean(variances)))


@measurement(
    "noise in dark areas",
    unit="levels",
    group="noise",
    source="as noise_luma, in blocks of luma below 85",
    is_logarithmic=True,
)
def noise_dark(pixels: Pixels) -> float:
    """Standard deviation of luma in the flattest of the dark blocks."""
    return _noise_between(pixels, 12, 85)


@measurement(
    "noise in middle tones",
    unit="levels",
    group="noise",
    source="as noise_luma, in blocks of luma from 85 to 170",
    is_logarithmic=True,
)
def noise_middle(pixels: Pixels) -> float:
    """Standard deviation of luma in the flattest of the blocks of middle brightness."""
    return _noise_between(pixels, 85, 170)


@measurement(
    "noise in bright areas",
    unit="levels",
    group="noise",
    source="as noise_luma, in blocks of luma above 170",
    is_logarithmic=True,
)
def noise_bright(pixels: Pixels) -> float:
    """Standard deviation of luma in the flattest of the bright blocks."""
    return _noise_between(pixels, 170, 243)


@measurement(
    "noise of bright areas over that of dark ones",
    group="noise",
    source="photon transfer (Janesick 2007): shot noise grows with light, read noise does not",
    is_logarithmic=True,
)
def noise_growth(pixels: Pixels) -> float:
    """Ratio of the noise where it is brightest to that where it is darkest, of the flattest blocks in each."""
    flat = _flattest(pixels, pixels.block_mean > 12)
    brightness, variance = pixels.block_mean[flat], pixels.residual_variance[flat]
    low, high = np.percentile(brightness, [30, 70])
    if high - low < 25:
        raise NotMeasurableError("its flat areas are of one brightness")
    return float(
        np.sqrt((np.median(variance[brightness >= high]) + 0.01) / (np.median(variance[brightness <= low]) + 0.01))
    )


@measurement(
    "blotches: noise of some 5 to 10 px",
    unit="levels",
    group="noise",
    source="difference of Gaussians (sigma 1 and 2 px) in the flattest tenth of the photo",
    is_logarithmic=True,
)
def noise_coarse(pixels: Pixels) -> float:
    """Standard deviation in flat areas of what is coarser than single pixels."""
    return float(np.sqrt(np.median(pixels.bands[1][pixels.flat])))


@measurement(
    "grain: coarse noise over fine noise",
    group="noise",
    source="ratio of two octaves of the noise power spectrum (ISO 15739 annex)",
    is_logarithmic=True,
)
def noise_grain(pixels: Pixels) -> float:
    """How much of the noise in flat areas spans several pixels, 0.22 for white noise."""
    fine, coarse, _ = pixels.bands
    return float(np.sqrt((np.median(coarse[pixels.flat]) + 0.01) / (np.median(fine[pixels.flat]) + 0.01)))


@measurement(
    "lone pixels",
    unit="% of samples",
    group="noise",
    source="distance from the median of 3 × 3 px (ranked-order statistics; Garnett et al., IEEE TIP 2005)",
    is_logarithmic=True,
)
def impulses(pixels: Pixels) -> float:
    """Samples far from all of their neighbours."""
    found = 0
    for plane in cv2.split(pixels.bytes):
        median = cv2.medianBlur(plane, 3)
        far = cv2.absdiff(plane, median) > IMPULSE
        spread = cv2.morphologyEx(median, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))  # without lone pixels
        found += int(np.count_nonzero(far & (spread < IMPULSE)))
    return 100 * found / pixels.bytes.size


@measurement(
    "row noise",
    unit="levels",
    group="noise",
    source="median over each row of its difference from the mean of its neighbours (EMVA 1288: row noise)",
    is_logarithmic=True,
)
def row_noise(pixels: Pixels) -> float:
    """Standard deviation of offsets that whole rows have."""
    return _line_noise(np.split(pixels.luma, len(pixels.strips)))


@measurement(
    "column noise",
    unit="levels",
    group="noise",
    source="as row_noise, of columns",
    is_logarithmic=True,
)
def column_noise(pixels: Pixels) -> float:
    """Standard deviation of offsets that whole columns have."""
    return _line_noise([np.ascontiguousarray(pixels.luma.T)])


@measurement(
    "line noise",
    unit="levels",
    group="noise",
    source="the larger of row_noise and column_noise",
    is_logarithmic=True,
)
def line_noise(pixels: Pixels) -> float:
    """Standard deviation of the offsets that whole rows, or whole columns, have."""
    return max(row_noise(pixels), column_noise(pixels))


def _line_noise(strips: Sequence[np.ndarray]) -> float:
    """Standard deviation of the offsets of the rows of `strips` (h, W).

    Offsets of variance v make the difference from the mean of two neighbours one of 1.5 v. The median over a row is robust to
    what the scene holds; its own scatter is taken off.
    """
    step = max(1, strips[0].shape[1] // 400)
    planes = [np.ascontiguousarray(strip[:, ::step]) for strip in strips]
    difference = np.concatenate([plane[1:-1] - (plane[:-2] + plane[2:]) / 2 for plane in planes])
    offsets = np.median(difference, axis=1)
    spread = 1.4826 * np.median(np.abs(difference[::4] - offsets[::4, None]), axis=1)
    scatter = np.pi / 2 * np.mean(spread**2) / difference.shape[1]
    robust = (1.4826 * np.median(np.abs(offsets))) ** 2
    return float(np.sqrt(max(0.0, robust - scatter) / 1.5))


def _noise_between(pixels: Pixels, low: float, high: float) -> float:
    flat = _flattest(pixels, (pixels.block_mean >= low) & (pixels.block_mean < high))
    return float(np.sqrt(np.median(pixels.residual_variance[flat])))


def _flattest(pixels: Pixels, usable: np.ndarray) -> np.ndarray:
    """The flattest fifth of the blocks that are `usable`, by their coarse detail."""
    count = int(usable.sum())
    if count < 2 * FEWEST_BLOCKS:
        raise NotMeasurableError("it has too few areas of this brightness")
    structure = pixels.bands[2]
    return usable & (structure <= np.partition(structure[usable], count // 5)[count // 5])
