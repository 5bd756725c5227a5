"""What a photo can come from: a path, a file's bytes, an open file, a Pillow image, an array or a tensor."""

from __future__ import annotations

import os
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TypeAlias

import numpy as np
from torch import Tensor

from ..synth_distort import Photo, PhotoError, as_photo

if TYPE_CHECKING:
    from PIL.Image import Image as PILImage

Source: TypeAlias = "Photo | str | os.PathLike | bytes | BinaryIO | PILImage | np.ndarray | Tensor"


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
    if not isinstance(source, (np.ndarray, Tensor)):
        if hasattr(source, "read"):
            return _from_bytes(source.read(), str(getattr(source, "name", "the photo")))  # pyright: ignore[reportAttributeAccessIssue]
        if hasattr(source, "getbands"):
            return as_photo(_pixels(source)), None  # pyright: ignore[reportArgumentType]
    return as_photo(source), None  # pyright: ignore[reportArgumentType]


def _from_bytes(content: bytes, name: str) -> tuple[Photo, bytes]:
    """Read `content` as the one reader of photos does, which reads files."""
    with tempfile.TemporaryDirectory(prefix="blemish-") as folder:
        path = Path(folder) / "photo"
        path.write_bytes(content)
        try:
            return replace(as_photo(path), path=None), content
        except PhotoError as error:
            raise PhotoError(str(error).replace(str(path), name)) from None


def _pixels(picture: PILImage) -> np.ndarray:
    """(H, W, 3 or 4) uint8 of a Pillow image of any mode, upright."""
    from PIL import ImageOps

    upright = ImageOps.exif_transpose(picture)
    return np.asarray(upright.convert("RGBA" if upright.has_transparency_data else "RGB"))
