"""The figures in the README are those that `blemish evaluate` and the benchmark wrote."""

import json
import re
from pathlib import Path

from blemish.models.weights import load_model

ROOT = Path(__file__).resolve().parents[1]
EVALUATION = json.loads((ROOT / "docs" / "evaluation.json").read_text())
PEOPLE = json.loads((ROOT / "docs" / "human_scores.json").read_text())


def test_every_figure_of_the_table_was_measured():
    figures = [
        figure[end]
        for group in (*EVALUATION["figures"].values(), *PEOPLE["figures"].values())
        for figure in group.values()
        for end in ("value", "low", "high")
    ]
    known = {f"{figure * scale:.{digits}f}" for figure in figures for scale, digits in ((100, 1), (1, 3))}
    rows = [line for line in (ROOT / "README.md").read_text().splitlines() if re.search(r"\| [\d.]+ ?%? \(", line)]
    printed = [number for row in rows for number in re.findall(r"\d+\.\d+", row.split("|", 2)[2])]
    assert len(printed) >= 3 * 4 * 6
    assert set(printed) <= known


def test_the_shipped_model_was_measured():
    assert EVALUATION["model"]["sha256"] == PEOPLE["model"]["sha256"] == load_model().sha256


def test_the_card_is_of_the_shipped_model(tmp_path):
    from blemish.reports.model_card import write_model_card

    card = write_model_card(
        load_model(), ROOT / "docs" / "evaluation.json", ROOT / "docs" / "human_scores.json", tmp_path
    )
    assert card.read_text() == (ROOT / "docs" / "model-card.md").read_text()
