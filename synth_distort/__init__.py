"""Synthetic distortions on one human scale: photos in, severity ladders out."""

# Each of these enters its kernels in the table.
from .distortions import blur, color, compression, noise, processing, spatial, tone, transmission  # noqa: F401
from .distortions.registry import DISTORTIONS, FAMILIES, Distortion, get_distortion
from .ladder import Ladder, distort, distort_chain, even_severities
from .photo import Photo, PhotoError, as_photo, read_photo
from .post_processing import POST_PROCESSINGS, post_process, random_post_processing
from .severity import SeverityCurve, combined_severity, severity_curve, severity_word

__all__ = [
    "DISTORTIONS",
    "FAMILIES",
    "POST_PROCESSINGS",
    "Distortion",
    "Ladder",
    "Photo",
    "PhotoError",
    "SeverityCurve",
    "as_photo",
    "combined_severity",
    "distort",
    "distort_chain",
    "even_severities",
    "get_distortion",
    "post_process",
    "random_post_processing",
    "read_photo",
    "severity_curve",
    "severity_word",
]
