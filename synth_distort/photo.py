"""Photos on disk. The one module that reads and writes image files; everywhere else an image is a float32 tensor."""

from __future__ import annotations

import hashlib
import io
import os
import struct
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from .files import write_file
from .lazy import cv2, torch

if TYPE_CHECKING:
    from PIL.Image import Image as PILImage
    from torch import Tensor

SMALLEST_SIDE = 64  # px; below this there is too little to judge
FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "AVIF", "JPEG2000")
SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp", ".avif", ".jp2", ".j2k", ".jpx")


class PhotoError(ValueError):
    """A photo that cannot be read; the message names the file and says what is wrong with it."""


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


def read_photo(path: str | os.PathLike) -> Photo:
    """Read a JPEG, PNG, WebP, TIFF, BMP, AVIF or JPEG 2000 file of any depth and colour mode.

    EXIF orientation is applied; an embedded ICC profile is converted to sRGB; transparency is laid on white; grey,
    palette and CMYK become RGB; 16-bit files keep their depth.

    Raises:
        PhotoError: the file is missing, empty, not a photo, truncated or too small.
    """
    path = Path(path)
    if not path.exists():
        raise PhotoError(f"{path}: there is no such file")
    if path.is_dir():
        raise PhotoError(f"{path}: is a folder, not a photo")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise PhotoError(f"{path}: cannot be read ({error.strerror})") from error
    if not content:
        raise PhotoError(f"{path}: is empty")
    image, notes = _decode(content, path)
    if min(image.shape[1:]) < SMALLEST_SIDE:
        raise PhotoError(
            f"{path}: is {image.shape[2]} × {image.shape[1]} px; a photo needs at least {SMALLEST_SIDE} px on each side"
        )
    return Photo(image, path, hashlib.sha256(content).hexdigest(), notes)


def list_photos(folder: Path) -> list[Path]:
    """The photos anywhere in `folder`, by the endings of their names, sorted.

    Raises:
        ValueError: there is no such folder, or it holds none.
    """
    if not folder.is_dir():
        raise ValueError(f"{folder}: there is no such folder")
    photos = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())
    if not photos:
        raise ValueError(f"{folder}: holds no photos")
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


def _decode(content: bytes, path: Path) -> tuple[Tensor, tuple[str, ...]]:
    """The pixels of a file's first picture, upright and in sRGB, and what had to be decided."""
    from PIL import Image, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # 100 megapixels are a photo here, and damaged metadata is no matter
            with Image.open(io.BytesIO(content), formats=FORMATS) as picture:
                picture.load()
                return _upright_srgb(picture, content)
    except UnidentifiedImageError as error:
        raise PhotoError(f"{path}: is not a photo in a format that blemish reads ({', '.join(SUFFIXES)})") from error
    except Image.DecompressionBombError as error:
        raise PhotoError(f"{path}: has more pixels than blemish reads ({error})") from error
    except (OSError, SyntaxError, ValueError, EOFError, RuntimeError, struct.error) as error:
        raise PhotoError(f"{path}: is damaged or cut short ({error})") from error


def _upright_srgb(picture: PILImage, content: bytes) -> tuple[Tensor, tuple[str, ...]]:
    from PIL import ImageOps

    notes = []
    if getattr(picture, "n_frames", 1) > 1 and picture.format != "MPO":
        notes.append("The file holds several pictures; the first was read.")
    profile = picture.info.get("icc_profile")
    deep = _decode_16_bit(picture, content)
    if deep is not None and not _needs_conversion(profile):
        image, transparent = deep
    else:
        if deep is not None:
            notes.append("The photo has 16 bits and a colour profile; the conversion to sRGB left 8 of them.")
        upright = ImageOps.exif_transpose(picture)
        transparent = upright.has_transparency_data and bool(
            (np.asarray(upright.convert("RGBA").getchannel("A")) < 255).any()
        )
        image = from_pil(_to_srgb(_on_white(upright), profile, notes))
    if transparent:
        notes.append("The photo has transparent parts; they were laid on white.")
    return image, tuple(notes)


