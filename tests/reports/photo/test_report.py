"""Reports: the form of their data, their page, and how they are saved."""

import dataclasses
import json
import re
import shutil
import subprocess

import numpy as np
import pytest
import torch
from PIL import Image

import blemish
from blemish.explain import diagnosis
from blemish.explain.all_clear import AllClearRates
from blemish.explain.location import placed_part
from blemish.explain.planes.atlas.level_atlas import Level, NearestLevels
from blemish.models.score import Estimate
from blemish.reports.photo.report import Report
from blemish.synth_distort.photo import to_uint8, write_png


@pytest.fixture(scope="module")
def damaged(coffee):
    return blemish.distort(coffee, "white_noise", 0.6)


@pytest.fixture(scope="module")
def report(damaged):
    return blemish.report(to_uint8(damaged))


def test_the_data_has_the_fields_that_other_programs_read(report):
    data = json.loads(json.dumps(report.to_dict()))
    assert {
        "blemish",
        "model",
        "image",
        "mos",
        "overall_severity",
        "opinion_unaware_score",
        "undistorted_probability",
        "findings",
        "checks",
        "warnings",
        "photograph",
        "verdict",
        "facts",
        "measurements",
        "counterfactuals",
    } <= set(data)
    assert data["schema"] == 1
    assert set(data["model"]) == {"name", "sha256"}
    assert set(data["image"]) == {"path", "width", "height", "sha256"}
    assert set(data["mos"]) == {"value", "interval", "confidence", "acr"}
    assert list(data["mos"]["acr"]) == ["bad", "poor", "fair", "good", "excellent"]
    first = data["findings"][0]
    assert {
        "name",
        "family",
        "probability",
        "severity",
        "word",
        "equivalent",
        "area",
        "confirmed",
        "scale",
        "part",
        "advice",
    } <= set(first)
    assert {"where", "share", "worst"} == set(first["part"])
    assert {"looks", "cause", "helps"} == set(first["advice"])
    assert set(first["equivalent"]) == {"parameter", "value", "unit"}
    assert {"claim", "test", "passed", "measured", "false_confirmation", "power"} <= set(data["checks"][0])
    assert {"value", "unit", "percentile", "reason"} == set(data["measurements"]["noise_luma"])
    assert data["image"]["width"] == 600


def changed(report: Report, **fields) -> Report:
    """The same report with other `fields` of its diagnosis."""
    return Report(dataclasses.replace(report.diagnosis, **fields))


def test_noise_is_found_in_a_noisy_photo(report):
    worst = report.findings[0]
    assert worst.name == "white_noise"
    assert worst.severity == pytest.approx(0.6, abs=0.2)
    assert not report.diagnosis.undistorted


def test_the_page_stands_alone(report):
    assert re.findall(r"""(?:src|href)\s*=\s*["'](?!data:)""", report.html) == []
    assert "http:" not in report.html
    assert "https:" not in report.html
    assert len(report.html.encode()) < 3e6


def test_the_page_of_a_large_noisy_photo_stays_small():
    noise = np.random.default_rng(0).integers(0, 256, (1100, 1400, 3), dtype=np.uint8)
    assert len(blemish.report(noise, quick=True, anyway=True).html.encode()) < 3e6


def test_only_claims_that_passed_are_printed(report):
    checks = [check for check in report.checks if check.about]
    assert checks
    for check in checks:
        assert (check.claim in report.html) == check.passed
        assert check.false_confirmation < check.power


def test_a_finding_whose_check_failed_is_a_guess_in_other_words(report):
    failed = tuple(dataclasses.replace(item, passed=False) for item in report.checks)
    uncertain = changed(report, checks=failed)
    assert uncertain.diagnosis.confirmed == ()
    assert uncertain.diagnosis.unconfirmed == report.findings
    assert uncertain.verdict.kind == "suspected"
    assert "Confirmed by" not in uncertain.html
    assert "did not bear it out" in uncertain.html


