"""The league table of attribution methods, as a table for reading."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from jinja2 import Environment, FileSystemLoader

from ..explain.attribution.methods import METHODS

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent), autoescape=False, trim_blocks=True, lstrip_blocks=True
)
COLUMNS = {
    "auc": "pixel AUC",
    "average_precision": "average precision",
    "mass_over_share": "mass inside / share",
    "pointing": "pointing game",
    "recovered": "recovered by worst 20 %",
    "infidelity": "infidelity",
    "completeness_error": "completeness error",
    "max_sensitivity": "max-sensitivity",
    "shuffled_everything": "shuffled weights",
    "repeatability": "repeatability",
    "seconds": "seconds",
}


def league_table(record: Mapping) -> str:
    """The table of a `benchmark`, in Markdown, the best AUC first."""
    rows = sorted(record["methods"].items(), key=lambda row: -row[1]["auc"]["value"])
    cells = [(_title(name), [_cell(figures.get(column)) for column in COLUMNS]) for name, figures in rows]
    template = _TEMPLATES.get_template("attribution_table.md.j2")
    return template.render(headings=COLUMNS.values(), rows=cells, record=record, settings=record["settings"])


def _title(name: str) -> str:
    method, comma, rest = name.partition(",")
    return (METHODS[method].title if method in METHODS else f"*{method}*") + comma + rest


def _cell(figure: Mapping | None) -> str:
    if figure is None:
        return "–"
    return f"{figure['value']:.3g} ({figure['low']:.3g} to {figure['high']:.3g})"
