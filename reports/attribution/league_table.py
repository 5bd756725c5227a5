"""The league table of attribution methods, as a table for reading."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ...explain.attribution.methods import METHODS
from ..templates import write_markdown

COLUMNS = {
    "auc": "pixel AUC",
    "average_precision": "average precision",
    "mass_over_share": "mass inside / share",
    "pointing": "pointing game",
    "recovered": "recovered by worst 20 %",
    "infidelity": "infidelity",
    "completeness_error": "completeness error",
    "completeness_error_95": "of 95 %",
    "max_sensitivity": "max-sensitivity",
    "shuffled_everything": "shuffled weights",
    "repeatability": "repeatability",
    "seconds": "seconds",
}


def write_league_table(record: Mapping, path: Path) -> Path:
    """Write the table of a `benchmark` to the Markdown file `path`, the best AUC first; returns `path`."""
    rows = sorted(record["methods"].items(), key=lambda row: -row[1]["auc"]["value"])
    cells = [(_title(name), [_cell(figures.get(column)) for column in COLUMNS]) for name, figures in rows]
    template = "attribution/league_table.md.j2"
    return write_markdown(path, template, headings=list(COLUMNS.values()), rows=cells, record=record)


def _title(name: str) -> str:
    method, comma, rest = name.partition(",")
    return (METHODS[method].title if method in METHODS else f"*{method}*") + comma + rest


def _cell(figure: Mapping | None) -> str:
    if figure is None:
        return "–"
    return f"{figure['value']:.3g} ({figure['low']:.3g} to {figure['high']:.3g})"
