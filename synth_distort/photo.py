"""Photos: from files, arrays and tensors to images, and back to files. Elsewhere an image is a float32 tensor."""

from __future__ import annotations

import hashlib
import io
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from .decoding import FORMATS, MOST_PIXELS, SUFFIXES, PhotoError, decode_file
from .files import printable, write_file
from .lazy import cv2, torch

if TYPE_CHECKING:
    from PIL.Image import Image as PILImage
    from torch import Tensor

SMALLEST_SIDE = 64  # px; below this there is too little to judge


@dataclass(frozen=True)
class Photo:
    """A photo as it was read.

    Attributes:
        image: (3, H, W) float32, RGB, sRGB-encoded, in [0, 1], upright.
        path: where it came from; None for an image that was never a file.
        sha256: of the file's bytes, or of the image's where there is no file.
        notes: what reading had to decide, one sentence each.
    """

    image: Tensor
    path: Path | None
    sha256: str
    notes: tuple[str, ...] = ()

    @property
    def width(self) -> int:
        """Pixels in a row."""
        return self.image.shape[-1]

    @property
    def height(self) -> int:
        """Rows."""
        return self.image.shape[-2]


def read_photo(
    path: str | os.PathLike,
    *,
    most_pixels: int = MOST_PIXELS,
    isolated: bool = False,
) -> Photo:
    """Read a photo of any depth and colour mode, in any format of `decoding.kinds`.

    EXIF orientation is applied; an embedded ICC profile, or PNG's gamma, is converted to sRGB; transparency is laid on white;
    grey, palette and CMYK become RGB; 16-bit files keep their depth. What was decided is in the photo's notes.

    Args:
        path: of the file.
        most_pixels: that are read; more are refused before they are decoded.
        isolated: whether risky decoders run in a process of their own, as `decode_file` has it.

    Raises:
        PhotoError: the file is missing, empty, no photo, damaged, too small or too large.
    """
    path = Path(path)
    content, decoded = decode_file(path, most_pixels=most_pixels, isolated=isolated)
    height, width = decoded.pixels.shape[:2]
    if min(height, width) < SMALLEST_SIDE:
        raise PhotoError(
            f"{printable(path)}: is {width} × {height} px; a photo needs at least {SMALLEST_SIDE} px on each side"
        )
    return Photo(_from_array(decoded.pixels), path, hashlib.sha256(content).hexdigest(), decoded.notes)


def list_photos(folder: Path) -> list[Path]:
    """What could be a photo anywhere in `folder`, by the endings of names, sorted.

    Raises:
        ValueError: it is no folder, or holds none.
    """
    if not folder.is_dir():
        what = "is a file; a folder of photos is needed" if folder.exists() else "there is no such folder"
        raise ValueError(f"{printable(folder)}: {what}")
    photos = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and not path.is_dir())
    if not photos:
        raise ValueError(f"{printable(folder)}: holds no photos")
    return photos


def as_photo(source: Photo | str | os.PathLike | np.ndarray | Tensor) -> Photo:
    """A photo from a path, or from an image in memory.

    Args:
        source: a path; an array (H, W), (H, W, 3) or (H, W, 4), uint8, uint16 or float in [0, 1]; or a tensor (3, H, W)
            float in [0, 1].

    Raises:
        PhotoError: the file cannot be read, or the image is too small.
        TypeError, ValueError: the array's type, shape or range is none of these.
    """
    if isinstance(source, Photo):
        return source
    if isinstance(source, (str, os.PathLike)):
        return read_photo(source)
    if isinstance(source, np.ndarray):
        image = _from_array(source)
    elif isinstance(source, torch.Tensor):
        image = source.detach().cpu().float()
        if image.ndim != 3 or image.shape[0] != 3:
            raise ValueError(f"image is a tensor of shape {tuple(source.shape)}; it should be (3, height, width)")
    else:
        raise TypeError(f"image is a {type(source).__name__}; it should be a path, a NumPy array or a torch tensor")
    if image.numel() == 0 or not bool(torch.isfinite(image).all()):
        raise ValueError(f"image of shape {tuple(image.shape)} is empty, or has values that are no numbers")
    if float(image.min()) < 0 or float(image.max()) > 1:
        raise ValueError(
            f"image has values from {float(image.min()):g} to {float(image.max()):g}; floats go from 0 to 1 "
            "(arrays of 8 or 16 bit come as uint8 or uint16)"
        )
    if min(image.shape[1:]) < SMALLEST_SIDE:
        raise PhotoError(
            f"the image is {image.shape[2]} × {image.shape[1]} px; a photo needs at least {SMALLEST_SIDE} px on each side"
        )
    return Photo(image, None, hashlib.sha256(image.contiguous().numpy().tobytes()).hexdigest())


def to_uint8(image: Tensor) -> np.ndarray:
    """(3, H, W) in [0, 1] to (H, W, 3) uint8, rounded to the nearest level."""
    planes = (image * 255).round_().clamp_(0, 255).to(torch.uint8).cpu()
    return cv2.merge([plane.numpy() for plane in planes])


def as_saved(image: Tensor) -> Tensor:
    """`image` in [0, 1] with the 256 levels that an 8-bit file keeps."""
    return (image * 255).round().clamp(0, 255) / 255


def to_pil(image: Tensor) -> PILImage:
    """(3, H, W) in [0, 1] to an 8-bit Pillow image."""
    from PIL import Image

    return Image.fromarray(to_uint8(image))


def from_pil(picture: PILImage) -> Tensor:
    """An 8-bit Pillow image of any mode to (3, H, W) float32 in [0, 1]."""
    pixels = np.array(picture if picture.mode == "RGB" else picture.convert("RGB"))
    return torch.from_numpy(pixels).permute(2, 0, 1).contiguous().float().div_(255)


def encoded_png(image: Tensor) -> bytes:
    """(3, H, W) in [0, 1] as an 8-bit PNG file."""
    stream = io.BytesIO()
    to_pil(image).save(stream, "PNG")
    return stream.getvalue()


def write_png(path: Path, image: Tensor) -> None:
    """Write (3, H, W) in [0, 1] as an 8-bit PNG."""
    write_file(path, encoded_png(image))


def _from_array(array: np.ndarray) -> Tensor:
    full_scale = {"u": {1: 255, 2: 65535}.get(array.dtype.itemsize), "f": 1}.get(array.dtype.kind)
    if full_scale is None:
        raise TypeError(f"image is an array of {array.dtype}; it should be uint8, uint16 or a float type")
    pixels = torch.from_numpy(np.array(array))  # a copy, in the array's own type: floats are four times as large
    if pixels.ndim == 2:
        return pixels.float().div_(full_scale).expand(3, -1, -1).contiguous()
    if pixels.ndim != 3 or pixels.shape[2] not in (3, 4):
        raise ValueError(
            f"image is an array of shape {array.shape}; it should be (height, width), with 3 or 4 channels"
        )
    channels = pixels.permute(2, 0, 1).contiguous().float().div_(full_scale)
    return channels if channels.shape[0] == 3 else channels[:3] * channels[3:] + 1 - channels[3:]


__all__ = [
    "FORMATS",
    "SMALLEST_SIDE",
    "SUFFIXES",
    "Photo",
    "PhotoError",
    "as_photo",
    "as_saved",
    "encoded_png",
    "from_pil",
    "list_photos",
    "read_photo",
    "to_pil",
    "to_uint8",
    "write_png",
]
