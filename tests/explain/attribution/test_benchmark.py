"""The benchmark: its figures where the right ones are known, and that it goes on where it was."""

import json

import numpy as np
import pytest
import torch

from blemish.explain.attribution.attribute import explained_prediction
from blemish.explain.attribution.benchmark.baseline_maps import BASELINE_MAPS, baseline_map
from blemish.explain.attribution.benchmark.benchmark import Settings, benchmark
from blemish.explain.attribution.benchmark.faithfulness import AREA, infidelity, recovered
from blemish.explain.attribution.benchmark.known_masks import LARGEST, SHAPES, SMALLEST, known_mask
from blemish.explain.attribution.benchmark.localization import localization
from blemish.explain.attribution.benchmark.sanity import (
    STAGES,
    max_sensitivity,
    rank_correlation,
    with_shuffled_weights,
)
from blemish.explain.attribution.targets import Target
from blemish.models.distortion_model.files import load_model
from blemish.reports.attribution.league_table import write_league_table
from blemish.synth_distort.photo import write_png

BRIGHTNESS = Target("brightness", "levels", 1)


@pytest.mark.parametrize("shape", SHAPES)
def test_known_masks_are_of_known_area(coffee, shape):
    shares = [float(known_mask(coffee, shape, np.random.default_rng(seed)).mean()) for seed in range(6)]
    assert min(shares) > SMALLEST - 0.01
    assert max(shares) < LARGEST + 0.05
    assert len({round(share, 4) for share in shares}) == 6


def test_a_map_that_is_the_mask_is_perfect_and_a_random_one_is_not(coffee):
    mask = known_mask(coffee, "object", np.random.default_rng(0)).numpy()
    perfect = localization(mask, mask)
    assert perfect["auc"] == perfect["average_precision"] == perfect["pointing"] == 1
    assert perfect["mass_over_share"] == pytest.approx(1 / mask.mean(), rel=0.02)
    chance = [localization(baseline_map("random", coffee, seed=seed), mask)["auc"] for seed in range(40)]
    assert np.mean(chance) == pytest.approx(0.5, abs=0.03)
    assert localization(-mask, mask)["auc"] == 0
    assert localization(-mask, mask)["mass_over_share"] == 0


def test_baseline_maps_are_of_the_photos_size(coffee):
    for name in BASELINE_MAPS:
        assert baseline_map(name, coffee, seed=0).shape == coffee.shape[1:]
    with pytest.raises(ValueError, match="map is 'sun'"):
        baseline_map("sun", coffee, seed=0)


@pytest.fixture
def additive():
    """A mean of brightness, a photo whose left half is brightened, and the right map of it."""
    reference = torch.zeros(3, 64, 64)
    image = reference.clone()
    image[:, :, :32] = 0.5
    explained = explained_prediction(
        lambda images: images.mean((1, 2, 3)), image, target=BRIGHTNESS, reference=reference
    )
    return explained, np.asarray(image.mean(0)) / 64**2


def test_repairing_the_right_places_recovers_what_they_cost(additive):
    explained, right = additive
    assert recovered(explained, right) == pytest.approx(2 * AREA, abs=0.01)
    assert recovered(explained, -right) == pytest.approx(0, abs=0.01)


def test_right_values_are_faithful_and_none_are_not(additive):
    explained, right = additive
    assert infidelity(explained, right) == pytest.approx(0, abs=1e-4)
    assert infidelity(explained, 7 * right) == pytest.approx(0, abs=1e-4)
    assert infidelity(explained, right[:, ::-1].copy()) > 0.2
    assert infidelity(explained, np.zeros_like(right)) == pytest.approx(1)


def test_weights_are_shuffled_stage_by_stage():
    model = load_model()
    before = dict(model.network.state_dict())
    changed = []
    for stage in STAGES:
        after = with_shuffled_weights(model, stage, seed=0).network.state_dict()
        changed.append({name for name in before if not torch.equal(before[name], after[name])})
    assert "statistics.heads.weight" in changed[0]
    assert "statistics.encoder.0.weight" in changed[1] - changed[0]
    assert any(name.startswith("viewed.early") for name in changed[2] - changed[1])
    assert changed[0] < changed[1] < changed[2]
    assert not any(name.startswith("statistics.statistics") or "standardize" in name for name in changed[2])
    assert all(torch.equal(one, model.network.state_dict()[name]) for name, one in before.items())


def test_rank_correlation_and_sensitivity_of_simple_maps(small):
    values = np.arange(12.0).reshape(3, 4)
    assert rank_correlation(values, values**3) == pytest.approx(1)
    assert rank_correlation(values, np.ones((3, 4))) == 0
    shapes = set()
    assert max_sensitivity(lambda image: shapes.add(image.shape) or torch.ones(3, 4), small) == 0
    assert shapes == {small.shape}
    assert 0 < max_sensitivity(lambda image: image[0], small) < 0.5


@pytest.mark.slow
def test_a_stopped_benchmark_goes_on_where_it_was(coffee, tmp_path):
    photos, output = tmp_path / "photos", tmp_path / "attribution.json"
    photos.mkdir()
    for number in range(2):
        write_png(photos / f"{number}.png", coffee[:, 16 * number : 16 * number + 224, :256])
    settings = Settings(methods=("local",), distortions=("white_noise", "jpeg"), photos=2, longest=160, thorough=1)
    record = benchmark(photos, output, settings)
    kept = sorted(output.with_suffix("").rglob("*.json"))
    assert [path.stem for path in kept] == ["0-jpeg", "0-white_noise", "1-jpeg", "1-white_noise"]
    assert record["trials"] == 4
    first = json.loads(kept[0].read_text())
    first["maps"]["local"]["auc"] = 0.125
    kept[0].write_text(json.dumps(first))
    again = benchmark(photos, output, settings)
    assert again["methods"]["local"]["auc"]["value"] != record["methods"]["local"]["auc"]["value"]
    assert json.loads(json.dumps(again)) == json.loads(output.read_text())
    table = write_league_table(record, tmp_path / "table.md").read_text()
    assert "the model's heads on patches" in table
    assert "4 trials: 2 photos" in table
