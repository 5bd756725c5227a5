"""Colour: casts, strength, and channels that do not lie on one another."""

from __future__ import annotations

import cv2
import numpy as np

from .pixels import NotMeasurableError, Pixels
from .registry import measurement

LARGEST_SHIFT = 12.0  # px


@measurement(
    "cast of the whole photo",
    unit="stops",
    group="tone and colour",
    source="grey world (Buchsbaum, J. Franklin Inst. 1980)",
)
def cast_grey_world(pixels: Pixels) -> float:
    """How far the mean light of red and blue is from that of green, together."""
    return float(np.hypot(*grey_world_cast(pixels)))


@measurement(
    "cast of nearly neutral areas",
    unit="stops",
    group="tone and colour",
    source="grey world over the least coloured quarter (Weng et al., ISCAS 2005)",
)
def cast_neutral(pixels: Pixels) -> float:
    """The same where colour is weakest and luma is neither dark nor clipped."""
    light = pixels.linear.reshape(3, -1)
    usable = (light.mean(0) > 0.03) & (light.max(0) < 0.95)
    if usable.sum() < 40:
        raise NotMeasurableError("nearly all of it is black or white")
    stops = np.log2(light[:, usable] + 1e-3)
    red, blue = stops[0] - stops[1], stops[2] - stops[1]
    size = np.hypot(red, blue)
    chosen = size <= np.percentile(size, 25)
    return float(np.hypot(np.median(red[chosen]), np.median(blue[chosen])))


@measurement(
    "cast of the brightest areas",
    unit="stops",
    group="tone and colour",
    source="white patch (Land and McCann, JOSA 1971): brightest twentieth",
)
def cast_brightest(pixels: Pixels) -> float:
    """The same of the brightest areas that are not clipped."""
    light = pixels.linear.reshape(3, -1)
    usable = light.max(0) < 0.97
    if usable.sum() < 40:
        raise NotMeasurableError("nearly all of it is white")
    light = light[:, usable]
    luminance = np.array([0.2126, 0.7152, 0.0722]) @ light
    red, green, blue = np.median(light[:, luminance >= np.percentile(luminance, 95)], axis=1) + 1e-3
    return float(np.hypot(np.log2(red / green), np.log2(blue / green)))


@measurement(
    "colours that are all tinted alike",
    group="tone and colour",
    source="mean chroma over its spread (Gasparini and Schettini, Pattern Recognition 2004)",
)
def cast_concentration(pixels: Pixels) -> float:
    """Distance of the mean colour from grey in CIELAB, over the spread of colours about it: above 1 all lie on one side."""
    lab = _lab(pixels)
    a, b = lab[..., 1], lab[..., 2]
    return float(np.hypot(a.mean(), b.mean()) / (np.sqrt(a.var() + b.var()) + 1.0))


@measurement(
    "colourfulness", group="tone and colour", source="Hasler and Süsstrunk, SPIE HVEI 2003", is_logarithmic=True
)
def colourfulness(pixels: Pixels) -> float:
    """Spread and mean of red-green and yellow-blue; 15 slightly, 45 averagely, 82 highly colourful."""
    red, green, blue = (plane[::2, ::2] for plane in pixels.rgb)
    red_green, yellow_blue = red - green, (red + green) / 2 - blue
    spread = np.hypot(red_green.std(), yellow_blue.std())
    return float(spread + 0.3 * np.hypot(red_green.mean(), yellow_blue.mean()))


@measurement("saturation", unit="%", group="tone and colour", source="mean of HSV saturation (Smith 1978)")
def saturation(pixels: Pixels) -> float:
    """Mean saturation of HSV, of pixels that are not nearly black."""
    largest, smallest = (plane[::2, ::2].astype(np.float32) for plane in (pixels.largest, pixels.smallest))
    lit = largest > 20
    return float(100 * np.mean((largest - smallest)[lit] / largest[lit])) if lit.any() else 0.0


@measurement(
    "strongest colours",
    group="tone and colour",
    source="95th percentile of chroma in CIELAB (CIE 15:2004)",
    is_logarithmic=True,
)
def strongest_chroma(pixels: Pixels) -> float:
    """The chroma that one block of 16 px in twenty exceeds."""
    lab = _lab(pixels)
    return float(np.percentile(np.hypot(lab[..., 1], lab[..., 2]), 95) + 0.1)


@measurement(
    "colours at the end of the range",
    unit="% of the area",
    group="tone and colour",
    source="one channel at an end while another is not: clipped colour",
    is_logarithmic=True,
)
def clipped_colours(pixels: Pixels) -> float:
    """Share of pixels with a channel within 2 levels of an end, and others 80 levels or more away from it."""
    spread = cv2.subtract(pixels.largest, pixels.smallest) > 80
    return float(100 * np.mean(spread & ((pixels.largest >= 253) | (pixels.smallest <= 2))))


