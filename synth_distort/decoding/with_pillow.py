"""Photos that Pillow reads: colour, transparency, orientation, and JPEGs that end too early."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np

from .colour import needs_conversion, png_gamma, to_srgb
from .deep import deep_jpeg_2000, deep_png
from .kinds import JPEG, JPEG_2000, PNG, Kind
from .pixels import Decoded, UnreadableError, check_size, finish, upright

if TYPE_CHECKING:
    from PIL.Image import Image as PILImage

MOST_MISSING = 0.5  # share of the picture of a JPEG that was cut short, beyond which it is refused
OF_COLOUR = {"icc_profile", "gamma", "srgb", "transparency"}  # what Pillow calls chunks that say what levels stand for
SEVERAL = "The file holds several pictures; the first was read."


def decode_with_pillow(content: bytes, kind: Kind, most_pixels: int) -> Decoded:
    """The first picture of a file of a `kind` that Pillow opens.

    Raises:
        UnreadableError: too many pixels, or too little of a picture. Pillow raises much else.
    """
    notes: list[str] = []
    with opened(content, kind) as picture:
        check_size(*picture.size, len(content), most_pixels)
        deep = _deep(content, kind, picture, notes)
        if deep is None:
            picture, rows = _loaded(picture, content, kind, notes)
            colour, alpha = _channels(picture, notes)
            colour, alpha = colour[:rows], alpha if alpha is None else alpha[:rows]
        else:
            colour, alpha = deep
        if _has_more(picture):
            notes.append(SEVERAL)
        turned = _orientation(picture)
        gamma = png_gamma(picture.info) if kind is PNG else None
    turned_alpha = alpha if alpha is None else upright(alpha, turned)
    return finish(upright(colour, turned), turned_alpha, notes, gamma=gamma)


def opened(content: bytes, kind: Kind) -> PILImage:
    """The picture in a file of a `kind` that Pillow opens, its header read, its pixels not yet."""
    from PIL import Image

    if kind.package == "pillow_heif":
        import pillow_heif

        pillow_heif.register_heif_opener()
    elif kind.package == "pillow_jxl":
        import pillow_jxl  # noqa: F401  enters itself in Pillow's table
    return Image.open(io.BytesIO(content), formats=[kind.opener])


def _deep(
    content: bytes, kind: Kind, picture: PILImage, notes: list[str]
) -> tuple[np.ndarray, np.ndarray | None] | None:
    """Colour and alpha of a photo of more than 8 bits; None for others, and where only 8 bits can be had."""
    read = {PNG: deep_png, JPEG_2000: deep_jpeg_2000}.get(kind)
    deep = read(content) if read else None
    if deep is not None and needs_conversion(picture.info.get("icc_profile")):
        notes.append("The photo has 16 bits and a colour profile; the conversion to sRGB left 8 of them.")
        return None
    return deep


def _loaded(picture: PILImage, content: bytes, kind: Kind, notes: list[str]) -> tuple[PILImage, int]:
    """The picture with its pixels, and how many of its rows are there."""
    stated = picture.info.keys() & OF_COLOUR
    try:
        picture.load()
        if kind is PNG:  # colour is stated before the pixels, or not at all (PNG specification, 3rd edition, 5.6)
            for late in picture.info.keys() & OF_COLOUR - stated:
                del picture.info[late]
        return picture, picture.height
    except OSError as error:
        if kind is not JPEG or "truncated" not in str(error):
            raise
    picture = opened(content + b"\xff\xd9", kind)  # the marker that ends a JPEG: what is there is decoded
    picture.load()
    rows = _rows_there(np.asarray(picture), picture.layer)  # pyright: ignore[reportAttributeAccessIssue]
    missing = 1 - rows / picture.height
    if missing > MOST_MISSING:
        raise UnreadableError(f"is cut short: {missing:.0%} of its picture is missing")
    if picture.info.get("progressive"):
        notes.append("The file is cut short; being progressive, it may lack detail that would have come last.")
    elif not missing:
        notes.append("The file lacks its last bytes; 0 % of its picture is missing.")
    if missing:
        notes.append(f"The file is cut short: {max(missing, 0.001):.1%} of its picture is missing and was left out.")
    return picture, rows


def _rows_there(pixels: np.ndarray, layers: list[tuple[int, int, int, int]]) -> int:
    """How many rows of a JPEG were decoded whole, by its blocks: those that never came are left at mid-grey.

    Args:
        pixels: (H, W) or (H, W, C) uint8, as libjpeg decoded them.
        layers: (id, horizontal sampling, vertical sampling, table) of each channel.
    """
    across, down = (8 * max(layer[place] for layer in layers) if len(layers) > 1 else 8 for place in (1, 2))
    height, width = pixels.shape[:2]
    last = (height - 1) // down
    if _came(pixels[last * down :, (width - 1) // across * across :]):
        return height
    # The block at which the file ends may have come in part: its row is left out, as are those below it.
    return down * next((row for row in range(last, 0, -1) if _came(pixels[row * down : (row + 1) * down, :across])), 0)


def _came(block: np.ndarray) -> bool:
    """Whether a block of a JPEG is other than mid-grey; at its margins, smoothing of chroma mixes in its neighbours."""
    inside = block[1:-1, 1:-1] if min(block.shape[:2]) > 2 else block
    return not bool(((inside == 127) | (inside == 128)).all())


def _channels(picture: PILImage, notes: list[str]) -> tuple[np.ndarray, np.ndarray | None]:
    """Colour in sRGB, (H, W) or (H, W, 3), and alpha, (H, W), of a picture of any mode."""
    if picture.mode.startswith(("I", "F")):
        return _of_no_8_bits(picture, notes)
    alpha = np.asarray(picture.convert("RGBA").getchannel("A")) if picture.has_transparency_data else None
    return np.asarray(to_srgb(_without_alpha(picture), picture.info.get("icc_profile"), notes).convert("RGB")), alpha


def _without_alpha(picture: PILImage) -> PILImage:
    if picture.mode in ("1", "LA", "La"):
        return picture.convert("LA").convert("L") if picture.mode != "1" else picture.convert("L")
    if picture.mode in ("P", "PA", "RGBA", "RGBa", "RGBX"):
        return picture.convert("RGBA").convert("RGB")
    return picture.convert("RGB") if picture.mode in ("YCbCr", "HSV") else picture


def _of_no_8_bits(picture: PILImage, notes: list[str]) -> tuple[np.ndarray, None]:
    """Grey of 16 bits, or of floats from 0 to 1.

    Raises:
        UnreadableError: nobody knows which level is white.
    """
    levels = np.asarray(picture)
    if levels.dtype.kind == "f":
        if not bool(((levels >= 0) & (levels <= 1)).all()):
            raise UnreadableError("has levels that are neither of 8 nor of 16 bits, nor floats from 0 to 1")
        return levels.astype(np.float32), None
    if levels.min() < 0 or levels.max() > 65535:
        raise UnreadableError("has levels that are neither of 8 nor of 16 bits, nor floats from 0 to 1")
    deep = levels.astype(np.uint16)
    profile = picture.info.get("icc_profile")
    if not needs_conversion(profile):
        return deep, None
    from PIL import Image

    notes.append("The photo has 16 bits and a colour profile; the conversion to sRGB left 8 of them.")
    shallow = Image.fromarray((deep / 65535 * 255).round().astype(np.uint8))
    return np.asarray(to_srgb(shallow, profile, notes).convert("RGB")), None


def _has_more(picture: PILImage) -> bool:
    """Whether the file holds further pictures; of an MPO they are previews and depth, of a damaged file nobody can tell."""
    try:
        return picture.format != "MPO" and bool(getattr(picture, "is_animated", False))
    except Exception:  # whatever a damaged second picture raises is no matter: the first was read
        return False


def _orientation(picture: PILImage) -> object:
    """EXIF's orientation; 1 where the EXIF is damaged, which is no reason to refuse a photo."""
    try:
        return picture.getexif().get(0x0112, 1)
    except Exception:  # damaged metadata raises anything
        return 1