def _decode_16_bit(picture: PILImage, content: bytes) -> tuple[Tensor, bool] | None:
    """The pixels of a 16-bit file and whether some are transparent; None for files of 8 bits, which Pillow reads."""
    if picture.format not in ("PNG", "TIFF", "JPEG2000"):
        return None
    import cv2

    pixels = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
    if pixels is None or pixels.dtype != np.uint16:
        return None
    if pixels.ndim == 3:
        pixels = pixels[..., [2, 1, 0, 3][: pixels.shape[2]]] if pixels.shape[2] >= 3 else pixels[..., 0]
    transparent = pixels.ndim == 3 and pixels.shape[2] == 4 and bool((pixels[..., 3] < 65535).any())
    image = _from_array(pixels)
    if picture.format == "TIFF":  # OpenCV turns a TIFF upright, but leaves one whose zero is white as a negative
        zero_is_white = picture.tag_v2.get(262) == 0  # pyright: ignore[reportAttributeAccessIssue]
        return (1 - image if zero_is_white else image), transparent
    return _upright(image, picture.getexif().get(0x0112, 1)), transparent


def _from_array(array: np.ndarray) -> Tensor:
    full_scale = {"u": {1: 255, 2: 65535}.get(array.dtype.itemsize), "f": 1}.get(array.dtype.kind)
    if full_scale is None:
        raise TypeError(f"image is an array of {array.dtype}; it should be uint8, uint16 or a float type")
    pixels = torch.from_numpy(array.astype(np.float32) / full_scale)
    if pixels.ndim == 2:
        return pixels.expand(3, -1, -1).contiguous()
    if pixels.ndim != 3 or pixels.shape[2] not in (3, 4):
        raise ValueError(
            f"image is an array of shape {array.shape}; it should be (height, width), with 3 or 4 channels"
        )
    channels = pixels.permute(2, 0, 1)
    if channels.shape[0] == 4:
        channels = channels[:3] * channels[3:] + 1 - channels[3:]
    return channels.contiguous()


def _upright(image: Tensor, orientation: int) -> Tensor:
    """Undo EXIF's `orientation` (1 to 8)."""
    if orientation in (5, 6, 7, 8):
        image = image.transpose(1, 2)
    flips = {2: (2,), 3: (1, 2), 4: (1,), 6: (2,), 7: (1, 2), 8: (1,)}.get(orientation, ())
    return image.flip(flips).contiguous()


def _on_white(picture: PILImage) -> PILImage:
    from PIL import Image

    if not picture.has_transparency_data:
        return picture
    layered = picture.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", layered.size, "white"), layered).convert("RGB")


def _needs_conversion(profile: bytes | None) -> bool:
    """Whether `profile` is there and describes another space than sRGB, or cannot be read."""
    if not profile:
        return False
    from PIL import ImageCms

    try:
        name = ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(profile))).lower()
    except (ImageCms.PyCMSError, OSError):
        return True
    return "srgb" not in name or "linear" in name or "g10" in name


def _to_srgb(picture: PILImage, profile: bytes | None, notes: list[str]) -> PILImage:
    """`picture` through its ICC `profile` into sRGB; one that cannot be applied is left out, and a note says so."""
    from PIL import ImageCms

    if picture.mode.startswith(("I", "F")):
        picture = _to_8_bit_grey(picture)
    if picture.mode in ("P", "PA", "LA", "1"):
        picture = picture.convert("L" if picture.mode in ("LA", "1") else "RGB")
    if not _needs_conversion(profile):
        return picture
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile or b""))
        converted = ImageCms.profileToProfile(picture, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
        return converted or picture
    except (ImageCms.PyCMSError, OSError, ValueError):
        notes.append("The embedded colour profile could not be applied; the photo was read as sRGB.")
        return picture


def _to_8_bit_grey(picture: PILImage) -> PILImage:
    """16-bit grey to 8 bits.

    Raises:
        ValueError: the levels are not of 16 bits, so that nobody knows which of them is white.
    """
    from PIL import Image

    levels = np.asarray(picture, dtype=np.float64)
    if picture.mode == "F" or levels.min() < 0 or levels.max() > 65535:
        raise ValueError("its levels are neither of 8 nor of 16 bits")
    return Image.fromarray((levels / 65535 * 255).round().astype(np.uint8))
