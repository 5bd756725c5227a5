"""Pixels as decoders give them, and the sentence for a file that has none."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

EMPTIEST = 250  # pixels a byte; the emptiest JPEG of one colour has some 200, photos have fewer than 100
SMALL_ENOUGH = 16_000_000  # pixels that do no harm, however empty they are


class PhotoError(ValueError):
    """A photo that cannot be read; the message names the file and says what is wrong with it."""


class UnreadableError(Exception):
    """Why a file is refused, as the end of a sentence that begins with its name."""


@dataclass(frozen=True)
class Decoded:
    """The picture of a file.

    Attributes:
        pixels: (H, W, 3) uint8, or float32 in [0, 1]; RGB, sRGB-encoded, upright, laid on white.
        notes: what reading had to decide, one sentence each.
    """

    pixels: np.ndarray
    notes: tuple[str, ...] = ()


def check_size(width: int, height: int, length: int, most_pixels: int) -> None:
    """Refuse, before a pixel is decoded, what would fill the memory.

    Args:
        width, height: as the file claims, px.
        length: of the file, bytes.
        most_pixels: that are read.

    Raises:
        UnreadableError: there are more, or more than so few bytes can hold of a photo.
    """
    pixels = width * height
    if pixels > most_pixels:
        raise UnreadableError(
            f"has {width} × {height} px, more than the {most_pixels / 1e6:g} megapixels that are read (--max-pixels)"
        )
    if pixels > max(SMALL_ENOUGH, EMPTIEST * length):
        raise UnreadableError(f"claims {width} × {height} px in {length} bytes; no photo is as empty as that")


def finish(colour: np.ndarray, alpha: np.ndarray | None, notes: list[str], *, gamma: float | None = None) -> Decoded:
    """Channels as they were decoded, as an image.

    Args:
        colour: (H, W) or (H, W, 3), uint8, uint16 or float32 in [0, 1].
        alpha: (H, W) of the same type; None where all is opaque.
        notes: what was decided so far.
        gamma: exponent with which the file's samples were encoded; None for sRGB.
    """
    if colour.ndim == 2:
        colour = np.repeat(colour[..., None], 3, axis=2)
    see_through = alpha is not None and bool((alpha < full_scale(alpha)).any())
    if see_through:
        notes.append("The photo has transparent parts; they were laid on white.")
    if colour.dtype == np.uint8 and not see_through and gamma is None:
        return Decoded(np.ascontiguousarray(colour), tuple(notes))
    levels = colour.astype(np.float32) / full_scale(colour)
    if gamma is not None:
        levels = levels ** np.float32(1 / (2.2 * gamma))  # PNG specification, 3rd edition, 13.13, for a display of 2.2
        notes.append(f"The file's samples are encoded with a gamma of {gamma:.3g}; they were converted to sRGB's.")
    if alpha is not None and see_through:
        opacity = (alpha.astype(np.float32) / full_scale(alpha))[..., None]
        levels = levels * opacity + (1 - opacity)
    return Decoded(np.ascontiguousarray(levels, dtype=np.float32), tuple(notes))


def full_scale(levels: np.ndarray) -> float:
    """The level that is white."""
    return float(np.iinfo(levels.dtype).max) if levels.dtype.kind == "u" else 1.0


def upright(pixels: np.ndarray, orientation: object) -> np.ndarray:
    """Undo EXIF's `orientation` (1 to 8; anything else is taken for 1) of (H, W, ...)."""
    if orientation in (5, 6, 7, 8):
        pixels = pixels.swapaxes(0, 1)
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    return pixels
