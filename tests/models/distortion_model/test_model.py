"""The embedded model's predictions: their form, and that they do not depend on how they are asked for."""

import dataclasses
import json
import shutil

import pytest
import torch

from blemish.models.distortion_model.files import EMBEDDED, WeightsError, load_model
from blemish.models.distortion_model.statistics import CELL
from blemish.models.distortion_model.tiles import windows_and_averages
from blemish.synth_distort import DISTORTIONS


@pytest.fixture(scope="module")
def model():
    return load_model()


def test_a_prediction_has_the_form_that_is_promised(model, small):
    prediction = model.predict(small)
    assert set(prediction.distortions) <= set(DISTORTIONS)
    for part in (prediction.probability, prediction.severity, prediction.local_severity):
        assert part.shape[0] == len(prediction.distortions)
        assert float(part.min()) >= 0
        assert float(part.max()) <= 1
    for score in (prediction.opinion_unaware_score, prediction.mos):
        assert 0 <= score.interval[0] <= score.value <= score.interval[1] <= 100
    assert sum(prediction.mos.acr.values()) == pytest.approx(1)
    assert prediction.opinion_unaware_score.value == pytest.approx(100 * (1 - prediction.overall_severity.value))
    assert prediction.local_severity.shape[1:] == tuple(side // CELL - 1 for side in small.shape[1:])


def test_the_same_photo_gets_the_same_prediction(model, small):
    assert model.predict(small).mos == model.predict(small.clone()).mos


def test_photos_of_one_size_get_together_the_mos_that_each_gets_alone(model, small, coffee):
    for images in (torch.stack([small, small.flip(1), small.flip(0)]), torch.stack([coffee, coffee.flip(2)])):
        alone = [model.predict(image).mos.value for image in images]
        assert model.mos_of(images).tolist() == pytest.approx(alone, abs=1e-3)


def test_bytes_get_the_prediction_of_the_floats_they_stand_for(model, small):
    pixels = (small * 255).round().to(torch.uint8)
    assert model.predict(pixels).mos.value == pytest.approx(model.predict(pixels.float() / 255).mos.value, abs=1e-4)


def test_a_model_without_human_scores_predicts_no_mos(model, small):
    without = dataclasses.replace(model, calibration=dataclasses.replace(model.calibration, mos_error=()))
    prediction = without.predict(small)
    assert prediction.mos is None
    with pytest.raises(ValueError, match="never fitted to human scores"):
        without.mos_of(small[None])
    assert prediction.overall_severity == model.predict(small).overall_severity


def test_a_turned_over_batch_of_windows_pools_to_the_same(model):
    embeddings = torch.rand(1, 30, model.network.statistics.attention.in_features)
    assert torch.allclose(
        model.network.statistics.pool(embeddings), model.network.statistics.pool(embeddings.flip(1)), atol=1e-6
    )


def test_a_lone_window_pools_to_itself(model):
    embedding = torch.rand(1, 1, model.network.statistics.attention.in_features)
    assert torch.allclose(model.network.statistics.pool(embedding), embedding[:, 0], atol=1e-6)


def test_both_head_outputs_of_a_photo_count_the_same(model, small):
    """What the photo is said to have is half way between what its windows and what its averages say."""
    windows, averages = (one[None] for one in windows_and_averages(small))
    with torch.inference_mode():
        by_windows, by_averages, _ = model.network.statistics(windows, averages)
    whole = model.extract(small).statistics.whole
    assert not torch.allclose(by_windows.presence, by_averages.presence, atol=0.1)
    assert torch.allclose(whole.presence, (by_windows.presence + by_averages.presence)[0] / 2, atol=1e-3)
    assert torch.allclose(whole.severity, (by_windows.severity + by_averages.severity)[0] / 2, atol=1e-4)


def test_the_embedded_model_is_small_and_says_what_made_it(model):
    assert EMBEDDED.stat().st_size < 30e6
    assert {"command", "seed", "distortions", "severities", "human_scores", "revision", "torch", "date"} <= set(
        model.record
    )
    assert len(model.sha256) == 64


def test_a_model_in_a_file_is_the_same_model(model, small, tmp_path):
    for ending in (".safetensors", ".json"):
        shutil.copy(EMBEDDED.with_suffix(ending), tmp_path / f"mine{ending}")
    mine = load_model(tmp_path / "mine.safetensors")
    assert mine.name == "mine"
    assert mine.sha256 == model.sha256
    assert mine.predict(small).mos == model.predict(small).mos


def test_a_model_that_is_calibrated_anew_is_another_one(model, tmp_path):
    path = tmp_path / "model.safetensors"
    shutil.copy(EMBEDDED, path)
    content = json.loads(EMBEDDED.with_suffix(".json").read_text())
    path.with_suffix(".json").write_text(json.dumps(content | {"record": {}}))
    assert load_model(path).sha256 == model.sha256
    content["calibration"]["found_from"][0] += 0.1
    path.with_suffix(".json").write_text(json.dumps(content))
    again = load_model(path)
    assert again.calibration.found_from[0] == content["calibration"]["found_from"][0]
    assert again.sha256 != model.sha256


def test_files_that_are_no_models_are_named(tmp_path):
    with pytest.raises(WeightsError, match=r"none\.safetensors: there is no such file"):
        load_model(tmp_path / "none.safetensors")
    (tmp_path / "bad.safetensors").write_bytes(b"0123456789")
    (tmp_path / "bad.json").write_text(EMBEDDED.with_suffix(".json").read_text())
    with pytest.raises(WeightsError, match=r"bad\.safetensors: is not a model of this version of blemish"):
        load_model(tmp_path / "bad.safetensors")
    (tmp_path / "bad.json").write_text(json.dumps({"network": {}}))
    with pytest.raises(WeightsError, match=r"bad\.safetensors: is not a model"):
        load_model(tmp_path / "bad.safetensors")
