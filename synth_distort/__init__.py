"""Synthetic distortions on one human scale: photos in, severity ladders out."""

from . import blur, compression, noise, processing, spatial, tone  # noqa: F401 - each enters its kernels in the table
from .ladder import Ladder, distort, even_severities
from .photo import Photo, PhotoError, as_photo, read_photo
from .registry import DISTORTIONS, Distortion, get_distortion
from .severity import SeverityCurve, combined_severity, severity_curve, severity_word

__all__ = [
    "DISTORTIONS",
    "Distortion",
    "Ladder",
    "Photo",
    "PhotoError",
    "SeverityCurve",
    "as_photo",
    "combined_severity",
    "distort",
    "even_severities",
    "get_distortion",
    "read_photo",
    "severity_curve",
    "severity_word",
]