def test_what_only_the_photo_as_viewed_shows_has_no_equivalent_of_its_pixels(report):
    finding = report.findings[0]
    phrase = f"like {finding.equivalent.phrase}"
    assert phrase in report.html
    viewed = dataclasses.replace(finding, scale="as viewed", equivalent=None)
    seen = changed(report, findings=(viewed,))
    assert phrase not in seen.html
    assert "read from the score" in seen.html
    assert seen.to_dict()["findings"][0]["equivalent"] is None
    assert seen.table()[0]["equivalent"] is None


def test_a_ladder_confirms_nothing(report):
    ladders_alone = tuple(check for check in report.checks if check.about is None)
    assert changed(report, checks=ladders_alone).diagnosis.confirmed == ()


def test_what_would_help_was_tried_and_measured(report):
    told = report.to_dict()["counterfactuals"]
    assert told
    for one in told:
        assert one["confirmed"]
        assert one["gain"] > 0
        assert one["measurement"]["after"] < one["measurement"]["before"]
        assert one["sentence"] in report.html
    tried = report.diagnosis.counterfactuals
    refused = tuple(_refused(one) for one in tried.tried)
    nothing = changed(report, counterfactuals=dataclasses.replace(tried, tried=refused))
    assert "Nothing that was tried helps" in nothing.html
    assert not any(one["sentence"] in nothing.html for one in told)


def _refused(one):
    """The same without the measurement that confirms it."""
    name, before, _ = one.measurement
    return dataclasses.replace(one, measurement=(name, before, before))


def test_a_photo_without_damage_has_no_findings(coffee):
    assert blemish.report(coffee).findings == ()


def test_an_all_clear_is_given_only_where_nothing_is_high_and_says_how_often_it_is_wrong(coffee, monkeypatch):
    first = blemish.report(coffee, quick=True)
    assert first.diagnosis.prediction is not None
    low = torch.zeros_like(first.diagnosis.prediction.local_severity)
    prediction = dataclasses.replace(
        first.diagnosis.prediction,
        undistorted_probability=0.8,
        overall_severity=Estimate(0.1, (0.0, 0.3)),
        local_severity=low,
        in_distribution=True,
    )
    clean = changed(first, findings=(), prediction=prediction)
    assert clean.diagnosis.undistorted
    assert clean.verdict.kind == "clear"
    assert "could not exclude" in clean.html
    assert "Not excluded" in clean.html
    assert "At 100 %" not in clean.html  # nothing is wrong, so no spot is the worst
    monkeypatch.setattr(diagnosis, "all_clear_rates", lambda _: AllClearRates(0.6, {0.75: 0.004, 0.5: 0.12}, 54))
    assert "without any, 60 % got it" in clean.verdict.sureness
    assert "12 % at “slightly annoying” and under 1 % at “annoying” got this" in clean.verdict.sureness
    dark = NearestLevels((Level("darken", 0.4, 1.0),) * 3 + (Level("", 0.0, 2.0),) * 2, np.ones(1), None)
    assert "are distorted (kind: underexposure)" in changed(clean, nearest=dark).verdict.sureness
    assert "are distorted" not in clean.verdict.sureness
    monkeypatch.setattr(diagnosis, "all_clear_rates", lambda _: None)
    assert "was not measured" in clean.verdict.sureness
    unsure = dataclasses.replace(prediction, undistorted_probability=0.4)
    assert not changed(clean, prediction=unsure).diagnosis.undistorted
    severe = dataclasses.replace(prediction, overall_severity=Estimate(0.55, (0.4, 0.7)))
    assert not changed(clean, prediction=severe).diagnosis.undistorted
    high = low.clone()
    high[0, :4, :4] = 1.0
    local = dataclasses.replace(prediction, local_severity=high)
    assert not changed(clean, prediction=local).diagnosis.undistorted
    assert changed(clean, prediction=local).verdict.kind == "unclear"
    where = placed_part(local, ("gaussian_blur",), height=coffee.shape[1], width=coffee.shape[2])
    assert "there may be Gaussian blur" in (page := changed(clean, prediction=local, worst_part=where).html)
    assert "Map of what the model suspects" in page
    assert "The severity is of the photo as a whole; the part at A may have more." in page
    assert "Map of what the model suspects" not in clean.html


