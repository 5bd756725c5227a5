"""Recipes of ImageNet-C (Hendrycks and Dietterich, ICLR 2019), written anew from the paper, at one strength each."""

from __future__ import annotations

import io

import cv2
import numpy as np
import scipy.ndimage
from PIL import Image

Pixels = np.ndarray  # (H, W, 3) uint8


def floats(pixels: Pixels) -> np.ndarray:
    """Bytes to [0, 1]."""
    return pixels.astype(np.float64) / 255


def levels(values: np.ndarray) -> Pixels:
    """[0, 1], clipped, to bytes."""
    return (np.clip(values, 0, 1) * 255).round().astype(np.uint8)


def linear(values: np.ndarray) -> np.ndarray:
    """sRGB to light."""
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def encoded(light: np.ndarray) -> np.ndarray:
    """Light to sRGB."""
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)


def avif(pixels: Pixels, generator: np.random.Generator) -> Pixels:
    """Pillow's AVIF of quality 12, with its own settings."""
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "AVIF", quality=12)
    return np.asarray(Image.open(io.BytesIO(stream.getvalue())).convert("RGB"))


def shot(pixels: Pixels, generator: np.random.Generator) -> Pixels:
    """Poisson counts of the encoded value, 25 at white."""
    return levels(generator.poisson(floats(pixels) * 25) / 25)


def defocus(pixels: Pixels, generator: np.random.Generator) -> Pixels:
    """A disk of whole pixels, its border softened by a small Gaussian."""
    offsets = np.arange(-8, 9)
    disk = (offsets[:, None] ** 2 + offsets[None, :] ** 2 <= 16).astype(np.float32)
    return cv2.filter2D(pixels, -1, cv2.GaussianBlur(disk / disk.sum(), (3, 3), 0.5))


def motion(pixels: Pixels, generator: np.random.Generator) -> Pixels:
    """Copies moved by whole pixels to one side, weighed by half a Gaussian."""
    angle, weights = np.deg2rad(generator.uniform(-45, 45)), np.exp(-(np.arange(25) ** 2) / (2 * 6.0**2))
    total = np.zeros(pixels.shape)
    for step, weight in enumerate(weights / weights.sum()):
        shift = (-int(np.ceil(step * np.sin(angle) - 0.5)), -int(np.ceil(step * np.cos(angle) - 0.5)), 0)
        total += weight * scipy.ndimage.shift(floats(pixels), shift, order=0, mode="nearest")
    return levels(total)


def zoom(pixels: Pixels, generator: np.random.Generator) -> Pixels:
    """The mean of the photo and of magnifications from 1.02 to 1.16 of its middle."""
    image = floats(pixels)
    (height, width), total = image.shape[:2], image.copy()
    factors = np.arange(1.02, 1.161, 0.02)
    for factor in factors:
        tall, wide = int(np.ceil(height / factor)), int(np.ceil(width / factor))
        top, left = (height - tall) // 2, (width - wide) // 2
        large = np.asarray(
            scipy.ndimage.zoom(image[top : top + tall, left : left + wide], (factor, factor, 1), order=1)
        )
        missing = [(0, max(0, side - length)) for side, length in zip((height, width), large.shape[:2], strict=True)]
        down, across = (
            max(0, length - side) // 2 for side, length in zip((height, width), large.shape[:2], strict=True)
        )
        large = np.pad(large, (*missing, (0, 0)), mode="edge")
        total += large[down : down + height, across : across + width]
    return levels(total / (len(factors) + 1))


def glass(pixels: Pixels, generator: np.random.Generator) -> Pixels:
    """Blurred, each pixel swapped with one up to 2 px away, blurred again."""
    blurred = cv2.GaussianBlur(pixels, (0, 0), 0.9)
    height, width = pixels.shape[:2]
    shifts = generator.integers(-2, 3, (height, width, 2)).tolist()
    for row in range(height - 3, 2, -1):
        for column in range(width - 3, 2, -1):
            down, across = shifts[row][column]
            here = blurred[row, column].copy()
            blurred[row, column] = blurred[row + down, column + across]
            blurred[row + down, column + across] = here
    return cv2.GaussianBlur(blurred, (0, 0), 0.9)


def fog(pixels: Pixels, generator: np.random.Generator) -> Pixels:
    """A plasma fractal added, and the sum brought back into the range."""
    image = floats(pixels)
    side = 2 ** int(np.ceil(np.log2(max(image.shape[:2]))))
    veiled = image + 1.5 * _plasma(side, generator)[: image.shape[0], : image.shape[1], None]
    return levels(veiled * image.max() / (image.max() + 1.5))


def _plasma(side: int, generator: np.random.Generator, *, decay: float = 2.0) -> np.ndarray:
    """Diamonds and squares by halves, on a torus: (side, side) in [0, 1]."""
    field, step, strength = np.zeros((side, side)), side, 1.0

    def mean_of_four(one: np.ndarray, other: np.ndarray) -> np.ndarray:
        return (one + other) / 4 + generator.uniform(-strength, strength, one.shape)

    while step >= 2:
        half = step // 2
        corners = field[::step, ::step]
        pairs = corners + np.roll(corners, -1, 0)
        field[half::step, half::step] = mean_of_four(pairs, np.roll(pairs, -1, 1))
        centres = field[half::step, half::step]
        across, down = centres + np.roll(centres, 1, 0), centres + np.roll(centres, 1, 1)
        field[::step, half::step] = mean_of_four(across, corners + np.roll(corners, -1, 1))
        field[half::step, ::step] = mean_of_four(down, corners + np.roll(corners, -1, 0))
        step, strength = half, strength / decay
    field -= field.min()
    return field / field.max()
