"""The model card: every bar with its figure, and only of the model that was measured."""

import json
from pathlib import Path

import pytest

from blemish.models.distortion_model.files import load_model
from blemish.models.evaluation.conditions import EVALUATED_POST_PROCESSINGS
from blemish.models.evaluation.measures import MEASURES, MEASURES_WITHOUT_POST_PROCESSING
from blemish.reports.model_card import BARS, ROWS, write_model_card

DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.fixture
def measured(tmp_path):
    model = {"sha256": load_model().sha256}
    figure = {"value": 0.91, "low": 0.9, "high": 0.92}
    record = {"machine": "a machine", "date": "today"}
    figures = {post_processing: dict.fromkeys(MEASURES, figure) for post_processing in EVALUATED_POST_PROCESSINGS}
    figures["ladders and maps"] = dict.fromkeys(MEASURES_WITHOUT_POST_PROCESSING, figure)
    confusion = {"png": {"jpeg": {"jpeg": 7, "webp": 3}, "webp": {"jpeg": 0, "webp": 10}}}
    trials = {
        "model": model,
        "figures": figures,
        "confusion": confusion,
        "record": {**record, "photos": {"clic_val": 9}},
    }
    agreement = {"srocc": figure, "plcc": figure}
    mos = {
        "photos": 908,
        "folds": 5,
        "srocc": 0.7,
        "plcc": 0.72,
        "rmse": 10.5,
        "label_areas": {"blur": 0.84, "contrast": 0.9},
    }
    mos |= {
        "interval_coverage": 0.9,
        "interval_width": 35.4,
        "poor_with_finding": 0.85,
        "excellent_without_finding": 0.89,
    }
    people = {
        "model": model,
        "figures": {"opinion_unaware_score": agreement},
        "cross_validation": mos,
        "record": {"photos": 908},
    }
    for name, content in (("trials", trials), ("people", people)):
        (tmp_path / f"{name}.json").write_text(json.dumps(content))
    return tmp_path


def test_the_card_shows_every_bar_and_says_which_are_missed(measured):
    card = write_model_card(
        load_model(), measured / "trials.json", measured / "people.json", measured / "docs"
    ).read_text()
    bars = card[card.index("## The bars") : card.index("## After post-processing")]
    assert bars.count("met |") + bars.count("**missed** |") == len(BARS) + 7
    assert (
        "distortion named rightly, severity 0.5 and above, as PNG | ≥ 96 % | 91.0 % (90.0 to 92.0) | **missed**" in bars
    )
    assert "severity 0.5 and above, saved again as JPEG 92 | ≥ 90 % | 91.0 % (90.0 to 92.0) | met" in bars
    assert "left out of the fit, SROCC | ≥ 0.83 | 0.700 | **missed**" in bars
    assert "blur as people named it, AUC | ≥ 0.83 | 0.840 | met" in bars
    assert "without a finding, share | ≥ 0.90 | 0.890 | **missed**" in bars
    assert "35.4 points wide" in card
    assert "JPEG compression called WebP compression: 3 of 10" in card
    assert (measured / "docs" / "confusion.webp").stat().st_size > 1000


def test_every_measure_is_in_the_card():
    assert set(ROWS) == set(MEASURES)


def test_figures_of_another_model_are_refused(measured):
    trials = measured / "trials.json"
    trials.write_text(trials.read_text().replace(load_model().sha256, "0" * 64))
    with pytest.raises(ValueError, match=r"trials\.json: was measured of another model"):
        write_model_card(load_model(), trials, measured / "people.json", measured)
    trials.write_text("[]")
    with pytest.raises(ValueError, match=r"trials\.json: is no evaluation"):
        write_model_card(load_model(), trials, measured / "people.json", measured)


def test_the_card_in_docs_is_of_the_shipped_model(tmp_path):
    measurements = DOCS / "measurements"
    card = write_model_card(
        load_model(), measurements / "evaluation.json", measurements / "human_agreement.json", tmp_path
    )
    assert card.read_text() == (DOCS / "model-card.md").read_text()
