"""The cache of features."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from blemish.models.quality_cnns.backbones.registry import Backbone
from blemish.models.quality_cnns.features import extract
from blemish.models.quality_cnns.regions import Grid
from blemish.synth_distort import PhotoError


def test_features_are_extracted_once_and_bad_photos_are_named(rated, tmp_path, monkeypatch):
    settings = {"weights": None, "folder": tmp_path / "features", "workers": 1}
    backbone, grid = Backbone("blemish"), Grid(80)
    paths = [photo.path for photo in rated.photos[:3]]
    (tmp_path / "text.png").write_text("no photo")
    Image.fromarray(np.zeros((64, 64, 3), np.uint8)).save(tmp_path / "small.png")
    with pytest.raises(PhotoError, match=r"text.png|small.png") as caught:
        extract([tmp_path / "text.png", *paths, tmp_path / "small.png"], backbone, grid, **settings)
    assert "and 1 other" in str(caught.value)

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("it was extracted before")

    monkeypatch.setattr("blemish.models.quality_cnns.features.in_processes", refuse)
    features = extract(paths, backbone, grid, **settings)
    assert [len(photo.regions) for photo in features] == [4, 4, 4]
    (folder,) = (tmp_path / "features").iterdir()
    assert json.loads((folder / "record.json").read_text())["regions"] == "Grid(side=80, stride=None)"
    copy = Path(tmp_path / "renamed.png")
    copy.write_bytes(paths[0].read_bytes())
    assert torch.equal(extract([copy], backbone, grid, **settings)[0].regions, features[0].regions)
    with pytest.raises(AssertionError, match="extracted before"):
        extract(paths, backbone, Grid(70), **settings)
