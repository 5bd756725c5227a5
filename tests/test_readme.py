"""The figures in the README are those that `blemish evaluate` and the benchmark wrote."""

import json
from pathlib import Path

import numpy as np

from blemish.models.distortion_model.files import load_model
from blemish.models.evaluation.measures import MEASURES

ROOT = Path(__file__).resolve().parents[1]
EVALUATION = json.loads((ROOT / "docs" / "evaluation.json").read_text())
PEOPLE = json.loads((ROOT / "docs" / "human_scores.json").read_text())


def test_the_readme_shows_the_table_of_the_card():
    card, readme = ((ROOT / name).read_text() for name in ("docs/model-card.md", "README.md"))
    section = card[card.index("## After the post-processing") : card.index("## Beside people")]
    rows = [line for line in section.splitlines() if line.startswith("| ")]
    assert len(rows) == 2 + len(MEASURES)  # a heading and a rule above them
    assert all(row in readme for row in rows)


def test_the_other_figures_of_the_readme_were_measured():
    readme = (ROOT / "README.md").read_text()
    people, ladders = PEOPLE["cross_validation"], EVALUATION["figures"]["ladders and maps"]
    speed = json.loads((ROOT / "docs" / "model_speed.json").read_text())
    scores = json.loads((ROOT / "docs" / "score_parts.json").read_text())["figures"]
    halves = scores["opinion_unaware_score"].pop("both, of half the samples")
    parts, damage = (
        {name: one["srocc"] for name, one in scores[score].items()} for score in ("mos", "opinion_unaware_score")
    )
    off = [
        round(100 * scores["opinion_unaware_score"][part]["calibration_error"])
        for part in ("statistics", "both", "appearance")
    ]
    named = json.loads((ROOT / "docs" / "naming_parts.json").read_text())["figures"]
    for figure in (
        f"names {100 * named['windows']['clear']:.1f} % of clear distortions",
        f"the second {100 * named['averages']['clear']:.1f} %, both together {100 * named['both']['clear']:.1f} %",
        f"statistics alone {parts['statistics']:.3f}",
        f"with the embedding of damage {parts['statistics and embedding']:.3f}",
        f"content alone {parts['content']:.3f}",
        f"statistics alone has {damage['statistics']:.3f}, by appearance alone {damage['appearance']:.3f}",
        f"it has {halves['least_srocc']:.3f} to {halves['greatest_srocc']:.3f}",
        "statistics are {} points off, both together {}, appearance {}".format(*off),
        f"SROCC {people['srocc_unseen']:.3f} in the fold that the teacher was not shown",
        f"SROCC {people['srocc']:.3f} and PLCC {people['plcc']:.3f}",
        f"SROCC {PEOPLE['figures']['opinion_unaware_score']['srocc']['value']:.3f}",
        f"{100 * people['copies_below']:.1f} % get less than the",
        f"falls at {100 * ladders['falling_steps']['value']:.1f} % of steps",
        f"the MOS at {100 * ladders['mos_falling_steps']['value']:.1f} %",
        f"{ladders['map_area']['value']:.3f}",
        f"{speed['512 x 512']['times_as_fast']} times as fast as ResNet-50",
        f"{speed['12 megapixels']['seconds']} s and {speed['12 megapixels']['gigabytes']} GB",
        f"{speed['100 megapixels']['seconds']} s and {speed['100 megapixels']['gigabytes']} GB",
    ):
        assert figure in readme


def test_the_readme_quotes_the_comparison():
    readme, rows = (
        (ROOT / "README.md").read_text(),
        json.loads((ROOT / "docs/measurements/comparison.json").read_text())["rows"],
    )
    best, alone = rows[0], next(row for row in rows if (row["regions"], row["backbone"]) == ("whole photo", "resnet50"))
    assert best["backbone"] == "resnet50 + blemish"
    assert (
        f"SROCC {best['srocc']:.3f} and PLCC {best['plcc']:.3f}, ResNet-50 alone SROCC {alone['srocc']:.3f}" in readme
    )


def test_the_survey_page_quotes_the_fine_tuning():
    page = " ".join((ROOT / "docs" / "survey.md").read_text().split())
    rows = json.loads((ROOT / "docs/measurements/comparison-fine-tuning.json").read_text())["rows"]
    tuned, frozen = sorted(rows, key=lambda row: -row["srocc"])
    assert [tuned["backbone"], frozen["backbone"]] == ["squeezenet1_1 (fine-tuned)", "squeezenet1_1"]
    assert f"from {frozen['srocc']:.3f} to {tuned['srocc']:.3f}" in page
    assert f"(PLCC {frozen['plcc']:.3f} and {tuned['plcc']:.3f})" in page


def test_the_survey_page_quotes_the_region_study():
    page = (ROOT / "docs" / "survey.md").read_text()
    study = json.loads((ROOT / "docs/measurements/regions-squeezenet1_1.json").read_text())
    medians = {name: np.median(values, axis=1) for name, values in study["srocc"].items()}
    features, whole = medians["feature pooling, mean"], np.median(study["srocc_of_whole_photos"])
    predictions = [medians[f"prediction pooling, {by}"][-1] for by in ("mean", "max", "min")]
    words = " ".join(page.split())
    assert f"from {features[0]:.3f} with one crop to {features[-1]:.3f} with thirty" in words
    assert "({:.3f} with thirty crops; max {:.3f}, min {:.3f})".format(*predictions) in words
    assert f"({whole:.3f} for the whole photo, {features[3]:.3f} for twenty)" in words


def test_the_shipped_model_was_measured():
    assert EVALUATION["model"]["sha256"] == PEOPLE["model"]["sha256"] == load_model().sha256


def test_the_card_is_of_the_shipped_model(tmp_path):
    from blemish.reports.model_card import write_model_card

    card = write_model_card(
        load_model(), ROOT / "docs" / "evaluation.json", ROOT / "docs" / "human_scores.json", tmp_path
    )
    assert card.read_text() == (ROOT / "docs" / "model-card.md").read_text()
