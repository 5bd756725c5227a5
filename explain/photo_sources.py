"""What a photo can come from: a path, a file's bytes, an open file, a Pillow image, an array or a tensor."""

from __future__ import annotations

import os
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Protocol, TypeAlias, runtime_checkable

import numpy as np
from PIL import Image, ImageOps
from torch import Tensor

from ..synth_distort import Photo, PhotoError, as_photo


@runtime_checkable
class Readable(Protocol):
    """A file that is open for reading bytes."""

    def read(self) -> bytes: ...  # noqa: D102


Source: TypeAlias = Photo | str | os.PathLike | bytes | Readable | Image.Image | np.ndarray | Tensor


def read_source(source: Source) -> tuple[Photo, bytes | None]:
    """The photo that `source` is, and the bytes of its file, None where there is no file.

    Args:
        source: a path; the bytes of a file, or a file open for reading bytes; a Pillow image; an array (H, W[, 3 or 4]) of
            uint8, uint16 or floats in [0, 1]; a tensor (3, H, W) in [0, 1]; or a photo that was read.

    Raises:
        PhotoError: it cannot be read, is too small, or is an address on the network.
        TypeError, ValueError: it is none of these.
    """
    if isinstance(source, (str, os.PathLike)):
        if str(source).startswith(("http:", "https:")):
            raise PhotoError(f"{source}: is an address, and blemish fetches nothing; save the photo and give the file")
        return as_photo(source), Path(source).read_bytes()
    if isinstance(source, (bytes, bytearray, memoryview)):
        return _from_bytes(bytes(source), "the photo")
    if isinstance(source, Photo):
        return source, source.path.read_bytes() if source.path and source.path.is_file() else None
    if isinstance(source, Image.Image):
        return as_photo(_pixels(source)), None
    if isinstance(source, Readable):
        return _from_bytes(source.read(), str(getattr(source, "name", "the photo")))
    return as_photo(source), None


def _from_bytes(content: bytes, name: str) -> tuple[Photo, bytes]:
    """Read `content` as the one reader of photos does, which reads files."""
    with tempfile.TemporaryDirectory(prefix="blemish-") as folder:
        path = Path(folder) / "photo"
        path.write_bytes(content)
        try:
            return replace(as_photo(path), path=None), content
        except PhotoError as error:
            raise PhotoError(str(error).replace(str(path), name)) from None


def _pixels(picture: Image.Image) -> np.ndarray:
    """(H, W, 3 or 4) uint8 of a Pillow image of any mode, upright."""
    upright = ImageOps.exif_transpose(picture)
    return np.asarray(upright.convert("RGBA" if upright.has_transparency_data else "RGB"))
