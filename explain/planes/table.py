"""Everything that is drawn of feature planes, as one table: a row for each image."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ...synth_distort.files import write_file

if TYPE_CHECKING:
    import pyarrow

    from .feature_planes import FeaturePlanes


def rows_table(planes: FeaturePlanes) -> pyarrow.Table:
    """Photo, distortion, severity, place on each map, and what probes read of each image, on photos left out of their fit."""
    import pyarrow

    features = planes.features
    columns: dict[str, object] = {
        "photo": features.photo,
        "distortion": features.distortion.tolist(),
        "severity": features.severity,
    }
    for method in planes.embedding:
        places = planes.coordinates(method)
        columns |= {f"{method}_{axis}": places[:, number] for number, axis in enumerate("xyz")}
    named = np.full(len(features), "", dtype=object)
    named[features.distortion != ""] = [planes.probe.names[place] for place in planes.probe.named]
    columns["named"] = named.tolist()
    read = np.full(len(features), np.nan)
    for one in planes.severity:
        shown = np.isin(features.distortion, ["", one.distortion])
        read[shown] = np.where(one.severity > 0, one.by_ridge, np.nan)
    columns["severity_read"] = read
    return pyarrow.table(columns)


def write_rows(planes: FeaturePlanes, path: Path) -> None:
    """Write the table as Parquet."""
    import pyarrow
    import pyarrow.parquet

    stream = pyarrow.BufferOutputStream()
    pyarrow.parquet.write_table(rows_table(planes), stream)
    write_file(path, stream.getvalue().to_pybytes())
