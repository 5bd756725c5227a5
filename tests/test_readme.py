"""The figures in the README are those that `blemish evaluate` wrote."""

import json
import re
from pathlib import Path

from blemish.models.weights import load_model

ROOT = Path(__file__).resolve().parents[1]
EVALUATION = json.loads((ROOT / "docs" / "evaluation.json").read_text())


def test_every_figure_of_the_table_was_measured():
    figures = [
        figure[end]
        for life in EVALUATION["figures"].values()
        for figure in life.values()
        for end in ("value", "low", "high")
    ]
    known = {f"{figure * scale:.{digits}f}" for figure in figures for scale, digits in ((100, 1), (1, 3))}
    rows = [line for line in (ROOT / "README.md").read_text().splitlines() if re.search(r"\| [−\d.]+ ?%? \(", line)]
    printed = [number.replace("−", "-") for row in rows for number in re.findall(r"−?\d+\.\d+", row.split("|", 2)[2])]
    assert len(printed) == len(figures)
    assert set(printed) <= known


def test_the_shipped_model_was_measured():
    assert EVALUATION["model"]["sha256"] == load_model().sha256
