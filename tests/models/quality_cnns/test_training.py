"""Recipes trained, saved and loaded on small photos; backbones with random weights."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from blemish.models.distortion_model.files import WeightsError
from blemish.models.quality_cnns.backbones.registry import build_backbone
from blemish.models.quality_cnns.files import load_quality_model, save_cnn
from blemish.models.quality_cnns.model import QualityCnn
from blemish.models.quality_cnns.recipes import get_design
from blemish.models.quality_cnns.regions import RandomCrops, WholeImage
from blemish.models.quality_cnns.training import Workshop, fit_design, train_design
from blemish.synth_distort import as_photo

TINY = {  # the published backbones take minutes; a test of their own builds them
    "deepbiq:squeezenet1_1": {"regions": RandomCrops(3, 96)},
    "deeprn:resnet18": {},
    "koncept512:squeezenet1_1": {"regions": WholeImage(resized_to=(96, 128))},
    "content-and-damage:squeezenet1_1": {},
}


@pytest.mark.slow
@pytest.mark.parametrize("name", TINY)
def test_every_recipe_trains_and_is_saved(name, rated, tmp_path):
    pytest.importorskip("lightning")
    design = replace(get_design(name), **TINY[name])
    if design.fine_tuning:
        plan = replace(design.fine_tuning, epochs=1, hidden=design.fine_tuning.hidden and (16,))
        regions = RandomCrops(2, 96) if isinstance(plan.regions, RandomCrops) else design.regions
        design = replace(design, fine_tuning=replace(plan, regions=regions))
    model = train_design(design, rated, Workshop(tmp_path, None, 1, 0))
    save_cnn(model, tmp_path / "model.safetensors")
    loaded = load_quality_model(tmp_path / "model.safetensors")
    assert isinstance(loaded, QualityCnn)
    image = as_photo(rated.photos[3].path).image
    score = model.score(image)
    assert 0 <= score.interval[0] <= score.value <= score.interval[1] <= 100
    assert sum(score.acr.values()) == pytest.approx(1, abs=1e-4)
    assert loaded.score(image).value == pytest.approx(score.value, abs=1e-3)
    assert loaded.record["left_out"]["photos"] == (6 if design.fine_tuning else 30)
    if not design.fine_tuning:
        assert loaded.record["left_out"]["srocc"] > 0.7


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "size", "length"),
    [("deepbiq", (227, 227), 4096), ("deepbiq:vgg16", (224, 224), 4096), ("koncept512", (96, 128), 1536)],
)
def test_published_backbones_take_the_regions_of_their_recipes(name, size, length):
    pytest.importorskip("timm")
    design = get_design(name)
    if isinstance(design.regions, RandomCrops):
        assert size == (design.regions.side, design.regions.side)
    with torch.inference_mode():
        assert build_backbone(design.backbones[0], None)(torch.rand(1, 3, *size)).shape == (1, length)


def test_a_distribution_needs_spreads(rated, tmp_path):
    photos = [replace(photo, spread=None) for photo in rated.photos]
    design = replace(get_design("deeprn:resnet18"), fine_tuning=None)
    with pytest.raises(ValueError, match="is trained on the spread of people's scores; the data set has means alone"):
        fit_design(design, photos, np.arange(26), Workshop(tmp_path, None, 1, 0))


def test_too_few_photos_are_refused_before_anything_is_trained(rated, tmp_path):
    few = replace(rated, photos=rated.photos[:24])
    with pytest.raises(ValueError, match="csv has 24 rated photos; training needs 25 at least"):
        train_design(get_design("deepbiq"), few, Workshop(tmp_path, None, 1, 0))


def test_a_file_that_is_no_model_is_named(tmp_path):
    with pytest.raises(WeightsError, match=r"none.safetensors: there is no such file"):
        load_quality_model(tmp_path / "none.safetensors")
    (tmp_path / "a.json").write_text('{"design": {}}')
    with pytest.raises(WeightsError, match=r"a.safetensors: there is no such file"):
        load_quality_model(tmp_path / "a.safetensors")
    (tmp_path / "a.safetensors").write_bytes(b"12345678")
    with pytest.raises(WeightsError, match=r"a.safetensors: is not a quality CNN of this version"):
        load_quality_model(tmp_path / "a.safetensors")
