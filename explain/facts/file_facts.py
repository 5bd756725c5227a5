"""The facts of one file: format, size, depth, colour space, camera, compression, and what was done to it before."""

from __future__ import annotations

import io
import os
import warnings
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms, TiffImagePlugin, UnidentifiedImageError

from ...synth_distort.decoding import PhotoError, UnreadableError, open_picture
from ...synth_distort.files import printable
from .camera import Camera, camera
from .history import ENLARGED, RECOMPRESSED, enlargement, recompression
from .jpeg import JpegFacts, jpeg_facts

# What the Ultra HDR and ISO 21496-1 formats, Google's and Apple's, write into a file that has a gain map.
GAIN_MAPS = (b"hdrgm:Version", b"urn:iso:std:iso:ts:21496", b"HDRGainMap", b"hdrgainmap")
DEPTHS = {"1": 1, "I;16": 16, "I;16B": 16, "I;16L": 16, "I": 32, "F": 32}


@dataclass(frozen=True)
class Facts:
    """What a file states, and what its bytes show.

    Attributes:
        format: such as "JPEG".
        width, height: px as stored, before EXIF's orientation is applied.
        bytes: size of the file.
        bit_depth: of each sample.
        colour_mode: such as "RGB", "L" (grey), "CMYK".
        profile: what the embedded ICC profile calls itself; None without one, which means sRGB.
        has_alpha: whether some pixels may be transparent.
        gain_map: whether there is a second picture that makes this one brighter on HDR screens; the base image is judged.
        pictures: how many the file holds.
        camera: what EXIF states.
        jpeg: how it was compressed; None for other formats.
        saved_before: whether this JPEG was saved before, which it shows mostly if that was at a lower quality; None where the
            file cannot show it.
        enlarged: whether the photo was enlarged by interpolation; None where it is too small to show.
    """

    format: str
    width: int
    height: int
    bytes: int
    bit_depth: int
    colour_mode: str
    profile: str | None
    has_alpha: bool
    gain_map: bool
    pictures: int
    camera: Camera
    jpeg: JpegFacts | None
    saved_before: bool | None
    enlarged: bool | None

    def to_dict(self) -> dict:
        """The same as plain numbers and words."""
        return asdict(self)

    @property
    def sentences(self) -> tuple[str, ...]:
        """What a reader should be told of them, one sentence each."""
        said = []
        if self.gain_map:
            said.append("The file has a gain map for HDR screens; the base image is judged, as other screens show it.")
        if self.jpeg and self.jpeg.quality is not None and self.jpeg.quality < 75:
            said.append(f"The file states that it was saved as JPEG quality {self.jpeg.quality}.")
        if self.saved_before:
            said.append("The histograms of its coefficients show that it was saved as JPEG before.")
        if self.enlarged:
            said.append("Its pixels show the period of an interpolation: it was enlarged or turned.")
        return tuple(said)


def facts(path: str | os.PathLike) -> Facts:
    """The facts of the photo at `path`.

    Raises:
        PhotoError: it is missing, or no photo that blemish reads.
    """
    path = Path(path)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise PhotoError(f"{path}: cannot be read ({error.strerror})") from None
    return facts_of(content, str(path))


def facts_of(content: bytes, name: str) -> Facts:
    """The same of the bytes of a file that is called `name` in errors.

    Raises:
        PhotoError: it is no photo that blemish reads, or its header is damaged or of a kind that Pillow does not read.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # damaged metadata is no matter
            with open_picture(content, Path(name).suffix) as picture:
                return _facts(picture, content)
    except UnreadableError as error:
        raise PhotoError(f"{printable(name)}: {error}") from error.__cause__
    except UnidentifiedImageError as error:
        raise PhotoError(f"{printable(name)}: has a header that is damaged, or of a kind that is not read") from error
    except (OSError, SyntaxError, ValueError, EOFError, RuntimeError, Image.DecompressionBombError) as error:
        raise PhotoError(f"{printable(name)}: is damaged or cut short ({printable(str(error))})") from error


def facts_of_photo(content: bytes, name: str) -> Facts | None:
    """The facts of a photo whose pixels were read; None where its header is damaged, or Pillow does not read its kind."""
    try:
        return facts_of(content, name)
    except Exception:  # damaged metadata raises anything, and is no reason to refuse a photo that was read
        return None


def _facts(picture: Image.Image, content: bytes) -> Facts:
    mode, tables = picture.mode, jpeg_facts(picture)
    luma = _luma(picture)
    again = recompression(luma, tables.luma_steps) if tables and luma is not None else None
    larger = None if luma is None else enlargement(luma)
    kind = "JPEG" if picture.format == "MPO" else picture.format or "unknown"
    return Facts(
        format=kind,
        width=picture.width,
        height=picture.height,
        bytes=len(content),
        bit_depth=_depth(picture, mode, content),
        colour_mode=mode,
        profile=_profile(picture.info.get("icc_profile")),
        has_alpha=picture.has_transparency_data,
        gain_map=any(mark in content for mark in GAIN_MAPS),
        pictures=getattr(picture, "n_frames", 1),
        camera=camera(picture.getexif()),
        jpeg=tables,
        saved_before=None if again is None else again > RECOMPRESSED,
        enlarged=None if larger is None else larger > ENLARGED,
    )


def _luma(picture: Image.Image) -> np.ndarray | None:
    """(H, W) levels as stored; None where the file is cut short."""
    try:
        return np.asarray(picture.convert("L"), np.float32)
    except (OSError, SyntaxError, ValueError, EOFError):
        return None


def _depth(picture: Image.Image, mode: str, content: bytes) -> int:
    """Bits of each sample, as the file has them: Pillow opens 16-bit colour as 8."""
    if picture.format == "PNG":
        return content[24]  # of the IHDR chunk, which is the first
    if isinstance(picture, TiffImagePlugin.TiffImageFile):
        bits = picture.tag_v2.get(258, 8)
        return int(bits[0] if isinstance(bits, tuple) else bits)
    return DEPTHS.get(mode, 8)


def _profile(profile: bytes | None) -> str | None:
    if not profile:
        return None
    try:
        return ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(profile))).strip() or "unnamed"
    except (ImageCms.PyCMSError, OSError):
        return "unreadable"
