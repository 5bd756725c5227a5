"""The page that shows every distortion."""

import json

import pytest
from PIL import Image

from blemish.reports import gallery
from blemish.reports.gallery import WIDTH, shown_severities, write_gallery
from blemish.synth_distort import DISTORTIONS, as_photo, severity_curve

FEW = {name: DISTORTIONS[name] for name in ("jpeg", "desaturate")}


def test_every_distortion_has_its_picture_and_its_words(coffee, tmp_path, monkeypatch):
    monkeypatch.setattr(gallery, "DISTORTIONS", FEW)
    figures = {"rising": 0.995, "untouched_at_zero": 1.0, "spacing_error": 0.07}
    validation = {
        "distortions": {"jpeg": {**figures, "largest_dmos_error": 0.02}, "desaturate": figures},
        "record": {"photos": {"mine": 3}, "machine": "an abacus", "date": "2026-11-24"},
    }
    (tmp_path / "validation.json").write_text(json.dumps(validation))
    page = write_gallery(as_photo(coffee), tmp_path, validation=tmp_path / "validation.json", seed=0)
    text = page.read_text()
    assert "| [jpeg](#jpeg) | compression | rated to 0.90 | 1.00 | 99.5 % | 0.07 | 0.02 |" in text
    assert "3 photos" in text
    assert "an abacus, 2026-11-24" in text
    for name in FEW:
        assert f"]({name}.webp)" in text
        with Image.open(tmp_path / f"{name}.webp") as picture:
            shown = len(shown_severities(DISTORTIONS[name]))
            assert picture.width == pytest.approx(shown * WIDTH, abs=6 * shown)


@pytest.mark.parametrize("content", ["", "{}", '{"distortions": {}}', '{"distortions": {"jpeg": {}}, "record": {}}'])
def test_what_is_no_validation_is_named(content, coffee, tmp_path):
    (tmp_path / "other.json").write_text(content)
    with pytest.raises(ValueError, match=r"other\.json: (was not written by|lacks)"):
        write_gallery(as_photo(coffee), tmp_path / "out", validation=tmp_path / "other.json", seed=0)
    assert not (tmp_path / "out").exists()


def test_a_distortion_that_cannot_be_very_annoying_shows_its_worst():
    assert shown_severities(DISTORTIONS["jpeg"]) == (0, 0.25, 0.5, 0.75, 1)
    assert shown_severities(DISTORTIONS["desaturate"]) == (0, 0.25, 0.5, severity_curve("desaturate").ceiling)
