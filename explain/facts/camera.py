"""What EXIF states of the camera and the exposure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from PIL.Image import Exif

EXIF_IFD, MAKE, MODEL, SOFTWARE = 0x8769, 0x010F, 0x0110, 0x0131
EXPOSURE_TIME, F_NUMBER, ISO, FOCAL_LENGTH, FOCAL_35_MM = 0x829A, 0x829D, 0x8827, 0x920A, 0xA405
TAKEN, LENS_MODEL, FLASH = 0x9003, 0xA434, 0x9209


@dataclass(frozen=True)
class Camera:
    """What EXIF states; None for what it does not.

    Attributes:
        make, model, lens, software: as written, without padding.
        iso: sensitivity.
        exposure_time: s.
        f_number: of the aperture.
        focal_length: mm.
        focal_length_35mm: mm, of the same angle of view on 35 mm film.
        flash: whether it fired.
        taken: date and time as written, "2024:05:17 11:02:33".
    """

    make: str | None = None
    model: str | None = None
    lens: str | None = None
    software: str | None = None
    iso: int | None = None
    exposure_time: float | None = None
    f_number: float | None = None
    focal_length: float | None = None
    focal_length_35mm: float | None = None
    flash: bool | None = None
    taken: str | None = None


def camera(exif: Exif) -> Camera:
    """The camera that `exif` states; a damaged tag counts as none."""
    try:
        inner = exif.get_ifd(EXIF_IFD)
    except (OSError, SyntaxError, ValueError, TypeError, KeyError, AttributeError):
        inner = {}
    iso, flash = _number(inner.get(ISO)), _number(inner.get(FLASH))
    return Camera(
        make=_text(exif.get(MAKE)),
        model=_text(exif.get(MODEL)),
        lens=_text(inner.get(LENS_MODEL)),
        software=_text(exif.get(SOFTWARE)),
        iso=int(iso) if iso else None,
        exposure_time=_number(inner.get(EXPOSURE_TIME)),
        f_number=_number(inner.get(F_NUMBER)) or None,
        focal_length=_number(inner.get(FOCAL_LENGTH)) or None,
        focal_length_35mm=_number(inner.get(FOCAL_35_MM)) or None,
        flash=None if flash is None else bool(int(flash) & 1),
        taken=_text(inner.get(TAKEN)),
    )


def _text(value: object) -> str | None:
    if isinstance(value, bytes):
        value = value.decode("utf8", "replace")
    if not isinstance(value, str):
        return None
    value = value.split("\0")[0]  # what stands behind the end of the text is left over in the camera's memory
    words = " ".join("".join(letter for letter in value if letter.isprintable()).split())
    return words or None


def _number(value: Any) -> float | None:
    if isinstance(value, (tuple, list)):
        value = value[0] if value else None
    try:
        number = float(value)
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        return None
    return float(f"{number:.6g}") if number == number and abs(number) < 1e12 else None
