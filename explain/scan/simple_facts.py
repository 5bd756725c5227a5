"""The facts of a file that a collection is sorted by: size, camera, exposure, time. The seam to `explain.facts`."""

from __future__ import annotations

import io
import math
import warnings
from datetime import datetime

_MAKE, _MODEL, _EXPOSURE_TIME, _F_NUMBER, _ISO, _TAKEN, _LENS = 0x010F, 0x0110, 0x829A, 0x829D, 0x8827, 0x9003, 0xA434
_EXIF = 0x8769


def simple_facts(content: bytes) -> dict:
    """Format, size and EXIF of a file, by its header alone; what it does not state is None, whatever else is damaged.

    Args:
        content: the bytes of a photo that could be read.
    """
    facts: dict = dict.fromkeys(
        ("format", "width", "height", "camera", "lens", "iso", "exposure_time", "f_number", "taken")
    )
    try:
        from PIL import Image

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(content)) as picture:
                facts |= {"format": "JPEG" if picture.format == "MPO" else picture.format}
                facts |= {"width": picture.width, "height": picture.height}
                facts |= _of_exif(picture.getexif())
    except Exception:  # a header that Pillow cannot read, as of camera raw, or damaged metadata
        pass
    return facts


def _of_exif(exif) -> dict:
    more = exif.get_ifd(_EXIF)
    make, model = _text(exif.get(_MAKE)), _text(exif.get(_MODEL))
    iso = more.get(_ISO)
    return {
        "camera": model
        if not make or (model or "").lower().startswith(make.lower())
        else f"{make} {model or ''}".strip(),
        "lens": _text(more.get(_LENS)),
        "iso": int(number) if (number := _number(iso[0] if isinstance(iso, tuple) and iso else iso)) else None,
        "exposure_time": _number(more.get(_EXPOSURE_TIME)),
        "f_number": _number(more.get(_F_NUMBER)),
        "taken": _time(more.get(_TAKEN)),
    }


def _text(value: object) -> str | None:
    return str(value).replace("\0", "").strip() or None if value is not None else None


def _number(value) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    return number if math.isfinite(number) and number > 0 else None


def _time(value: object) -> str | None:
    """EXIF's time as ISO 8601."""
    try:
        return datetime.strptime(str(value).strip("\0 ")[:19], "%Y:%m:%d %H:%M:%S").isoformat()
    except ValueError:
        return None
