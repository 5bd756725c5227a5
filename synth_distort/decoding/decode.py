"""A file to its picture, or one sentence; whatever the file holds, nothing else."""

from __future__ import annotations

import os
import stat
import warnings
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from ..files import printable
from .bitmap import decode_bitfields
from .kinds import BMP, HEAD, KINDS, RAW, TIFF, Kind, kind_of
from .pixels import Decoded, PhotoError, UnreadableError
from .raw import decode_raw
from .tiff import decode_tiff
from .with_pillow import decode_with_pillow, opened

if TYPE_CHECKING:
    from PIL.Image import Image as PILImage

MOST_PIXELS = 120_000_000  # that are read without being asked to: the largest medium-format cameras have 102 million
LARGEST_FILE = 2 << 30  # bytes
NO_PHOTO = f"is not a photo in a format that blemish reads ({', '.join(kind.name for kind in KINDS)})"


def decode_file(path: Path, *, most_pixels: int = MOST_PIXELS, isolated: bool = False) -> tuple[bytes, Decoded]:
    """The bytes of the file at `path`, and its picture.

    Args:
        path: of a photo.
        most_pixels: that are read.
        isolated: whether decoders that are large and have had errors run in a process of their own, within limits of time and
            memory, so that a hostile file cannot end this one. It costs half a second for a TIFF, HEIC, AVIF, JPEG XL, JPEG
            2000 or raw.

    Raises:
        PhotoError: it is no photo, is damaged, or has too many pixels.
    """
    try:
        content, kind = _read(path)
        if isolated and kind.risky:
            from .isolated import decode_isolated

            return content, decode_isolated(content, kind, most_pixels)
        return content, decode(content, kind, most_pixels)
    except UnreadableError as error:
        raise PhotoError(f"{printable(path)}: {error}") from error.__cause__  # of a decoder, where there is one


def open_picture(content: bytes, suffix: str) -> PILImage:
    """The picture in the bytes of a file whose name ends in `suffix`: its header and metadata, its pixels not yet.

    Raises:
        UnreadableError: it is no photo, or of a kind that Pillow does not open. Pillow raises much else on damaged files.
    """
    kind = kind_of(content[:HEAD], suffix)
    if kind is None or not kind.opener:
        raise UnreadableError(f"is {kind.name}, whose header is not read" if kind else NO_PHOTO)
    return opened(content, kind)


def decode(content: bytes, kind: Kind, most_pixels: int) -> Decoded:
    """The picture in a file of `kind`.

    Raises:
        UnreadableError: there is none that could be read.
    """
    from PIL import Image

    limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None  # the limit is `most_pixels`, checked before decoding
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # damaged metadata is no matter
            return _decode(content, kind, most_pixels)
    except UnreadableError:
        raise
    except MemoryError as error:
        raise UnreadableError("needs more memory to decode than there is") from error
    except Exception as error:  # decoders raise anything on damaged files, and each is that file's sentence
        raise UnreadableError(_reason(error, kind)) from error
    finally:
        Image.MAX_IMAGE_PIXELS = limit


def _decode(content: bytes, kind: Kind, most_pixels: int) -> Decoded:
    if kind is TIFF:
        return decode_tiff(content, most_pixels)
    if kind is RAW:
        return decode_raw(content, most_pixels)
    bitfields = decode_bitfields(content, most_pixels) if kind is BMP else None
    return bitfields or decode_with_pillow(content, kind, most_pixels)


def _read(path: Path) -> tuple[bytes, Kind]:
    """The bytes of a photo, and its kind; only the first bytes of what is none are read."""
    _check_file(path)
    try:
        with path.open("rb") as stream:
            head = stream.read(HEAD)
            if not head:
                raise UnreadableError("is empty")
            kind = kind_of(head, path.suffix)
            if kind is None:
                raise UnreadableError(NO_PHOTO)
            if kind.package and find_spec(kind.package) is None:
                raise UnreadableError(
                    f"is {kind.name}, which the extra `formats` reads: pip install 'blemish[formats]'"
                )
            return head + stream.read(), kind
    except OSError as error:
        raise UnreadableError(f"cannot be read ({error.strerror})") from None


def _check_file(path: Path) -> None:
    """Refuse what is no plain file: to open a pipe would wait for ever, to read a device too."""
    try:
        status = os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        raise UnreadableError("there is no such file") from None
    except (OSError, ValueError) as error:
        raise UnreadableError(f"cannot be read ({getattr(error, 'strerror', error)})") from None
    if stat.S_ISDIR(status.st_mode):
        raise UnreadableError("is a folder, not a photo")
    if not stat.S_ISREG(status.st_mode):
        raise UnreadableError("is a pipe, a socket or a device, not a file")
    if status.st_size > LARGEST_FILE:
        raise UnreadableError(f"has {status.st_size / 2**30:.1f} GiB; files of up to {LARGEST_FILE >> 30} GiB are read")


def _reason(error: Exception, kind: Kind) -> str:
    """What a decoder's exception says, as the end of a sentence."""
    from PIL import UnidentifiedImageError

    text = str(error).strip() or type(error).__name__
    if isinstance(error, UnidentifiedImageError):
        return f"is damaged at its beginning, or {kind.name} of a kind that blemish does not read"
    if any(word in text.lower() for word in ("unsupported", "unknown", "not supported", "not implemented")):
        return f"is {kind.name} of a kind that blemish does not read, or damaged ({printable(text)})"
    return f"is damaged or cut short ({printable(text)})"
