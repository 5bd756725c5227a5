"""From human ratings to the shipped `severity_curves.json`: what `blemish calibrate` runs."""

from __future__ import annotations

import csv
import hashlib
import json
from pathlib import Path

from .registry import DISTORTIONS
from .severity import severity_of_dmos

SHIPPED = Path(__file__).with_name("severity_curves.json")
COLUMNS = {"distortion", "ladder", "value", "mean_dmos", "images"}
SMALLEST_STEP = 1e-3  # severity; rated values closer than this to the one before say nothing new


def calibrate(ratings: Path, destination: Path = SHIPPED) -> dict:
    """Fit the severity curve of every distortion that `ratings` rates, and write them with their record.

    Args:
        ratings: CSV with the columns distortion, ladder, value, mean_dmos and images (KADID-10k's levels).
        destination: the JSON file to write.

    Returns:
        What was written.

    Raises:
        ValueError: a column is missing, or a distortion of the registry has no ladder in `ratings`.
    """
    with ratings.open(newline="") as stream:
        table = csv.DictReader(stream)
        missing = COLUMNS - set(table.fieldnames or ())
        if missing:
            raise ValueError(f"{ratings}: lacks the columns {', '.join(sorted(missing))}")
        rows = [row for row in table if row["ladder"] == "yes"]
    curves = {}
    for name, entry in DISTORTIONS.items():
        rated = [(_own_value(name, float(row["value"])), row) for row in rows if row["distortion"] == name]
        rated.sort(key=lambda pair: abs(pair[0] - entry.null))
        values, severities = [], []
        for value, row in rated:
            severity = severity_of_dmos(float(row["mean_dmos"]))
            if value != entry.null and severity > (severities[-1] if severities else 0) + SMALLEST_STEP:
                values.append(value)
                severities.append(round(severity, 4))
        if len(values) < 2:
            raise ValueError(f"{ratings}: holds no ladder of ratings for the distortion {name!r}")
        images = sum(int(row["images"]) for _, row in rated)
        curves[name] = {"source": "rated", "images": images, "values": values, "severities": severities}
    digest = hashlib.sha256(ratings.read_bytes()).hexdigest()
    written = {"record": {"ratings": ratings.name, "sha256": digest, "database": "KADID-10k"}, "curves": curves}
    destination.write_text(json.dumps(written, indent=1) + "\n")
    return written


def _own_value(name: str, rated: float) -> float:
    """KADID-10k gives pixelation as an amount s; the factor that it resizes by is 0.95 - s^0.6."""
    return round(0.95 - rated**0.6, 4) if name == "pixelate" else rated
