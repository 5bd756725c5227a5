"""A ladder as files."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from blemish.reports.ladder_files import write_ladder
from blemish.synth_distort import as_photo, severity_curve
from blemish.synth_distort.photo import to_uint8


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as picture:
        return np.array(picture)


def test_levels_contact_sheet_and_description(small, tmp_path):
    write_ladder(as_photo(small), "gaussian_blur", tmp_path, levels=4, post_processing="png", seed=0)
    described = json.loads((tmp_path / "ladder.json").read_text())
    assert [level["severity"] for level in described["levels"]] == [0, 0.3333, 0.6667, 1]
    assert [level["rated"] for level in described["levels"]] == [True, True, True, False]
    assert described["unit"] == "px"
    assert described["levels"][3]["value"] == pytest.approx(severity_curve("gaussian_blur").value(1))
    levels = [pixels(tmp_path / level["file"]) for level in described["levels"]]
    assert [level.shape for level in levels] == [(192, 192, 3)] * 4
    assert np.array_equal(levels[0], to_uint8(small))
    assert pixels(tmp_path / "contact_sheet.png").shape[1] > 600
    assert len(list(tmp_path.iterdir())) == 6


def test_levels_have_a_post_processing_afterwards(small, tmp_path):
    write_ladder(as_photo(small), "white_noise", tmp_path, levels=2, post_processing="social_network", seed=0)
    described = json.loads((tmp_path / "ladder.json").read_text())
    assert described["post_processing_steps"] == "resized × 0.5, saved as JPEG 75"
    assert pixels(tmp_path / described["levels"][1]["file"]).shape == (96, 96, 3)
