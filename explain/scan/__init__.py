"""A whole collection at once: a row for each photo, what repeats, how two collections differ. It draws nothing."""

from .collection import Scan, scan
from .compare import SetComparison, compare_sets

__all__ = ["Scan", "SetComparison", "compare_sets", "scan"]