@measurement(
    "shift of green against red and blue",
    unit="px",
    group="tone and colour",
    source="Lucas and Kanade, IJCAI 1981, over the whole photo",
    is_logarithmic=True,
)
def green_shift(pixels: Pixels) -> float:
    """Distance by which green's edges lie beside those of red and blue."""
    red, green, blue = _contours(pixels)
    shifts = np.array([_shift(pixels, green, red), _shift(pixels, green, blue)])
    return float(np.hypot(*shifts.mean(0)) + 0.01)


@measurement(
    "lateral chromatic shift, red against blue in a corner",
    unit="px",
    group="tone and colour",
    source="radial Lucas-Kanade (Johnson and Farid, MM&Sec 2006)",
    is_logarithmic=True,
)
def chromatic_shift(pixels: Pixels) -> float:
    """By how much red is larger or smaller than blue, in a corner."""
    red, green, blue = _contours(pixels)
    return float(abs(_growth(pixels, red, green) - _growth(pixels, blue, green)) + 0.05)


@measurement(
    "agreement of red, green and blue in detail",
    group="tone and colour",
    source="correlation of the channels' finest octaves (Gunturk et al., IEEE TIP 2002)",
)
def channel_agreement(pixels: Pixels) -> float:
    """Correlation of fine detail between green and the mean of red and blue; near 1 in most photos."""
    red, green, blue = (_detail(plane) for plane in pixels.middle)
    other = (red + blue) / 2
    return float((green * other).mean() / np.sqrt((green**2).mean() * (other**2).mean() + 1e-6))


def grey_world_cast(pixels: Pixels) -> tuple[float, float]:
    """Stops by which the photo's mean red, and blue, exceed its mean green, in linear light."""
    red, green, blue = pixels.linear.mean((1, 2)) + 1e-4
    return float(np.log2(red / green)), float(np.log2(blue / green))


def _lab(pixels: Pixels) -> np.ndarray:
    """CIELAB of blocks, (rows, columns, 3)."""
    if "lab" not in pixels.__dict__:
        light = np.ascontiguousarray(pixels.linear.transpose(1, 2, 0))
        encoded = np.where(light <= 0.0031308, 12.92 * light, 1.055 * np.maximum(light, 1e-8) ** (1 / 2.4) - 0.055)
        pixels.__dict__["lab"] = cv2.cvtColor(encoded.astype(np.float32).clip(0, 1), cv2.COLOR_RGB2Lab)
    return pixels.__dict__["lab"]


def _contours(pixels: Pixels) -> list[np.ndarray]:
    """Each channel blurred by 1.5 px and freed of slow changes; all of the same strength."""
    if "contours" not in pixels.__dict__:
        planes = []
        for plane in pixels.rgb:
            contour = pixels.by_strip(_freed_of_slow_changes, plane)
            planes.append(contour / (np.sqrt((contour**2).mean()) + 0.1))
        pixels.__dict__["contours"] = planes
    return pixels.__dict__["contours"]


def _freed_of_slow_changes(plane: np.ndarray) -> np.ndarray:
    return cv2.GaussianBlur(plane, (0, 0), 1.5) - cv2.GaussianBlur(plane, (0, 0), 6)


def _detail(plane: np.ndarray) -> np.ndarray:
    return plane - cv2.GaussianBlur(plane, (0, 0), 1)


def _shift(pixels: Pixels, moving: np.ndarray, still: np.ndarray) -> np.ndarray:
    """(x, y) px by which `moving` lies beside `still`, by least squares on slopes."""
    x, y = _slopes(pixels, moving, still)
    difference = still - moving
    system = np.array([[(x * x).sum(), (x * y).sum()], [(x * y).sum(), (y * y).sum()]])
    right = np.array([(x * difference).sum(), (y * difference).sum()])
    return np.clip(
        np.linalg.solve(system + 1e-6 * np.trace(system) * np.eye(2) + 1e-9 * np.eye(2), right),
        -LARGEST_SHIFT,
        LARGEST_SHIFT,
    )


def _growth(pixels: Pixels, moving: np.ndarray, still: np.ndarray) -> float:
    """Px by which `moving` is larger than `still` in a corner, by least squares on slopes along the radius."""
    x, y = _slopes(pixels, moving, still)
    height, width = pixels.shape
    across = (np.arange(width, dtype=np.float32) - (width - 1) / 2)[None]
    down = (pixels.rows.astype(np.float32) - (height - 1) / 2)[:, None]
    outwards = (x * across + y * down) / np.float32(np.hypot(height, width) / 2)
    return float((outwards * (still - moving)).sum() / ((outwards**2).sum() + 1e-9))


def _slopes(pixels: Pixels, one: np.ndarray, other: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    mean = (one + other) / 2
    across = pixels.by_strip(lambda strip: cv2.Sobel(strip, -1, 1, 0, ksize=1, scale=0.5), mean)
    down = pixels.by_strip(lambda strip: cv2.Sobel(strip, -1, 0, 1, ksize=1, scale=0.5), mean)
    return across, down