def test_what_is_no_photograph_gets_no_score(tmp_path):
    drawing = np.full((300, 400, 3), 255, np.uint8)
    drawing[50:250:40, 40:360] = (200, 30, 30)
    drawing[60:240, 60:340:50] = 0
    result = blemish.report(drawing)
    assert (result.mos, result.overall_severity, result.findings, result.checks) == (None, None, (), ())
    assert "not a photograph" in result.html
    assert "not a photograph" in repr(result)
    data = result.to_dict()
    assert data["photograph"] is False
    assert data["mos"] is None
    anyway = blemish.report(drawing, anyway=True, quick=True)
    assert anyway.overall_severity is not None
    assert any("not a photograph" in warning for warning in anyway.warnings)


def test_rows_and_a_line_say_what_the_report_says(report):
    first = report.table()[0]
    assert (first["name"], first["confirmed"]) == (
        report.findings[0].name,
        report.findings[0] in report.diagnosis.confirmed,
    )
    assert repr(report).count("\n") == 0
    assert report.verdict.sentence in repr(report)


def test_names_are_escaped(damaged, tmp_path):
    path = tmp_path / "<b>&amp;.png"
    write_png(path, damaged)
    page = blemish.report(path).html
    assert "<b>&amp;.png" not in page
    assert "&lt;b&gt;&amp;amp;.png" in page


def test_the_same_photo_and_seed_give_the_same_report(report, damaged):
    again = blemish.report(to_uint8(damaged))
    assert again.to_dict() == report.to_dict()
    assert again.html == report.html


def test_reports_are_saved_by_ending(report, tmp_path):
    report.save(tmp_path / "a.html")
    report.save(tmp_path / "a.json")
    assert (tmp_path / "a.html").read_text() == report.html
    assert json.loads((tmp_path / "a.json").read_text()) == report.to_dict()
    with pytest.raises(ValueError, match=r"a report is saved as \.html or \.json"):
        report.save(tmp_path / "a.pdf")


def test_a_notebook_shows_a_card(report):
    card = report._repr_html_()
    assert report.verdict.sentence in card
    assert "<html" not in card


def test_photos_smaller_than_a_window_are_warned_of(small):
    tiny = small[:, :100, :100].contiguous()
    assert any(
        "smaller than the 128 px" in warning for warning in blemish.report(tiny, quick=True, anyway=True).warnings
    )


def test_photos_larger_than_any_that_were_learned_from_are_warned_of(cat):
    large = cat.repeat(1, 4, 3)
    assert any("larger than those" in warning for warning in blemish.report(large, quick=True, anyway=True).warnings)


@pytest.mark.skipif(shutil.which("chromium") is None, reason="chromium is not installed")
def test_a_browser_shows_the_page_without_sideways_scrolling(report, tmp_path):
    page, picture = tmp_path / "report.html", tmp_path / "report.png"
    report.save(page)
    switches = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
    switches += [f"--user-data-dir={tmp_path / 'profile'}", "--hide-scrollbars", "--window-size=500,2400"]
    subprocess.run(
        ["chromium", *switches, f"--screenshot={picture}", page.as_uri()], check=True, capture_output=True, timeout=120
    )
    pixels = np.asarray(Image.open(picture).convert("L"))
    assert pixels.shape[1] == 500
    assert pixels.std() > 20  # something is drawn
    assert pixels[:, -8:].min() > 240  # and nothing runs into the right edge
