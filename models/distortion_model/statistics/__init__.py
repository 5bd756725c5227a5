"""Fixed statistics of a photo, in cells of 32 px and windows of 128 px.

What carries distortions, without trained parameters.
"""

from .geometry import CELL, HALO, WINDOW
from .pooled import PooledStatistics

__all__ = ["CELL", "HALO", "WINDOW", "PooledStatistics"]
