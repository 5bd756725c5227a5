"""The page of a model's sensitivity: what it is blind to comes first, and it is the same as the JSON."""

import dataclasses
import json
import math
from pathlib import Path

import pytest
import torch
from matplotlib.figure import Figure as MatplotlibFigure

from blemish.explain.sensitivity.measure import Measured, measure
from blemish.explain.sensitivity.plan import Plan
from blemish.explain.sensitivity.profile import Figure
from blemish.reports.sensitivity.figures import detected_at, draw_curve
from blemish.reports.sensitivity.page import file_stem, verdict, write_sensitivity

PLAN = Plan(distortions=("white_noise", "lens_blur", "darken"), levels=4, stability=("lens_blur",), side=128)


def detail(images: torch.Tensor) -> torch.Tensor:
    """Blind to noise and to what is darker, which make differences of neighbours over the mean rise."""
    return (images.diff(dim=3).abs().mean((1, 2, 3))) / images.mean((1, 2, 3))


detail.higher_is_better = True  # pyright: ignore[reportFunctionMemberAccess]  as users do


@pytest.fixture(scope="module")
def measured(coffee, cat) -> Measured:
    photos = [
        coffee,
        cat,
        coffee.flip(2)[:, 50:350],
        cat[:, 20:280, 100:400],
        coffee[:, :300, :300],
        coffee[:, 100:, 250:],
    ]
    return measure([detail, "piq:haarpsi"], [photo.contiguous() for photo in photos], plan=PLAN)


@pytest.fixture(scope="module")
def folder(measured, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("pages")
    write_sensitivity(measured, folder)
    return folder


def test_the_blind_spots_come_first(measured, folder):
    page = (folder / "detail.sensitivity.html").read_text()
    assert measured.profiles[0].blind_to == ["white_noise", "darken"]
    first = page.index("Blind to")
    assert "white noise" in page[first : page.index("Detected late")]
    assert first < page.index("Verdict") < page.index("Curves") < page.index("Thresholds")
    assert page.count("Score along the ladder of") == 3
    assert "http" not in page.replace("http-equiv", "")
    assert "sees the original" in page


def test_the_verdict_has_three_sentences_with_numbers(measured):
    for profile in measured.profiles:
        sentences = verdict(profile)
        assert len(sentences) == 3
        assert all(any(letter.isdigit() for letter in sentence) and sentence.endswith(".") for sentence in sentences)
    assert "never detects 2: white noise, darken" in verdict(measured.profiles[0])[0]


def test_reversals_are_shown(measured, folder):
    worst = measured.profiles[0].reversals[0]
    assert worst.distortion == "white_noise"
    assert f"{worst.rise:.0f} points better with more of it" in (folder / "detail.sensitivity.html").read_text()


def test_the_data_are_the_same(measured, folder):
    kept = json.loads((folder / "detail.sensitivity.json").read_text())
    assert kept["distortions"].keys() == set(PLAN.distortions)
    assert kept["distortions"]["white_noise"]["threshold"] == {"value": None, "low": None, "high": None}
    assert kept["record"]["plan"]["side"] == 128
    both = json.loads((folder / "comparison.json").read_text())
    assert list(both["models"]) == ["detail", "piq:haarpsi"]
    assert {one["measure"] for one in both["differences"]} == {"monotonicity", "tau", "below"}
    assert "mean" not in both["models"]["detail"]["distortions"]["darken"]


def test_levels_that_tell_of_no_equal_severities_are_said_to_be_why(measured):
    without = dataclasses.replace(measured.profiles[0], consistency=None)
    assert "a level at 0.5" in verdict(without)[2]
    assert "move by 0 points" in verdict(dataclasses.replace(without, span=0.0))[2]


def test_a_constant_has_a_page_too(coffee, cat, tmp_path):
    constant = measure([lambda images: torch.zeros(len(images))], [coffee, cat], plan=PLAN)
    (page,) = write_sensitivity(constant, tmp_path)
    assert "never detects 3: white noise, lens blur, darken" in page.read_text()


def test_names_of_models_become_names_of_files():
    assert file_stem("command:./score.sh --fast") == "command_._score.sh_--fast"
    assert file_stem("models/own.safetensors") == "own.safetensors"
    assert file_stem("pyiqa:musiq") == "pyiqa_musiq"


def test_the_lowest_level_that_was_tried_is_no_threshold_of_its_own(measured):
    ladder = measured.profiles[0].distortions["lens_blur"]
    lowest = float(ladder.severities[1])
    for value, words in ((lowest, f"{lowest:.2f} or less"), (2 * lowest, f"{2 * lowest:.2f}"), (math.inf, "never")):
        one = dataclasses.replace(ladder, threshold=Figure(value, value, value))
        assert detected_at(one) == words
        title = draw_curve(MatplotlibFigure().add_subplot(), one, (0, 1)).get_title(loc="left")
        assert words in title


def test_few_photos_are_said_to_be_few(measured, folder):
    page = (folder / f"{file_stem(measured.profiles[0].model)}.sensitivity.html").read_text()
    assert f"of {len(measured.profiles[0].photos)} photos, that is all" in page
