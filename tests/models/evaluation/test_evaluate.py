"""Evaluation: the trials, what they are counted to, and that a stopped run goes on."""

import json
from dataclasses import replace

import numpy as np
import pytest
import skimage.data
import torch
from PIL import Image

from blemish.models.distortion_model.files import load_model
from blemish.models.evaluation.conditions import EVALUATED_POST_PROCESSINGS
from blemish.models.evaluation.evaluate import evaluate
from blemish.models.evaluation.measures import MEASURES, MEASURES_WITHOUT_POST_PROCESSING, confusion, summary
from blemish.models.evaluation.trials import PhotoTrials, Trial, local_area, questions, small_steps
from blemish.synth_distort import DISTORTIONS


def trial(severities: dict[str, float], named: str, *, score: float, sure: float = 0.9) -> Trial:
    probability = {"jpeg": 0.05, "darken": 0.04, "gaussian_blur": 0.03, named: sure}
    found = (named,) if severities else ()
    return Trial(
        severities,
        probability,
        {name: truth - 0.1 for name, truth in severities.items()},
        dict.fromkeys(severities, 0.05 if named == "gaussian_blur" else 0.15),
        score,
        (score - 5, score + 5),
        0.2 + 0.7 * (not severities),
        found,
    )


@pytest.fixture
def photos() -> list[PhotoTrials]:
    trials = (
        trial({}, "jpeg", score=97, sure=0.3),
        trial({"jpeg": 0.3}, "jpeg", score=52),
        trial({"jpeg": 0.6}, "gaussian_blur", score=38),
        trial({"darken": 0.5}, "darken", score=52),
        trial({"jpeg": 0.5, "darken": 0.6}, "darken", score=22),
    )
    steps = {
        "opinion_unaware_score": {"jpeg": (80.0, 70.0, 72.0, 60.0, 50.0)},
        "mos": {"jpeg": (80.0, 81.0, 82.0, 60.0, 61.0)},
    }
    return [PhotoTrials(name, "mine", {"png": trials}, steps, {"jpeg": 0.9, "darken": 0.7}) for name in ("a", "b")]


def test_the_measures_count_rightly(photos):
    figures = summary(photos)
    values = {name: figure["value"] for name, figure in figures["png"].items()}
    assert values["type_accuracy_clear"] == 0.5
    assert values["type_accuracy_mild"] == 1
    assert values["family_accuracy_clear"] == 0.5
    assert values["four_choices"] == pytest.approx(2 / 3, abs=1e-4)  # of three names; one is second
    assert values["chains_in_top_three"] == 1
    assert values["found_clear"] == 0.5
    assert values["found_mild"] == 1
    assert values["findings_right"] == 0.75  # that of the chain is one of its two
    assert values["undistorted_without_findings"] == 1
    assert values["undistorted_recognized"] == 1
    assert values["severity_error"] == pytest.approx(0.1, abs=1e-4)
    assert values["severity_spearman"] == pytest.approx(1)
    assert values["calibration_error"] == pytest.approx(0.9 - 2 / 3, abs=1e-4)
    assert values["interval_coverage"] == pytest.approx(4 / 5)  # 70 lies outside 47 to 57
    assert values["severity_interval_coverage"] == pytest.approx(2 / 3, abs=1e-4)  # 0.1 off, within 0.15 but for one
    assert figures["ladders and maps"]["falling_steps"]["value"] == 0.75
    assert figures["ladders and maps"]["mos_falling_steps"]["value"] == 0.25
    assert figures["ladders and maps"]["map_area"]["value"] == pytest.approx(0.8)
    assert set(values) == set(MEASURES)
    assert set(figures["ladders and maps"]) == set(MEASURES_WITHOUT_POST_PROCESSING)
    assert confusion(photos, "png")["jpeg"] == {"gaussian_blur": 2, "jpeg": 0, "darken": 0}


def test_trials_on_disk_are_the_same(photos, tmp_path):
    photos[0].save(tmp_path / "a.json")
    assert PhotoTrials.load(tmp_path / "a.json") == photos[0]


def test_the_questions_are_every_distortion_mild_and_clear_and_chains_of_two_families():
    asked = list(questions(tuple(DISTORTIONS), np.random.default_rng(0)))
    assert asked[0] == {}
    singles = [severities for severities in asked if len(severities) == 1]
    assert len(singles) == 2 * len(DISTORTIONS)
    assert all(severity >= 0.25 for severities in singles for severity in severities.values())
    chains = [severities for severities in asked if len(severities) == 2]
    assert all(min(severities.values()) >= 0.5 for severities in chains)
    assert all(len({DISTORTIONS[name].family for name in severities}) == 2 for severities in chains)


