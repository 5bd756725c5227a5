"""Comparisons of quality CNNs as files: the numbers as JSON, and what a person reads: a table, a picture."""

from __future__ import annotations

from pathlib import Path

import matplotlib
from matplotlib.figure import Figure

from ..models.quality_cnns.comparison import Comparison
from ..models.quality_cnns.region_study import RegionStudy
from ..synth_distort.files import write_file, write_json
from .encoding import figure_bytes
from .figures import STYLE, draw_region_curves
from .templates import write_markdown


def write_comparison(comparison: Comparison, folder: Path) -> Path:
    """Write comparison.json and, as a table for reading, comparison.md; returns the latter's path."""
    write_json(folder / "comparison.json", comparison.to_dict())
    pairs = dict.fromkeys((row.trained_on, row.tried_on) for row in comparison.rows)
    tables = [[row for row in comparison.rows if (row.trained_on, row.tried_on) == pair] for pair in pairs]
    return write_markdown(folder / "comparison.md", "comparison.md.j2", comparison=comparison, tables=tables)


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
        picture = folder / f"regions-{study.backbone}.png"
        write_file(picture, figure_bytes(figure, "png"))
    return picture
