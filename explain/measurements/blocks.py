"""Blocks, steps and repeats: what codecs, lost data, enlarged pixels and coarse levels leave."""

from __future__ import annotations

import cv2
import numpy as np
import scipy.fft

from .pixels import Pixels, luma_of
from .registry import measurement

JPEG_BLOCK = 8  # px
TALLEST = 40  # px; the shorter side of the largest rectangle that is counted: a larger one is a wall or the sky
SQUARES = 8.0  # per megapixel; as few are no matter
STEP = 5.0  # levels; how far a straight step must stand out of what lies beside it


@measurement(
    "steps on the grid of 8 px",
    unit="%",
    group="compression",
    source="blocking at the grid's own phase (Wang, Bovik, Evans, ICIP 2000)",
)
def blockiness(pixels: Pixels) -> float:
    """By how much differences of neighbours across the grid exceed the others, at the phase where they do most."""
    excess = []
    for profile in _difference_profiles(pixels):
        folded = _folded(profile, JPEG_BLOCK)
        excess.append(100 * (folded.max() / np.median(folded) - 1))
    return float(np.mean(excess))


@measurement(
    "coefficients that a codec set to zero",
    unit="% points",
    group="compression",
    source="zeros of the 8 × 8 DCT on the grid less those off it (after Fan and de Queiroz, IEEE TIP 2003)",
)
def dct_zeros(pixels: Pixels) -> float:
    """Share of nearly-zero DCT coefficients on the photo's own 8 px grid, less the share off the grid."""
    across, down = (int(_folded(profile, JPEG_BLOCK).argmax()) for profile in _difference_profiles(pixels))
    on = _zero_share(pixels, (down + 1) % 8, (across + 1) % 8)
    off = _zero_share(pixels, (down + 5) % 8, (across + 5) % 8)
    return 100 * (on - off)


@measurement(
    "unevenness from column to column or row to row",
    unit="%",
    group="compression",
    source="variation of the mean absolute difference of neighbours (resampling traces; Gallagher, CRV 2005)",
    is_logarithmic=True,
)
def grid_modulation(pixels: Pixels) -> float:
    """How unevenly detail is spread over columns and rows: enlarged pixels have all of theirs at every n-th."""
    variations = []
    for profile in _difference_profiles(pixels):
        smooth = cv2.GaussianBlur(profile[None], (0, 0), 4)[0]
        variations.append((profile / np.maximum(smooth, 1e-3)).std())
    return float(100 * max(variations))


