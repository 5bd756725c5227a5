"""Measurements without a network, which must confirm what a model gains by a remedy: each is a number, larger for worse."""

from __future__ import annotations

import cv2
import numpy as np
from skimage.measure import blur_effect
from torch import Tensor

from ...synth_distort.photo import to_uint8

_LAPLACIANS = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
LEAST_CHANGE = 0.03  # of a measurement, relative, that counts as one


def measure(name: str, image: Tensor) -> float:
    """One of MEASURES of `image` (3, H, W): 0 or more, larger for worse.

    Raises:
        ValueError: there is no such measurement.
    """
    if name not in MEASURES:
        raise ValueError(f"measurement is {name!r}; it must be one of {', '.join(MEASURES)}")
    return float(MEASURES[name][1](to_uint8(image)))


def improved(before: float, after: float) -> bool:
    """Whether a measurement fell by more than it varies."""
    return after < before * (1 - LEAST_CHANGE)


def _noise(pixels: np.ndarray) -> float:
    """Deviation of the noise in levels, by the difference of two Laplacians, mean over colours (Immerkær, CVIU 1996)."""
    responses = cv2.filter2D(pixels.astype(np.float32), -1, _LAPLACIANS)[1:-1, 1:-1]
    return float((np.pi / 2) ** 0.5 / 6 * np.abs(responses).mean()) + 1e-3


def _blur(pixels: np.ndarray) -> float:
    """How little a photo changes by being blurred once more (Crete et al., SPIE HVEI 2007)."""
    return float(np.mean(blur_effect(_luma(pixels))))


def _blocks(pixels: np.ndarray) -> float:
    """Steps on the grid of 8 px over steps beside it (Wang, Bovik and Evans, ICIP 2000), at the grid's own phase."""
    luma, ratios = _luma(pixels), []
    for axis in (0, 1):
        steps = np.abs(np.diff(luma, axis=axis)).mean(1 - axis)
        folded = steps[: len(steps) // 8 * 8].reshape(-1, 8).mean(0)
        ratios.append(folded.max() / (np.median(folded) + 0.1))
    return float(np.mean(ratios)) - 1 + 0.02


def _exposure(pixels: np.ndarray) -> float:
    """Distance of the middle of luma from a middle grey, and share that is clipped."""
    luma = _luma(pixels)
    clipped = ((luma < 2) | (luma > 253)).mean()
    return float(abs(np.median(luma) - 118) / 118 + 2 * clipped)


def _flatness(pixels: np.ndarray) -> float:
    """One less the range of luma that nine tenths of the pixels use, and share that is clipped."""
    low, high = np.percentile(_luma(pixels), (5, 95))
    return float(1 - (high - low) / 255 + 2 * ((pixels <= 1) | (pixels >= 254)).all(2).mean())


def _cast(pixels: np.ndarray) -> float:
    """Stops by which the mean light of red and blue is from that of green."""
    red, green, blue = ((pixels / 255.0) ** 2.2).mean((0, 1)) + 1e-4
    return float(np.hypot(np.log2(red / green), np.log2(blue / green))) + 0.02


def _luma(pixels: np.ndarray) -> np.ndarray:
    return cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(np.float64)


MEASURES = {
    "noise": ("noise", _noise),
    "steepness": ("blur of edges", _blur),
    "blocks": ("steps on the grid of 8 px", _blocks),
    "exposure": ("distance from a middle exposure", _exposure),
    "contrast": ("unused range of tones", _flatness),
    "cast": ("colour cast", _cast),
}
