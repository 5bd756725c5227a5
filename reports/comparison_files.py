"""Comparisons of quality CNNs as files: the numbers as JSON, and what a person reads: a table, a picture."""

from __future__ import annotations

import io
from pathlib import Path

import matplotlib
from matplotlib.figure import Figure

from ..models.quality_cnns.comparison import Comparison, Row
from ..models.quality_cnns.region_study import RegionStudy
from ..synth_distort.files import write_file, write_json
from .figures import STYLE, draw_region_curves

HEADINGS = (
    "regions",
    "backbone",
    "aggregation",
    "target",
    "SROCC",
    "95 % interval",
    "KROCC",
    "PLCC",
    "PLCC fitted",
    "RMSE",
)


def write_comparison(comparison: Comparison, folder: Path) -> Path:
    """Write comparison.json and, as a table for reading, comparison.md; returns the latter's path."""
    write_json(folder / "comparison.json", comparison.to_dict())
    lines: list[str] = []
    for pair in dict.fromkeys((row.trained_on, row.tried_on) for row in comparison.rows):
        rows = [row for row in comparison.rows if (row.trained_on, row.tried_on) == pair]
        lines += [f"### {_tried(rows[0])}", "", _line("design", *HEADINGS), _line(*["---"] * (len(HEADINGS) + 1))]
        lines += [_table_row(comparison, row) for row in rows]
        lines.append("")
    record = comparison.record
    lines += [
        "Medians. At 5 %, * differs from the best in SROCC (Fisher's z), † in RMSE (F test), both as in ITU-T P.1401.",
        f"Measured on {record['date']}, {record['machine']}, seed {record['seed']}, revision {record['revision']}.",
    ]
    table = folder / "comparison.md"
    write_file(table, ("\n".join(lines) + "\n").encode())
    return table


def write_region_study(study: RegionStudy, folder: Path) -> Path:
    """Write regions-BACKBONE.json and the picture regions-BACKBONE.png; returns the latter's path."""
    write_json(folder / f"regions-{study.backbone}.json", study.to_dict())
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(7.2, 5.4), layout="constrained")
        axes = draw_region_curves(figure.add_subplot(), study)
        data = study.record["data"]
        axes.set_title(
            f"{study.backbone}, {study.side} px crops, SVR, {data['photos']} photos of {data['name']}", fontsize=11
        )
        stream = io.BytesIO()
        figure.savefig(stream, format="png", facecolor="white")
    picture = folder / f"regions-{study.backbone}.png"
    write_file(picture, stream.getvalue())
    return picture


def _tried(row: Row) -> str:
    photos = row.splits[0].photos
    if row.trained_on == row.tried_on:
        return f"{row.tried_on}: {len(row.splits)} random splits, {photos} photos tried in each"
    return f"fitted to {row.trained_on}, tried on {row.tried_on} ({photos} photos)"


def _table_row(comparison: Comparison, row: Row) -> str:
    differs = comparison.differs_from_best(row)
    marks = "*" * differs["srocc"] + "†" * differs["rmse"]
    low, high = row.interval
    figures = [f"{row.median(name):.3f}" for name in ("krocc", "plcc", "plcc_fitted")]
    name = row.design.title if row.design.source != "blocks" else "–"
    interval = f"{low:.3f} to {high:.3f}"
    words = row.design.words.values()
    return _line(name, *words, f"{row.median('srocc'):.3f}{marks}", interval, *figures, f"{row.median('rmse'):.1f}")


def _line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"
