"""The page of feature planes: what it says, what it holds, and that a browser draws it."""

import json
import re
import shutil
import subprocess

import numpy as np
import pytest
import torch
from plotly.offline import get_plotlyjs
from torch import nn

import blemish
from blemish.explain.planes.study import Settings, collect
from blemish.reports.planes import thumbnails as thumbnails_module
from blemish.reports.planes.files import write_planes
from blemish.reports.planes.plots import COLORS, looks
from blemish.reports.planes.thumbnails import thumbnails
from blemish.synth_distort import DISTORTIONS

SETTINGS = Settings(("jpeg", "white_noise"), (0.5, 1.0), mixtures=())
LARGEST = 8e6  # bytes


class Filters(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(1)
        self.fine = nn.Conv2d(3, 8, 3)

    def forward(self, images):
        return self.fine(images)


@pytest.fixture(scope="module")
def written(coffee, tmp_path_factory):
    folder = tmp_path_factory.mktemp("planes")
    photos = [coffee[:, top : top + 100, left : left + 100] for top in (0, 100, 200) for left in (0, 100, 200)]
    study = blemish.planes(photos, Filters(), layers=("fine",), settings=SETTINGS)
    page = write_planes([study], collect(photos).sources, SETTINGS, folder, figures=folder / "figures")
    return study, page


def test_the_page_is_one_file_with_everything_in_it(written):
    study, page = written
    text = page.read_text()
    assert len(text) < LARGEST
    text = text.replace(get_plotlyjs(), "")
    assert not re.search(r'(src|href)="http', text)
    assert f"From its layer {study.layer}, Filters names the distortion of" in text
    (data,) = map(json.loads, re.findall(r"const data = (.*);\n", text))
    keys = {key for trace in data["plots"]["Filters"]["map-pca"]["data"] for key in trace.get("customdata", []) if key}
    assert keys
    assert keys <= set(data["thumbnails"])


def test_pictures_of_the_next_run_come_from_the_cache(written, coffee, tmp_path, monkeypatch):
    study, _ = written
    sources = collect(
        [coffee[:, top : top + 100, left : left + 100] for top in (0, 100, 200) for left in (0, 100, 200)]
    ).sources
    made = thumbnails(study, sources, SETTINGS)
    assert thumbnails(study, sources, SETTINGS, cache=tmp_path) == made
    monkeypatch.setattr(thumbnails_module, "_made", None)
    assert thumbnails(study, sources, SETTINGS, cache=tmp_path) == made


def test_data_and_stills_lie_beside_it(written):
    study, page = written
    content = json.loads((page.parent / "planes.json").read_text())
    assert content["backbones"][0]["best_layer"]["accuracy"]["value"] == study.best.accuracy["value"]
    assert content["record"]["distortions"] == ["jpeg", "white_noise"]
    assert "| Filters | **fine** | 16 | **" in (page.parent / "planes.md").read_text()
    stills = sorted(path.name for path in (page.parent / "figures").iterdir())
    assert len(stills) == 12
    assert {name.rpartition(".")[2] for name in stills} == {"png", "svg"}


def test_only_photos_that_lda_was_not_fitted_to_are_drawn_on_its_map(written):
    study, _ = written
    drawn = ~np.isnan(study.coordinates("lda")[:, 0])
    assert set(study.features.photo[drawn]) == set(np.flatnonzero(~study.fitted))


def test_many_distortions_have_looks_of_their_own():
    assert len(set(looks(tuple(DISTORTIONS)).values())) == len(DISTORTIONS)
    assert len({color for color, _ in looks(tuple(DISTORTIONS)[: len(COLORS)]).values()}) == len(COLORS)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("chromium") is None, reason="no chromium")
def test_a_browser_draws_every_figure(written):
    _, page = written
    flags = ["--headless", "--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
    command = ["chromium", *flags, "--virtual-time-budget=8000", "--dump-dom", f"file://{page}"]
    drawn = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True).stdout
    assert (
        drawn.count('class="plot js-plotly-plot"') == 5
    )  # one map and four figures; other maps are drawn when asked for
