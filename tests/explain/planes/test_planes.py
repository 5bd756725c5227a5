"""From photos to planes: a network of a few filters, photos of two pictures' parts, and what a user may do wrong."""

import dataclasses
import json

import numpy as np
import pyarrow.parquet
import pytest
import torch
from torch import nn

import blemish
from blemish.explain.planes.feature_planes import study_planes
from blemish.explain.planes.placement import load_planes
from blemish.explain.planes.study import Settings, collect
from blemish.explain.probes.ladder_features import Extractor, Source, extract_chains, ladder_chains
from blemish.synth_distort import distort
from blemish.synth_distort.photo import write_png

SETTINGS = Settings(("jpeg", "white_noise", "gaussian_blur"), (0.5, 1.0), posts=("png", "jpeg92"), mixtures=(2,))


class Filters(nn.Module):
    """Two layers of fixed random filters."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(1)
        self.fine = nn.Sequential(nn.Conv2d(3, 12, 3), nn.ReLU())
        self.coarse = nn.Sequential(nn.Conv2d(12, 16, 3, stride=2), nn.ReLU())

    def forward(self, images):
        return self.coarse(self.fine(images))


@pytest.fixture(scope="module")
def photos(coffee, cat) -> list[torch.Tensor]:
    """Ten parts of two pictures, of different sizes."""
    return [
        image[:, top : top + 96, left : left + 110 + top]
        for image in (coffee, cat)
        for top in (0, 96)
        for left in (0, 120, 240)
    ][:10]


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("features")


@pytest.fixture(scope="module")
def study(photos, cache):
    return blemish.planes(photos, Filters(), layers=("fine", "coarse"), settings=SETTINGS, cache=cache)


def test_everything_is_there(study):
    assert study.names == ("gaussian_blur", "jpeg", "white_noise")
    assert study.layer in ("fine", "coarse")
    assert study.probe.accuracy["value"] > 0.6
    assert len(study.angles.pairs) == 3
    assert len(study.atlas) == 6
    assert [(one.post_processing, one.layer) for one in study.posts] == [("jpeg92", "fine"), ("jpeg92", "coarse")]
    assert {(one.of, one.with_reference) for one in study.mixtures} == {(2, True), (2, False)}
    assert set(study.embedding) == {"pca", "lda", "umap"}


def test_a_second_run_extracts_nothing_and_says_the_same(study, photos, cache, monkeypatch):
    def forbidden(*_):
        raise AssertionError("a feature was extracted twice")

    monkeypatch.setattr("blemish.explain.probes.ladder_features.write_unit", forbidden)
    network = Filters()
    again = blemish.planes(photos[::-1], network, layers=("fine", "coarse"), settings=SETTINGS, cache=cache)
    assert json.dumps(again.summary()) == json.dumps(study.summary())
    for method in study.embedding:
        assert np.allclose(again.coordinates(method), study.coordinates(method), equal_nan=True)


def test_a_saved_map_places_photos_on_the_same_spot(study, photos, tmp_path):
    study.save(tmp_path)
    loaded = load_planes(tmp_path, backbone=Filters())
    damaged = distort(photos[0], "jpeg", 0.9)
    first, second = (one.place(damaged, reference=photos[0]) for one in (study, loaded))
    assert set(first.coordinates) == {"pca", "lda", "umap"}
    for method, place in first.coordinates.items():
        extent = np.nanmax(study.coordinates(method)) - np.nanmin(study.coordinates(method))
        assert np.abs(place - second.coordinates[method]).max() <= 1e-4 * extent
    assert first.outside == pytest.approx(second.outside)
    assert set(study.place(damaged).coordinates) == {"lda"}
    table = pyarrow.parquet.read_table(tmp_path / "rows.parquet")
    assert table.num_rows == len(study.features)
    assert json.loads((tmp_path / "planes.json").read_text())["best_layer"]["layer"] == study.layer


def test_a_photo_lies_where_its_own_point_does(study, photos):
    """The image of a ladder, placed from its pixels, against its row of the map."""
    number = next(index for index, one in enumerate(collect(photos).sources) if not study.fitted[index])
    image = collect(photos).sources[number].image()
    level = distort(image, "white_noise", 1.0)
    row = next(
        index
        for index, chain in enumerate(study.features.chains)
        if study.features.photo[index] == number and chain == (("white_noise", 1.0),)
    )
    placed = study.place((level * 255).round() / 255, reference=image)
    for method, place in placed.coordinates.items():
        places = study.coordinates(method)
        assert np.abs(place - places[row]).max() <= 1e-3 * (np.nanmax(places) - np.nanmin(places))
    assert placed.nearest[0] == "white_noise"


def test_other_weights_are_refused(study, tmp_path):
    study.save(tmp_path)
    other = Filters()
    with torch.no_grad():
        next(other.parameters()).add_(1)
    with pytest.raises(ValueError, match="was made with other weights of Filters"):
        load_planes(tmp_path, backbone=other)
    with pytest.raises(ValueError, match=r"holds no maps\.safetensors"):
        load_planes(tmp_path / "nothing")


def test_a_killed_run_goes_on_where_it_was(photos, tmp_path):
    extractor = Extractor((Filters(),), ("fine",))
    sources = [Source(photo, str(number)) for number, photo in enumerate(photos[:3])]
    groups = [((),), *ladder_chains(("jpeg",), (0.5,)).values()]
    written = []

    def killed(write, units):
        for unit in units[:2]:
            write(unit)
        raise KeyboardInterrupt

    def counting(write, units):
        for unit in units:
            written.append(unit)
            write(unit)

    settings = {"post_processing": "png", "folder": tmp_path}
    with pytest.raises(KeyboardInterrupt):
        extract_chains(sources, [groups] * 3, extractor, engine=killed, **settings)
    (features,) = extract_chains(sources, [groups] * 3, extractor, engine=counting, **settings)
    assert len(written) == 4
    assert len(features) == 6
    assert features.distortion.tolist() == ["", "jpeg"] * 3


def test_photos_that_cannot_be_read_are_named_and_the_others_go_on(photos, tmp_path):
    paths = [tmp_path / f"{number}.png" for number in range(3)]
    for path, photo in zip(paths, photos, strict=False):
        write_png(path, photo)
    (tmp_path / "broken.png").write_bytes(b"\x89PNG no more")
    write_png(tmp_path / "tiny.png", photos[0][:, :20, :20])
    write_png(tmp_path / "narrow.png", torch.rand(3, 64, 900))
    bad = [tmp_path / name for name in ("broken.png", "tiny.png", "narrow.png")]
    found = collect([*paths, *bad, paths[0]])
    assert len(found.sources) == 3
    assert [sentence.split(":")[0] for sentence in found.failed] == [str(path) for path in bad]
    with pytest.raises(
        ValueError, match=r"1 photo to make ladders of; planes need at least 2 different ones.*broken\.png"
    ):
        collect([paths[0], paths[0], bad[0]])


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"distortions": ("jpeg", "rust")}, "no distortion is called 'rust'"),
        ({"distortions": ("jpeg",)}, "distortions are jpeg; planes are compared, so name 2 at least"),
        ({"posts": ("fax",)}, "no post-processing is called 'fax'"),
        ({"severities": (0.0, 1.0)}, "they go from above 0 to 1"),
    ],
)
def test_settings_that_cannot_be_are_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        dataclasses.replace(SETTINGS, **wrong)


def test_an_unknown_layer_is_answered_with_the_layers(photos):
    with pytest.raises(ValueError, match=r"Filters has no layer 'middle'; its layers are fine, fine\.0"):
        blemish.planes(photos, Filters(), layers=("middle",), settings=SETTINGS)


def test_features_without_a_network_place_no_photos(study, photos):
    by_hand = dataclasses.replace(study, network=None)
    with pytest.raises(ValueError, match="features without a network"):
        by_hand.place(photos[0])
    with pytest.raises(ValueError, match="there is only 1 photo"):
        study_planes(study.features.take(study.features.photo == 0))
