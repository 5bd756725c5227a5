"""A ladder as files."""

import json

import numpy as np
import pytest
from PIL import Image

from blemish.reports.ladder_files import write_ladder
from blemish.synth_distort import as_photo, severity_curve
from blemish.synth_distort.photo import to_uint8


def test_rungs_contact_sheet_and_description(small, tmp_path):
    write_ladder(as_photo(small), "gaussian_blur", tmp_path, rungs=4, seed=0)
    described = json.loads((tmp_path / "ladder.json").read_text())
    assert [rung["severity"] for rung in described["rungs"]] == [0, 0.3333, 0.6667, 1]
    assert described["unit"] == "px"
    assert described["rungs"][3]["value"] == pytest.approx(severity_curve("gaussian_blur").value(1))
    for rung in described["rungs"]:
        assert Image.open(tmp_path / rung["file"]).size == (192, 192)
    assert np.array_equal(np.array(Image.open(tmp_path / described["rungs"][0]["file"])), to_uint8(small))
    assert Image.open(tmp_path / "contact_sheet.png").size[0] > 600
    assert len(list(tmp_path.iterdir())) == 6