def test_small_steps_stop_where_the_distortion_does(coffee):
    far = small_steps(load_model(), coffee[:, :192, :192], "white_noise", seed=0)
    assert {head: len(scores) for head, scores in far.items()} == {"opinion_unaware_score": 15, "mos": 15}
    assert len(small_steps(load_model(), coffee[:, :192, :192], "desaturate", seed=0)["opinion_unaware_score"]) < 15


def test_a_model_without_an_mos_score_has_none_along_ladders(photos):
    opinion_unaware_score_only = [
        replace(photo, steps={"opinion_unaware_score": photo.steps["opinion_unaware_score"]}) for photo in photos
    ]
    assert set(MEASURES_WITHOUT_POST_PROCESSING) - set(summary(opinion_unaware_score_only)["ladders and maps"]) == {
        "mos_falling_steps"
    }


def test_noise_in_a_part_is_located(coffee):
    areas = [local_area(load_model(), coffee, "white_noise", np.random.default_rng(seed)) for seed in range(3)]
    assert np.mean(areas) > 0.8


@pytest.fixture
def folder(tmp_path):
    """Two photos of a test collection."""
    (tmp_path / "photos").mkdir()
    for name in ("rocket", "coffee"):
        Image.fromarray(getattr(skimage.data, name)()[:300, :300]).save(tmp_path / "photos" / f"{name}.png")
    index = "file,collection\nrocket.png,clic_val\ncoffee.png,gb82\n"
    (tmp_path / "photos" / "index.csv").write_text(index)
    return tmp_path / "photos"


def test_an_evaluation_that_was_stopped_ends_as_it_would_have(folder, tmp_path, monkeypatch):
    asked = [{}, {"jpeg": 0.6}, {"jpeg": 0.3}, {"jpeg": 0.6, "darken": 0.7}]
    monkeypatch.setattr("blemish.models.evaluation.trials.questions", lambda names, generator: iter(asked))
    monkeypatch.setattr("blemish.models.evaluation.trials.SHARE_OF_TYPES", 44)

    def evaluated(**stops) -> dict:
        monkeypatch.setattr(
            "blemish.models.evaluation.evaluate.in_processes", lambda f, jobs, **_: map(f, jobs[: stops.get("after")])
        )
        return evaluate(folder, tmp_path / "figures.json", weights=None, photos=None, workers=1, seed=0)

    undisturbed = evaluated()
    assert json.loads((tmp_path / "figures.json").read_text())["figures"] == undisturbed["figures"]
    with pytest.raises(FileNotFoundError):
        evaluated(after=1)
    (kept,) = tmp_path.glob(".figures-*")
    assert len(list(kept.iterdir())) == 1
    resumed = evaluated()
    assert resumed["figures"] == undisturbed["figures"]
    assert resumed["confusion"] == undisturbed["confusion"]
    assert set(EVALUATED_POST_PROCESSINGS) < set(resumed["figures"])
    assert sum(resumed["confusion"]["png"]["jpeg"].values()) == 2
    assert not kept.exists()


def test_people_are_agreed_with_or_not(tmp_path, monkeypatch):
    monkeypatch.setattr("blemish.models.evaluation.evaluate.in_processes", in_this_process)
    photo = torch.from_numpy(skimage.data.coffee()[:192, :192].copy())
    generator = torch.Generator().manual_seed(0)
    rows = ["file,mos"]
    for number in range(12):
        noisy = (photo + 8 * number * torch.randn(photo.shape, generator=generator)).clamp(0, 255).byte().numpy()
        Image.fromarray(noisy).save(tmp_path / f"{number}.png")
        rows.append(f"{number}.png,{90 - 7 * number}")
    (tmp_path / "mos.csv").write_text("\n".join(rows) + "\n")
    measured = evaluate(tmp_path, tmp_path / "out.json", weights=None, photos=None, workers=1, seed=0)
    assert measured["figures"]["opinion_unaware_score"]["srocc"]["value"] > 0.8
    assert measured["record"]["photos"] == 12
    assert measured["figures"]["mos"]["srocc"]["value"] > 0.5
    assert "cross_validation" not in measured


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        (None, "holds no photos of the collections clic_val"),
        ("file,score\n1.png,3\n", "lacks the columns file and mos"),
        ("file,mos\n1.png,\n", "has no scores"),
        ("file,mos\n1.png,great\n", "the score of 1.png is 'great'"),
        ("file,mos\n1.png,101\n", "the score of 1.png is '101'"),
        ("file,mos\n1.png,50\n", r"1\.png: there is no such file"),
    ],
)
def test_scores_that_cannot_be_used_are_named(table, sentence, tmp_path):
    if table is None:
        Image.new("RGB", (64, 64)).save(tmp_path / "any.png")
    else:
        (tmp_path / "mos.csv").write_text(table)
    with pytest.raises(ValueError, match=sentence):
        evaluate(tmp_path, tmp_path / "out.json", weights=None, photos=None, workers=1, seed=0)


def in_this_process(function, jobs, **_):
    return map(function, jobs)
