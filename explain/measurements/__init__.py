"""Measurements of a photo's pixels, without a network: what a lab would measure, each one function, one unit, one source."""

from __future__ import annotations

# isort: off
from . import sharpness, noise, tone, color, blocks, spectrum  # noqa: F401  Each enters its measurements into the table.

# isort: on
from .pixels import NotMeasurableError, Pixels
from .registry import GROUPS, MEASUREMENTS, Measurement

__all__ = ["GROUPS", "MEASUREMENTS", "Measurement", "NotMeasurableError", "Pixels"]