@measurement(
    "neighbours that are equal",
    unit="%",
    group="compression",
    source="share of neighbours within half a level, where luma changes over 4 px",
)
def equal_neighbours(pixels: Pixels) -> float:
    """Share of equal neighbours among pixels whose surroundings are not flat: repeated pixels, coarse levels."""
    luma = pixels.luma[:: 2 + pixels.luma.size // 1_000_000]
    near, far = np.abs(np.diff(luma, axis=1)), np.abs(luma[:, 4:] - luma[:, :-4])
    changing = far > 4
    return float(100 * np.mean(near[:, :-3][changing] < 0.5)) if changing.any() else 0.0


@measurement(
    "gradients in steps",
    group="tone and colour",
    source="banding as sparse gradients in smooth areas (after Wang et al., ICASSP 2016)",
    is_logarithmic=True,
)
def stepped_gradients(pixels: Pixels) -> float:
    """Mean square over squared mean of the differences in gently sloping areas: 1.6 for noise, more for steps."""
    green = pixels.rgb[1]
    smooth, squares = (
        pixels.by_strip(lambda strip: cv2.boxFilter(strip, -1, (9, 9)), plane) for plane in (green, green * green)
    )
    slope, spread = np.abs(smooth[:, 8:] - smooth[:, :-8]) / 8, squares - smooth * smooth
    gentle = (slope > 0.1) & (slope < 3) & (spread[:, 4:-4] < 150)
    difference = np.abs(green[:, 5:-3] - green[:, 4:-4])[:, : gentle.shape[1]]
    values = difference[gentle]
    if len(values) < 500:
        return 1.6
    return float((values**2).mean() / (values.mean() + 0.05) ** 2)


@measurement(
    "rectangles of one colour",
    unit="% of the area",
    group="compression",
    source="lost macroblocks: connected areas of one colour that fill an upright rectangle",
    is_logarithmic=True,
)
def uniform_rectangles(pixels: Pixels) -> float:
    """Area of upright rectangles, 11 to 44 px wide or high, that are of one colour and unlike what lies around them."""
    image, kernel = pixels.bytes, np.ones((5, 5), np.uint8)
    spread = cv2.subtract(cv2.dilate(image, kernel), cv2.erode(image, kernel))
    flat = cv2.inRange(spread, (0, 0, 0), (9, 9, 9))
    count, _, boxes, _ = cv2.connectedComponentsWithStats(flat, connectivity=4)
    area = 0
    for left, top, width, height, inside in boxes[1:][np.argsort(-boxes[1:, 4])[:200]] if count > 1 else ():
        if not 7 <= min(width, height) <= TALLEST or inside < 0.7 * width * height:
            continue
        area += (width + 4) * (height + 4) * _stands_out(image, left - 2, top - 2, width + 4, height + 4)
    return float(300 * area / image.size)


@measurement(
    "squares out of place",
    group="compression",
    source="four straight steps around squares of 16 px, against squares of 13 and 19 px: displaced macroblocks",
    is_logarithmic=True,
)
def displaced_squares(pixels: Pixels) -> float:
    """How many more squares of 16 px than of other sizes there are at whose sides luma steps; 1 where there are as many."""
    luma = luma_of(pixels.middle)
    by_chance = (_squares(luma, 13) + _squares(luma, 19)) / 2
    return (_squares(luma, 16) + SQUARES) / (by_chance + SQUARES)


@measurement(
    "odd rows against even rows",
    unit="dB",
    group="compression",
    source="comb detection: differences of adjacent rows over those of rows two apart (as in inverse telecine)",
)
def row_parity(pixels: Pixels) -> float:
    """Differences of rows one apart over those of rows two apart, less the same of columns: fields out of step."""
    near = pixels.by_strip(lambda strip: np.abs(strip[1:-1] - strip[:-2]), pixels.luma)
    far = pixels.by_strip(lambda strip: np.abs(strip[2:] - strip[:-2]), pixels.luma)
    columns = pixels.luma.T
    return _comb(near, far) - _comb(np.abs(columns[1:-1] - columns[:-2]), np.abs(columns[2:] - columns[:-2]))


def _comb(near: np.ndarray, far: np.ndarray) -> float:
    """Differences of neighbours over those of pixels two apart, dB, where there are any."""
    changing = np.maximum(near, far) > 6
    return float(20 * np.log10((near[changing].mean() + 0.5) / (far[changing].mean() + 0.5))) if changing.any() else 0.0


def _difference_profiles(pixels: Pixels) -> tuple[np.ndarray, np.ndarray]:
    """Mean absolute difference of each column, and of each row, from the one after it; large differences count as 20 levels."""
    key = "difference_profiles"
    if key not in pixels.__dict__:
        columns, rows = (lambda strip, axis=axis: np.minimum(np.abs(np.diff(strip, axis=axis)), 20) for axis in (1, 0))
        last = (0, int(len(pixels.strips) > 1))  # so that a period goes on from strip to strip
        pixels.__dict__[key] = (
            columns(pixels.luma).mean(0),
            pixels.by_strip(lambda strip: np.pad(rows(strip).mean(1), last, mode="edge"), pixels.luma),
        )
    return pixels.__dict__[key]


def _folded(profile: np.ndarray, period: int) -> np.ndarray:
    """Mean of `profile` at each phase of `period`, its slow changes taken off."""
    smooth = cv2.GaussianBlur(profile[None], (0, 0), 12)[0]
    flat = profile / np.maximum(smooth, 1e-3)
    whole = len(flat) // period * period
    return np.median(flat[:whole].reshape(-1, period), axis=0) + 1e-3


def _zero_share(pixels: Pixels, top: int, left: int) -> float:
    def blocks_of(luma: np.ndarray) -> np.ndarray:
        rows, columns = ((length - start) // 8 for length, start in zip(luma.shape, (top, left), strict=True))
        cut = luma[top : top + 8 * rows, left : left + 8 * columns].reshape(rows, 8, columns, 8)
        return cut.transpose(0, 2, 1, 3).reshape(-1, 8, 8)

    blocks = pixels.by_strip(blocks_of, pixels.luma)
    blocks = blocks[:: max(1, len(blocks) // 12000)]
    blocks = blocks[blocks.std((1, 2)) > 1]
    if not len(blocks):
        return 0.0
    coefficients = np.asarray(scipy.fft.dctn(blocks, axes=(1, 2), norm="ortho"))
    return float((np.abs(coefficients) < 0.6).mean())


def _stands_out(image: np.ndarray, left: int, top: int, width: int, height: int) -> bool:
    """Whether colour steps across at least three sides of a rectangle; sides at the photo's border do not count."""
    rows, columns = slice(max(0, top + 2), top + height - 2), slice(max(0, left + 2), left + width - 2)
    bottom, right = top + height, left + width
    pairs = [
        (image[top - 3 : top - 1, columns], image[top + 2 : top + 4, columns]) if top > 3 else None,
        (image[bottom + 1 : bottom + 3, columns], image[bottom - 4 : bottom - 2, columns])
        if bottom + 3 < image.shape[0]
        else None,
        (image[rows, left - 3 : left - 1], image[rows, left + 2 : left + 4]) if left > 3 else None,
        (image[rows, right + 1 : right + 3], image[rows, right - 4 : right - 2])
        if right + 3 < image.shape[1]
        else None,
    ]
    steps = [np.median(cv2.absdiff(*pair).max(2)) for pair in pairs if pair is not None]
    return len(steps) >= 2 and sum(step > 8 for step in steps) >= min(3, len(steps))


def _squares(luma: np.ndarray, side: int) -> float:
    """Squares of `side` px with a straight step along at least three quarters of each of their sides, per megapixel."""
    fractions = []
    for plane in (luma, np.ascontiguousarray(luma.T)):
        difference = np.abs(np.diff(plane, axis=1))
        beside = np.maximum(difference[:, :-2], difference[:, 2:])
        is_step = np.zeros(plane.shape, np.float32)
        is_step[:, 2:-1] = difference[:, 1:-1] > beside + STEP
        run = cv2.boxFilter(is_step, -1, (1, side), anchor=(0, 0), borderType=cv2.BORDER_CONSTANT)
        both = np.minimum(run[:, :-side], run[:, side:])  # the steps before a square's first and after its last column
        fractions.append(np.pad(both, ((0, 0), (0, side))))
    score = np.minimum(fractions[0], fractions[1].T)
    peaks = (score > 0.3) & (score == cv2.dilate(score, np.ones((9, 9), np.uint8)))
    strength = np.minimum(1, (score[peaks] - 0.3) / 0.3).sum()
    return float(1e6 * strength / luma.size)
