"""Data sets of photos that people rated, read as downloaded and unpacked: a folder with its score file."""

from .data_set import DataSetEntry, RatedDataSet
from .registry import DATA_SETS, check_names, open_data_set, parse_data

__all__ = ["DATA_SETS", "DataSetEntry", "RatedDataSet", "check_names", "open_data_set", "parse_data"]
