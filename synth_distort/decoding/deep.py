"""Photos of more than 8 bits a channel, which Pillow would cut down to 8: PNG and JPEG 2000, through OpenCV.

OpenCV gets nothing but what Pillow cannot give: the depth is read from the header, and of a PNG only the chunks of the picture
itself are handed on, since those of animations have ended its decoder, and the process with it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from .pixels import UnreadableError

_NEEDED = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")
Channels = tuple[np.ndarray, np.ndarray | None]


def deep_png(content: bytes) -> Channels | None:
    """Colour, (H, W) or (H, W, 3) RGB, and alpha, (H, W) or None, of a 16-bit PNG, uint16; None for other depths."""
    if content[24:25] != b"\x10":
        return None
    picture = b"".join(chunk for kind, chunk in _chunks(content) if kind in _NEEDED)
    return _channels(decoded_by_opencv(content[:8] + picture))


def deep_jpeg_2000(content: bytes) -> Channels | None:
    """The same of a JPEG 2000 of 9 to 16 bits; its levels come as 16-bit ones."""
    size = content.find(b"\xff\x51")
    depth = (content[size + 40] & 0x7F) + 1 if 0 <= size < len(content) - 40 else 8
    if not 8 < depth <= 16:
        return None
    pixels = decoded_by_opencv(content)
    if pixels.dtype != np.uint16:
        return None
    colour, alpha = _channels(pixels)
    full = (1 << depth) - 1
    scaled = (np.minimum(colour, full).astype(np.float32) * (65535 / full)).round().astype(np.uint16)
    return scaled, alpha if alpha is None else (alpha * (65535 / full)).round().clip(0, 65535).astype(np.uint16)


def decoded_by_opencv(content: bytes) -> np.ndarray:
    """The pixels as OpenCV keeps them, BGR(A), of any depth.

    Raises:
        UnreadableError: it cannot decode them.
    """
    import cv2

    with quiet():
        try:
            pixels = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
        except cv2.error as error:
            raise UnreadableError(f"is damaged or cut short ({error.err or 'OpenCV cannot decode it'})") from error
    if pixels is None:
        raise UnreadableError("is damaged or cut short (OpenCV cannot decode it)")
    return pixels


@contextmanager
def quiet() -> Iterator[None]:
    """Keep what codecs write to the standard error of the process out of blemish's own sentences."""
    try:
        kept = os.dup(2)
    except OSError:  # standard error is closed: there is nothing to keep clean
        yield
        return
    sys.stderr.flush() if sys.stderr else None
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def _channels(pixels: np.ndarray) -> Channels:
    """OpenCV's channels as colour and alpha."""
    if pixels.ndim == 2:
        return pixels, None
    if pixels.shape[2] < 3:
        return pixels[..., 0], pixels[..., 1] if pixels.shape[2] == 2 else None
    return pixels[..., 2::-1], pixels[..., 3] if pixels.shape[2] == 4 else None


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Kind and bytes of each chunk of a PNG, up to the end or to where it is cut."""
    place = 8
    while place + 12 <= len(content):
        length = int.from_bytes(content[place : place + 4], "big")
        yield content[place + 4 : place + 8], content[place : place + 12 + length]
        place += 12 + length
