"""The registry of data sets, and opening one by name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from .authentic import CCRIQ2_VIME1, KONIQ10K, LIVE_ITW, QA4CAMERA, SPAQ
from .data_set import DataSetEntry, RatedDataSet
from .own_table import OWN_CSV
from .synthetic import CSIQ, KADID10K, LIVE, TID2013

DATA_SETS: dict[str, DataSetEntry] = {
    entry.name: entry
    for entry in (
        LIVE_ITW,
        KONIQ10K,
        QA4CAMERA,
        CCRIQ2_VIME1,
        KADID10K,
        TID2013,
        CSIQ,
        LIVE,
        SPAQ,
        OWN_CSV,
    )
}


def open_data_set(name: str, path: Path) -> RatedDataSet:
    """The data set `name` of `DATA_SETS` as unpacked into `path`: scores checked and on 0 to 100, every photo on disk.

    Raises:
        ValueError: the name is unknown, or what is at `path` is not that data set, whole.
    """
    if name not in DATA_SETS:
        raise ValueError(f"{name}: is no data set; there are {', '.join(DATA_SETS)}")
    return DATA_SETS[name].open(path)


def parse_data(text: str) -> RatedDataSet:
    """The data set of an option --data: NAME=PATH, or the path of a .csv file or of a folder with mos.csv.

    Raises:
        ValueError: as `open_data_set`.
    """
    name, equals, path = text.partition("=")
    # A path may hold an equals sign itself.
    if not equals or (name not in DATA_SETS and Path(text).exists()):
        name, path = OWN_CSV.name, text
    # No shell expands the ~ of NAME=~/photos.
    return open_data_set(name, Path(path).expanduser())


def check_names(data: Sequence[RatedDataSet]) -> None:
    """Refuse several data sets of one name, since figures are reported by name.

    Raises:
        ValueError: there are two.
    """
    names = [one.name for one in data]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise ValueError(f"two data sets are called {twice}; ask about one at a time")
