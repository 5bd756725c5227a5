"""Whether a picture is a photograph at all: a classifier before the model, which was made for photographs.

Screenshots, charts, documents, drawings and patterns have flat areas without any noise, few colours, hard edges along rows and
columns, and no octave of detail like the next. A support vector machine weighs these. `benchmarks/photograph_classifier.py`
fits it and reprints its error rates.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from torch import Tensor

from ..synth_distort.photo import to_uint8
from .measurements.pixels import block_means

SHIPPED = Path(__file__).with_name("photograph_classifier.json")
LONGEST_SIDE = 1400  # px; of the middle that is used
BLOCK = 8  # px
NEAR = 8  # levels within which brightness counts as the same


@dataclass(frozen=True)
class Photograph:
    """Whether a picture is a photograph.

    Attributes:
        is_photograph: whether it passes.
        margin: of the decision, negative for what is none.
        because: what speaks most against it, in words; empty for a photograph.
    """

    is_photograph: bool
    margin: float
    because: str


def photograph(image: Tensor) -> Photograph:
    """Whether `image` (3, H, W) in [0, 1] is a photograph."""
    classifier = _shipped()
    z = standardized(features(image)[None], classifier)
    margin = float(decision(z, classifier)[0]) - classifier["threshold"]
    if margin >= 0:
        return Photograph(True, margin, "")
    against = z[0] * np.sign(classifier["others"])  # how far it is from photos, on the side of what is none
    return Photograph(False, margin, " and ".join(FEATURES[index] for index in np.argsort(-against)[:2]))


def decision(z: np.ndarray, classifier: dict) -> np.ndarray:
    """The support vector machine's decision for standardized features (N, F): (N,), higher for photographs."""
    vectors = np.array(classifier["vectors"])
    distance = (z**2).sum(1)[:, None] + (vectors**2).sum(1) - 2 * z @ vectors.T
    return np.exp(-classifier["gamma"] * distance) @ np.array(classifier["coefficients"]) + classifier["shift"]


def standardized(values: np.ndarray, classifier: dict) -> np.ndarray:
    """Distances of `values` (N, F) from the mean of photographs in standard deviations, at most 6."""
    return ((values - classifier["mean"]) / classifier["deviation"]).clip(-6, 6)


# In words that end "it has …"; in the order of `features`.
FEATURES = (
    "large areas of exactly one colour",
    "blocks without any variation",
    "one colour over much of it",
    "eight colours over most of it",
    "few colours",
    "hard edges without softer ones",
    "much pure white",
    "no colour at all",
    "flat areas without noise",
    "an amount of fine texture that photos do not have",
    "edges along rows and columns alone",
    "a balance of fine and coarse detail that photos do not have",
    "areas that are either empty or busy",
    "too little variation between its parts",
    "one brightness over much of it",
    "a commonest brightness that photos do not have",
)


def features(image: Tensor) -> np.ndarray:
    """What is weighed, (16,)."""
    picture = _middle(image)
    height, width = (side // BLOCK * BLOCK for side in picture.shape[:2])
    picture = picture[:height, :width]
    luma = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32)
    right = np.abs(np.diff(luma, axis=1))
    blocks = (
        luma.reshape(height // BLOCK, BLOCK, width // BLOCK, BLOCK).transpose(0, 2, 1, 3).reshape(-1, BLOCK * BLOCK)
    )
    spread, means = blocks.std(1), blocks.mean(1)
    channels = cv2.split(picture)  # plane by plane: across three channels NumPy takes up to 40 times as long
    red, green, blue = (np.right_shift(plane, 3) for plane in channels)
    colours = (red.astype(np.uint16) << 10) + (green.astype(np.uint16) << 5) + blue
    counts = np.sort(np.bincount(colours.ravel(), minlength=32768))[::-1] / colours.size
    near = np.convolve(np.bincount(luma.ravel().astype(int), minlength=256) / luma.size, np.ones(2 * NEAR + 1), "same")
    laplacian = cv2.Laplacian(luma, -1)
    noise = np.sqrt(block_means(laplacian**2, BLOCK).ravel())
    largest, smallest = (choose(choose(*channels[:2]), channels[2]) for choose in (cv2.max, cv2.min))
    chroma = largest.astype(np.int16) - smallest
    x, y = cv2.Sobel(luma, -1, 1, 0, ksize=3), cv2.Sobel(luma, -1, 0, 1, ksize=3)
    x, y = x * x, y * y
    slope, along = x + y, cv2.min(x, y)  # squared
    strong = slope > 60**2
    straight = np.count_nonzero(strong & (along < 0.03**2 * slope)) / max(1, np.count_nonzero(strong))
    one, two = cv2.GaussianBlur(luma, (0, 0), 1), cv2.GaussianBlur(luma, (0, 0), 2)
    fine, coarse = ((luma - one) ** 2).mean(), ((one - two) ** 2).mean()
    return np.array(
        [
            float((right < 1.5).mean()),
            float((spread < 0.7).mean()),
            float(counts[0]),
            float(counts[:8].sum()),
            float(np.log10(1e-5 + (counts > 1e-5).sum() / 32768)),
            float(np.log10(((right > 40).sum() + 1) / ((right > 4).sum() + 10))),
            float((smallest > 250).mean()),
            float((chroma < 3).mean()),
            float(np.log10(np.percentile(noise, 10) + 0.1)),
            float(np.log10(np.percentile(noise, 60) + 0.1)),
            straight if np.count_nonzero(strong) > 50 else 0.0,
            float(np.log10((fine + 0.05) / (coarse + 0.05))),
            float(((spread < 1.2) | (spread > 40)).mean()),
            float(np.log10(means.std() + 0.3)),
            float(near.max()),
            float(near.argmax() / 255),
        ]
    )


def _middle(image: Tensor) -> np.ndarray:
    """The middle of `image` as (h, w, 3) uint8."""
    height, width = image.shape[1:]
    top, left = max(0, (height - LONGEST_SIDE) // 2), max(0, (width - LONGEST_SIDE) // 2)
    return to_uint8(image[:, top : top + LONGEST_SIDE, left : left + LONGEST_SIDE])


@cache
def _shipped() -> dict:
    return json.loads(SHIPPED.read_text())
