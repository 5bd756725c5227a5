"""One photo of a collection: everything that its row in the table says."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path

import cv2
import numpy as np

from ...models.distortion_model.files import load_model
from ...models.distortion_model.model import DistortionModel
from ...synth_distort import Photo, PhotoError, as_photo, read_photo
from ...synth_distort.files import printable
from ...synth_distort.photo import to_uint8
from .likeness import luma_of, noise, perceptual_hash, sharpness
from .simple_facts import simple_facts

THUMBNAIL = 160  # px of the longer side
AS_VIEWED = (
    1024  # px of the longer side, as which larger photos are predicted: today's model learned from sizes like it
)


@dataclass(frozen=True)
class Job:
    """A photo to be scanned.

    Attributes:
        path: of its file, or what it is called.
        known: SHA-256 of the file that the table already has a row of; empty without one.
        weights: of the model; None for the embedded one.
        most_pixels: that are read.
        isolated: whether risky decoders get a process of their own; in a worker, whose death is survived, they need none.
    """

    path: str
    known: str
    weights: str | None
    most_pixels: int
    isolated: bool


def scan_file(job: Job) -> dict:
    """The row of the photo at `job.path`; {"path", "unchanged"} where the file is the one that is known already."""
    path = Path(job.path)
    try:
        content = path.read_bytes() if path.is_file() else b""
        digest = hashlib.sha256(content).hexdigest() if content else ""
        if digest and digest == job.known:
            return {"path": job.path, "unchanged": True}
        photo = read_photo(path, most_pixels=job.most_pixels, isolated=job.isolated, longest=AS_VIEWED)
        return {
            "path": job.path,
            "bytes": len(content),
            **simple_facts(content),
            **row_of(photo, load_model(job.weights)),
        }
    except (PhotoError, OSError) as error:
        return failed(job.path, str(error), digest=_digest(path))
    except Exception as error:  # whatever goes wrong with one photo, the others still get their rows
        return failed(job.path, f"{printable(job.path)}: could not be scanned ({type(error).__name__}: {error})")


def scan_source(name: str, source: object, model: DistortionModel) -> dict:
    """The row of an image in memory, or of anything else that `as_photo` takes."""
    try:
        return {"path": name, **row_of(as_photo(source), model)}  # pyright: ignore[reportArgumentType]
    except (PhotoError, TypeError, ValueError) as error:
        return failed(name, f"{printable(name)}: {error}")


def ended(job: Job) -> dict:
    """The row of a photo over which a worker died."""
    return failed(
        job.path,
        f"{printable(job.path)}: ended the process that worked on it, for want of memory or by a decoder's error",
    )


def failed(path: str, sentence: str, *, digest: str = "") -> dict:
    """The row of a photo that could not be read."""
    return {"path": path, "error": sentence, "sha256": digest}


def row_of(photo: Photo, model: DistortionModel) -> dict:
    """What is computed from the pixels: prediction, likeness, thumbnail. Deterministic; no times, no experiments."""
    prediction = model.predict(photo.image)
    pixels = to_uint8(photo.image)
    luma = luma_of(pixels)
    mos, overall = prediction.mos, prediction.overall_severity
    return {
        "sha256": photo.sha256,
        "error": None,
        "scale": round(photo.scale, 6),
        **({} if photo.path else {"width": photo.width, "height": photo.height}),
        "notes": list(photo.notes),
        "mos": None if mos is None else _rounded(mos.value),
        "mos_low": None if mos is None else _rounded(mos.interval[0]),
        "mos_high": None if mos is None else _rounded(mos.interval[1]),
        "opinion_unaware_score": _rounded(prediction.opinion_unaware_score.value),
        "overall_severity": _rounded(overall.value),
        "undistorted_probability": _rounded(prediction.undistorted_probability),
        "in_distribution": bool(prediction.in_distribution),
        "findings": [
            {
                "name": one.name,
                "family": one.family,
                "probability": _rounded(one.probability),
                "severity": _rounded(one.severity),
                "area": _rounded(one.area),
            }
            for one in prediction.findings
        ],
        "sharpness": _rounded(sharpness(luma)),
        "noise": _rounded(noise(luma)),
        "brightness": _rounded(float(luma.mean()) / 255),
        "mean_color": [_rounded(float(channel)) for channel in pixels.reshape(-1, 3).mean(0) / 255],
        "hash": perceptual_hash(luma),
        "thumbnail": _thumbnail(pixels),
        "model": model.sha256,
        "blemish": _version(),
    }


def score(row: dict) -> float:
    """The MOS of a row; the opinion-unaware score where the model has no MOS."""
    return row["opinion_unaware_score"] if row["mos"] is None else row["mos"]


@cache
def _version() -> str:
    return metadata.version("blemish")


def _digest(path: Path) -> str:
    """Of a file that cannot be read as a photo, so that it is not tried again until it changes."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
    except OSError:
        return ""


def _rounded(value: float) -> float:
    return round(float(value), 4)


def _thumbnail(pixels: np.ndarray) -> bytes:
    """A small WebP."""
    from PIL import Image

    height, width = pixels.shape[:2]
    scale = min(1.0, THUMBNAIL / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    stream = io.BytesIO()
    Image.fromarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)).save(stream, "WEBP", quality=70)
    return stream.getvalue()
