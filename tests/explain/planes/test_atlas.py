"""The atlas of labelled levels: what lies nearest, whose it is, and that embeddings are those which the heads read."""

import dataclasses
import threading

import numpy as np
import pytest
import torch

from blemish.explain.planes.atlas import level_atlas
from blemish.explain.planes.atlas.embeddings import EMBEDDINGS, embedding_of, kept_embeddings, predict_with_embedding
from blemish.explain.planes.atlas.level_atlas import (
    AtlasError,
    LevelAtlas,
    atlas_file,
    atlas_of,
    nearest_levels,
    read_atlas,
)
from blemish.explain.planes.atlas.make import LEVELS, MILDEST, PHOTOS, POSTS, discriminants, levels
from blemish.models.distortion_model.files import load_model
from blemish.models.distortion_model.statistics_network import HeadOutputs
from blemish.synth_distort.photo import write_png
from blemish.synth_distort.pristine_photos import PristinePhoto

KINDS = ("", "jpeg", "webp", "gaussian_blur")


@pytest.fixture(scope="module")
def model():
    return load_model()


@pytest.fixture(scope="module")
def made(model):
    """An atlas of levels whose distortions are four groups of embeddings, in which photos differ by ten times as much along
    a direction of their own."""
    generator = np.random.default_rng(0)
    labels = np.repeat(KINDS, 30)
    centres = np.zeros((4, 12))
    centres[:, :4] = 3 * np.eye(4)
    photos = np.zeros((120, 12))
    photos[:, 11] = 30 * generator.normal(size=120)
    rows = centres[np.repeat(np.arange(4), 30)] + photos + 0.3 * generator.normal(size=(120, 12))
    severities = np.where(labels == "", 0, np.tile(np.linspace(0.2, 1, 30), 4))
    mean, projection = discriminants(rows, labels)
    reduced = (rows - mean) @ projection
    atlas = LevelAtlas(labels, severities, mean, projection, reduced, model.sha256, {"seed": 0})
    return atlas, centres


def test_the_nearest_levels_are_of_the_photos_distortion_whatever_it_shows(made):
    atlas, centres = made
    for number, name in enumerate(KINDS):
        for shown in (-60, 60):
            nearest = atlas.nearest(centres[number] + shown * np.eye(12)[11])
            assert [one.distortion for one in nearest.levels] == [name] * 5
            distances = [one.distance for one in nearest.levels]
            assert distances == sorted(distances)
            assert np.array_equal(np.sort(nearest.distances)[:5], distances)


def test_levels_of_one_kind_agree_and_others_refute(made):
    atlas, centres = made
    nearest = atlas.nearest(centres[KINDS.index("webp")])
    assert len(nearest.agreeing("jpeg")) == 5  # both are compression
    assert not nearest.refutes("jpeg")
    assert nearest.refutes("gaussian_blur")
    assert nearest.kind == "compression"
    undistorted = atlas.nearest(centres[0])
    assert all(undistorted.refutes(name) for name in KINDS[1:])
    assert undistorted.kind == ""
    assert str(nearest.levels[0]) == f"WebP compression at {nearest.levels[0].severity:.2f}"


def test_an_atlas_comes_back_from_its_file(made, model, tmp_path):
    atlas, centres = made
    file = tmp_path / "model.atlas.safetensors"
    atlas.with_rates({"true findings agreed with": {"share": 0.9, "of": 10}}).save(file)
    again = atlas_of(model, file)
    assert again.record == {"seed": 0, "rates": {"true findings agreed with": {"share": 0.9, "of": 10}}}
    for centre in centres:
        ours, theirs = (one.nearest(centre) for one in (atlas, again))
        assert [one.distortion for one in ours.levels] == [one.distortion for one in theirs.levels]
        assert ours.levels[0].distance == pytest.approx(theirs.levels[0].distance, abs=0.02)


def test_an_atlas_of_another_model_is_refused_in_one_sentence(made, model, tmp_path):
    file = tmp_path / "model.atlas.safetensors"
    dataclasses.replace(made[0], model="another").save(file)
    with pytest.raises(
        AtlasError, match=r"the labelled levels are of another model .* `blemish embedded atlas PHOTOS` makes"
    ):
        atlas_of(model, file)
    file.write_bytes(b"no atlas")
    with pytest.raises(AtlasError, match="is no atlas of labelled levels"):
        read_atlas(file)
    with pytest.raises(AtlasError, match="there is no such atlas"):
        read_atlas(tmp_path / "none")


def test_a_report_by_another_model_says_that_the_atlas_is_not_its_own(made, model, tmp_path, monkeypatch):
    monkeypatch.setattr(level_atlas, "atlas_file", lambda: tmp_path / "model.atlas.safetensors")
    assert nearest_levels(model, np.zeros(12)) is None  # there is none, and so nothing to say
    dataclasses.replace(made[0], model="another").save(tmp_path / "model.atlas.safetensors")
    other = nearest_levels(model, np.zeros(12))
    assert other is not None
    assert other.levels == ()
    assert "are of another model" in other.reason
    assert not other.refutes("jpeg")


def test_the_atlas_that_ships_is_the_embedded_models_and_small(model):
    atlas = atlas_of(model)
    assert atlas_file().stat().st_size < 3e6
    assert set(atlas.distortions.tolist()) == {"", *model.distortions}
    assert set(atlas.record["photos"]) <= {"cid_train", "elementary", "budgie", "dedbox"}  # training photos


def test_the_atlas_that_ships_is_made_of_as_many_photos_as_the_command_takes():
    assert sum(read_atlas(atlas_file()).record["photos"].values()) == PHOTOS


def test_the_embedding_is_what_the_heads_read(model, coffee):
    image = coffee[:, :200, :200]
    prediction, embedding = predict_with_embedding(model, image)
    assert torch.equal(prediction.probability, model.predict(image).probability)
    assert np.array_equal(embedding, embedding_of(model, image))
    network, whole = model.network.statistics, model.extract(image).statistics.whole
    windows, averages = (
        torch.from_numpy(embedding).float().split([network.heads.in_features, network.averages.embedding])
    )
    with torch.inference_mode():
        read = HeadOutputs.mean(
            *(HeadOutputs.of(one) for one in (network.heads(windows), network.averages.heads(averages)))
        )
    assert torch.allclose(read.presence, whole.presence, atol=1e-5)


def test_only_the_threads_own_photo_is_kept(model, coffee):
    with kept_embeddings(model.network.statistics) as kept:
        other = threading.Thread(target=model.predict, args=(coffee[:, :96, :96],))
        other.start()
        other.join()
        assert kept == {}
        model.predict(coffee[:, :96, :96])
        assert set(kept) == set(EMBEDDINGS)
    kept.clear()
    model.predict(coffee[:, :96, :96])
    assert kept == {}


def test_levels_cover_what_a_distortion_can_do(coffee, tmp_path):
    write_png(tmp_path / "photo.png", coffee[:, :96, :128])
    rows = [
        (name, severity) for name, severity, _ in levels(PristinePhoto(tmp_path / "photo.png", ""), ["jpeg"], seed=0)
    ]
    assert rows[: len(POSTS)] == [("", 0.0)] * len(POSTS)
    severities = np.array([severity for name, severity in rows[len(POSTS) :] if name == "jpeg"])
    edges = np.linspace(MILDEST, 1, LEVELS + 1)
    assert np.all((edges[:-1] <= severities) & (severities <= edges[1:]))
