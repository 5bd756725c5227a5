"""One photo of a collection: everything that its row in the table says."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from torch import Tensor

from ...models.distortion_model.device import chosen_device
from ...models.distortion_model.files import load_model
from ...models.distortion_model.model import DistortionModel
from ...models.distortion_model.prediction import Prediction
from ...synth_distort import Photo, PhotoError, as_photo, read_photo
from ...synth_distort.files import printable
from ...synth_distort.photo import SMALLEST_SIDE, to_uint8
from ..facts import Facts, facts_of_photo
from ..facts.camera import Camera
from ..location import mask_of_finding
from ..measurements.measure import values_of
from ..photograph_classifier import photograph
from .likeness import perceptual_hash

THUMBNAIL = 160  # px of the longer side
ON_SCREEN = 1024  # px of the longer side to which larger photos are reduced before they are measured and compared
MEASURED = ("edge_width_sharpest", "noise_luma", "mean_luma", "contrast", "clipped_highlights", "clipped_shadows")


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
    path, digest = Path(job.path), ""
    try:
        content = path.read_bytes() if path.is_file() else b""
        digest = hashlib.sha256(content).hexdigest() if content else ""
        if digest and digest == job.known:
            return {"path": job.path, "unchanged": True}
        photo = read_photo(path, most_pixels=job.most_pixels, isolated=job.isolated)
        stated = _stated(facts_of_photo(content, job.path))
        model = load_model(job.weights, device=chosen_device())
        return {"path": job.path, "bytes": len(content), **stated, **row_of(photo, model)}
    except (PhotoError, OSError) as error:
        return failed(job.path, str(error), digest=digest)
    except Exception as error:  # whatever goes wrong with one photo, the others still get their rows
        return failed(job.path, f"{printable(job.path)}: could not be scanned ({type(error).__name__}: {error})")


def scan_source(name: str, source: Any, model: DistortionModel) -> dict:
    """The row of an image in memory, or of anything else that `as_photo` takes."""
    try:
        return {"path": name, **row_of(as_photo(source), model)}
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
    """What is computed from the pixels: prediction, measurements, likeness, thumbnail; always the same, without experiments."""
    is_photograph = photograph(photo.image).is_photograph
    small = _on_screen(photo.image)
    pixels = to_uint8(small)
    measured = {name: _rounded(value) for name, value in values_of(small, only=MEASURED).items()}
    return {
        "sha256": photo.sha256,
        "error": None,
        "width": photo.width,
        "height": photo.height,
        "notes": list(photo.notes),
        "is_photograph": is_photograph,
        **(_predicted(model.predict(photo.image, sampled=True)) if is_photograph else {}),
        **measured,
        "mean_color": [_rounded(float(channel)) for channel in pixels.reshape(-1, 3).mean(0) / 255],
        "hash": perceptual_hash(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)),
        "thumbnail": _thumbnail(pixels),
        "model": model.sha256,
        "blemish": _version(),
    }


def score(row: dict) -> float:
    """The MOS of a photograph's row; the opinion-unaware score where the model has no MOS."""
    return row["opinion_unaware_score"] if row["mos"] is None else row["mos"]


def _predicted(prediction: Prediction) -> dict:
    mos, overall = prediction.mos, prediction.overall_severity
    return {
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
                "area": _rounded(float(mask_of_finding(one, prediction.expected_severity(one.name).numpy()).mean())),
            }
            for one in prediction.findings
        ],
    }


def _stated(facts: Facts | None) -> dict:
    """What the file states, and its bytes show."""
    if facts is None:
        return {}
    camera, jpeg = facts.camera, facts.jpeg
    return {
        "format": facts.format,
        "jpeg_quality": None if jpeg is None else jpeg.nearest_quality,
        "saved_before": facts.saved_before,
        "enlarged": facts.enlarged,
        "camera": _camera_name(camera),
        "lens": camera.lens,
        "iso": camera.iso,
        "exposure_time": camera.exposure_time,
        "f_number": camera.f_number,
        "taken": _iso_8601(camera.taken),
    }


def _camera_name(camera: Camera) -> str | None:
    """Maker and model; the maker once where the model begins with it."""
    make, model = camera.make or "", camera.model or ""
    return (model if model.lower().startswith(make.lower()) else f"{make} {model}").strip() or None


def _iso_8601(taken: str | None) -> str | None:
    """EXIF's time as ISO 8601."""
    try:
        return datetime.strptime((taken or "")[:19], "%Y:%m:%d %H:%M:%S").isoformat()
    except ValueError:
        return None


@cache
def _version() -> str:
    return metadata.version("blemish")


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(float(value), 4)


def _on_screen(image: Tensor) -> Tensor:
    """(3, H, W) with sides of ON_SCREEN px at most, but for strips so narrow that nothing would be left of them."""
    sides = image.shape[1:]
    factor = max(ON_SCREEN / max(sides), SMALLEST_SIDE / min(sides))
    if factor >= 1:
        return image
    height, width = (max(SMALLEST_SIDE, round(side * factor)) for side in sides)
    planes = [cv2.resize(plane.numpy(), (width, height), interpolation=cv2.INTER_AREA) for plane in image]
    return torch.from_numpy(np.stack(planes))


def _thumbnail(pixels: np.ndarray) -> bytes:
    """A small WebP."""
    from PIL import Image

    height, width = pixels.shape[:2]
    scale = min(1.0, THUMBNAIL / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    stream = io.BytesIO()
    Image.fromarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)).save(stream, "WEBP", quality=70)
    return stream.getvalue()
