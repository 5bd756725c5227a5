"""Colour as a file encodes it to sRGB: ICC profiles, PNG's gamma."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image as PILImage

NOT_APPLIED = "The embedded colour profile could not be applied; the photo was read as sRGB."
_SPACES = {"GRAY": "L", "RGB": "RGB", "CMYK": "CMYK", "Lab": "LAB"}


def needs_conversion(profile: bytes | None) -> bool:
    """Whether `profile` is there and describes another space than sRGB, or cannot be read."""
    if not profile:
        return False
    from PIL import ImageCms

    try:
        name = ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(profile))).lower()
    except (ImageCms.PyCMSError, OSError):
        return True
    return "srgb" not in name or "linear" in name or "g10" in name


def to_srgb(colour: PILImage, profile: bytes | None, notes: list[str]) -> PILImage:
    """An 8-bit picture without transparency through its ICC `profile`; one that cannot be applied is left out, and noted."""
    from PIL import ImageCms

    if not needs_conversion(profile):
        return colour
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile or b""))
        mode = _SPACES.get(source.profile.xcolor_space.strip(), colour.mode)  # pyright: ignore[reportAttributeAccessIssue]
        if colour.mode != mode and {colour.mode, mode} <= {"L", "RGB"}:
            colour = colour.convert(mode)  # a grey photo with a profile for colour, which is common
        converted = ImageCms.profileToProfile(colour, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
        return converted or colour
    except (ImageCms.PyCMSError, OSError, ValueError):
        notes.append(NOT_APPLIED)
        return colour


def png_gamma(info: dict) -> float | None:
    """The gamma that a PNG's samples are encoded with; None where it is sRGB's, or where sRGB or a profile overrules it."""
    gamma = info.get("gamma")
    if not gamma or "srgb" in info or "icc_profile" in info or abs(2.2 * gamma - 1) < 0.05:  # libpng's own threshold
        return None
    return float(gamma) if 0.05 <= gamma <= 5 else None
