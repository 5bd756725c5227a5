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


def test_rungs_contact_sheet_and_description(small, tmp_path):
    write_ladder(as_photo(small), "gaussian_blur", tmp_path, rungs=4, life="png", seed=0)
    described = json.loads((tmp_path / "ladder.json").read_text())
    assert [rung["severity"] for rung in described["rungs"]] == [0, 0.3333, 0.6667, 1]
    assert [rung["rated"] for rung in described["rungs"]] == [True, True, True, False]
    assert described["unit"] == "px"
    assert described["rungs"][3]["value"] == pytest.approx(severity_curve("gaussian_blur").value(1))
    rungs = [pixels(tmp_path / rung["file"]) for rung in described["rungs"]]
    assert [rung.shape for rung in rungs] == [(192, 192, 3)] * 4
    assert np.array_equal(rungs[0], to_uint8(small))
    assert pixels(tmp_path / "contact_sheet.png").shape[1] > 600
    assert len(list(tmp_path.iterdir())) == 6


def test_rungs_have_a_life_afterwards(small, tmp_path):
    write_ladder(as_photo(small), "white_noise", tmp_path, rungs=2, life="social_network", seed=0)
    described = json.loads((tmp_path / "ladder.json").read_text())
    assert described["life_steps"] == "resized × 0.5, saved as JPEG 75"
    assert pixels(tmp_path / described["rungs"][1]["file"]).shape == (96, 96, 3)
