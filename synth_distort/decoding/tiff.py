"""TIFF in its many kinds: 8 bits through Pillow, the rest through tifffile, what that lacks a codec for through OpenCV.

Only the first directory is ever followed: what comes after it may be broken, and is not read.
"""

from __future__ import annotations

import io
import logging
import struct

import numpy as np

from ..files import printable
from .deep import decoded_by_opencv
from .kinds import TIFF
from .pixels import Decoded, UnreadableError, check_size, finish, full_scale, upright
from .with_pillow import SEVERAL, decode_with_pillow

WHITE_IS_ZERO, RGB, PALETTE, SEPARATED = 0, 2, 3, 5
READ_HERE = (WHITE_IS_ZERO, 1, RGB, PALETTE)


def decode_tiff(content: bytes, most_pixels: int) -> Decoded:
    """The first picture of a TIFF or BigTIFF.

    Raises:
        UnreadableError: it is damaged, or of a kind that none of the three libraries reads.
    """
    content, has_more = first_directory_only(content)
    more = (SEVERAL,) if has_more else ()
    try:
        decoded = _decode_deep(content, most_pixels)
        reason = ""
    except UnreadableError:
        raise
    except Exception as error:  # tifffile raises anything on damaged files; Pillow may still read them
        decoded, reason = None, str(error)
    if decoded is not None:
        return Decoded(decoded.pixels, more + decoded.notes)
    try:
        decoded = decode_with_pillow(content, TIFF, most_pixels)
    except UnreadableError:
        raise
    except Exception as error:
        reasons = (reason,) if "identify" in str(error) else (str(error), reason)
        details = (
            "; ".join(dict.fromkeys(printable(text) for text in reasons if text)) or "nothing in it can be decoded"
        )
        raise UnreadableError(f"is damaged, or a TIFF of a kind that blemish does not read ({details})") from error
    return Decoded(decoded.pixels, more + decoded.notes)


def first_directory_only(content: bytes) -> tuple[bytes, bool]:
    """A TIFF whose first directory is its last, and whether there was another; what is too broken for that as it is."""
    order = "<" if content[:2] == b"II" else ">"
    try:
        if content[2:4] in (b"+\0", b"\0+"):
            (start,) = struct.unpack_from(order + "Q", content, 8)
            (entries,) = struct.unpack_from(order + "Q", content, start)
            place, kind, size = start + 8 + 20 * entries, "Q", 8
        else:
            (start,) = struct.unpack_from(order + "I", content, 4)
            (entries,) = struct.unpack_from(order + "H", content, start)
            place, kind, size = start + 2 + 12 * entries, "I", 4
        (following,) = struct.unpack_from(order + kind, content, place)
    except (struct.error, OverflowError):
        return content, False
    if not following:
        return content, False
    return content[:place] + bytes(size) + content[place + size :], True


def _decode_deep(content: bytes, most_pixels: int) -> Decoded | None:
    """A picture of other than 8 bits a sample, or of a palette of 16; None for those that Pillow reads."""
    import tifffile

    logging.getLogger("tifffile").setLevel(logging.CRITICAL + 1)  # its complaints are in its exceptions too
    with tifffile.TiffFile(io.BytesIO(content)) as file:
        page = file.pages.first
        check_size(page.imagewidth, page.imagelength, len(content), most_pixels)
        if page.dtype is None or page.photometric not in READ_HERE or page.imagedepth != 1:
            return None
        if page.bitspersample <= 8 and not file.is_bigtiff:
            return None
        levels = _levels(page, content)
        notes: list[str] = []
        colour, alpha = _colour_and_alpha(levels, page, notes)
        turned = page.tags.valueof(274, default=1)
    return finish(upright(colour, turned), alpha if alpha is None else upright(alpha, turned), notes)


def _levels(page, content: bytes) -> np.ndarray:
    """(H, W, C) levels of the page, as its file has them."""
    try:
        levels = page.asarray()
    except ValueError as error:
        if "imagecodecs" not in str(error) or page.bitspersample != 16 or page.dtype.kind != "u":
            raise
        return _by_opencv(page, content)
    levels = levels.reshape(levels.shape[-page.ndim :])
    if page.samplesperpixel == 1:
        return levels.reshape(page.imagelength, page.imagewidth, 1)
    return np.moveaxis(levels, 0, -1) if page.planarconfig == 2 else levels


def _by_opencv(page, content: bytes) -> np.ndarray:
    """The same through OpenCV, which turns a TIFF upright: turned back, since all others come as they lie in the file."""
    pixels = decoded_by_opencv(content)
    pixels = pixels[..., None] if pixels.ndim == 2 else pixels[..., [2, 1, 0, 3][: pixels.shape[2]]]
    if pixels.dtype != np.uint16:
        raise UnreadableError("is a TIFF of a kind that blemish does not read (16 bits with a rare compression)")
    undone = {6: 8, 8: 6}
    turned = page.tags.valueof(274, default=1)
    return upright(pixels, undone.get(turned, turned))


def _colour_and_alpha(levels: np.ndarray, page, notes: list[str]) -> tuple[np.ndarray, np.ndarray | None]:
    """Channels in [0, 1] or of all bits of an unsigned integer, white as the largest."""
    levels = _full_range(levels, page, notes)
    if page.photometric == PALETTE:
        table = np.asarray(page.colormap, dtype=np.uint16)  # (3, colours)
        return np.moveaxis(table[:, np.minimum(levels[..., 0], table.shape[1] - 1)], 0, -1), None
    if page.photometric == WHITE_IS_ZERO:
        levels = (full_scale(levels) - levels).astype(levels.dtype)
    colours = 3 if page.photometric == RGB else 1
    if levels.shape[2] < colours:
        raise UnreadableError(f"is damaged (colour with {levels.shape[2]} channels)")
    has_alpha = levels.shape[2] > colours and bool(page.extrasamples) and page.extrasamples[0] in (1, 2)
    colour = levels[..., :colours] if colours == 3 else levels[..., 0]
    alpha = levels[..., colours] if has_alpha else None
    if alpha is not None and page.extrasamples[0] == 1:  # colour was multiplied by alpha
        share = alpha.astype(np.float32) / full_scale(alpha)
        share = share[..., None] if colour.ndim == 3 else share
        unmultiplied = np.minimum(colour.astype(np.float32) / full_scale(colour) / np.maximum(share, 1e-6), 1)
        return unmultiplied, share.reshape(alpha.shape)
    return colour, alpha


def _full_range(levels: np.ndarray, page, notes: list[str]) -> np.ndarray:
    """Levels whose white is the largest of their type.

    Raises:
        UnreadableError: nobody knows which level is white.
    """
    if levels.dtype.kind == "f":
        if not bool(((levels >= 0) & (levels <= 1)).all()):
            raise UnreadableError(
                "is a TIFF of a kind that blemish does not read "
                "(levels that are neither of 8 nor of 16 bits, nor floats from 0 to 1)"
            )
        notes.append("The file holds floats; they were taken as sRGB-encoded levels from 0 to 1.")
        return levels.astype(np.float32)
    if levels.dtype.kind != "u":
        raise UnreadableError(
            f"is a TIFF of a kind that blemish does not read ({levels.dtype}, levels that are neither of 8 nor of 16 bits)"
        )
    bits = page.bitspersample
    if page.photometric == PALETTE or bits == 8 * levels.dtype.itemsize == 8 or bits == 16:
        return levels
    return (levels.astype(np.float64) / ((1 << bits) - 1)).clip(0, 1).astype(np.float32)
