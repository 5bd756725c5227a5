"""How damaged a photo looks, and how much that counts beside what statistics recognize."""

from pathlib import Path

import pytest
import skimage
import torch
from sklearn.kernel_ridge import KernelRidge

from blemish.models.distortion_model.appearance_head import AppearanceHead
from blemish.models.distortion_model.files import EMBEDDED, load_model
from blemish.models.distortion_model.kernel_machine import KernelRegression
from blemish.models.distortion_model.network import SURE, DistortionNetwork, HeadOutputs
from blemish.models.metrics.agreement import srocc
from blemish.models.training.calibration_samples import draw_calibration_sample
from blemish.models.training.precomputed_photos import write_appearances
from blemish.models.training.shards import read_shards
from blemish.synth_distort.pristine_photos import PristinePhoto

LENGTH = 12


def looks(count: int, *, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    """What is seen of photos, and the severity that is in some of it."""
    features = torch.randn(count, LENGTH, generator=torch.Generator().manual_seed(seed))
    return features, (features[:, 0] + 0.5 * features[:, 1] ** 2 - 1).sigmoid()


def test_the_regression_is_that_of_scikit_learn():
    (features, severities), (others, _) = looks(80), looks(30, seed=1)
    ours = KernelRegression(((4, 0.25), (8, 0.75)), axes=LENGTH, narrowness=0.7, penalty=0.3)
    ours.fit(features, severities)
    scale = torch.tensor([0.25 / 4] * 4 + [0.75 / 8] * 8).sqrt()
    peer = KernelRidge(kernel="rbf", gamma=0.7).set_params(alpha=0.3)
    peer.fit((features * scale).numpy(), (severities - severities.mean()).numpy())
    expected = peer.predict((others * scale).numpy()) + float(severities.mean())
    assert ours(others).numpy() == pytest.approx(expected, abs=1e-4)


def test_of_more_photos_than_can_be_remembered_all_are_learned_from(monkeypatch):
    monkeypatch.setattr("blemish.models.distortion_model.kernel_machine.CENTRES", 40)
    (features, severities), (others, truth) = looks(800), looks(200, seed=1)
    remembered = torch.linspace(0, 799, 40).long()
    errors = []
    for rows in (torch.arange(800), remembered):
        one = KernelRegression(((LENGTH, 1.0),), axes=LENGTH, narrowness=0.4, penalty=0.3)
        one.fit(features[rows], severities[rows])
        assert len(one.centres) == 40
        errors.append(float((one(others) - truth).abs().mean()))
    assert errors[0] < 0.8 * errors[1]


def test_appearance_is_learned_and_spread_as_the_damage_of_photos_that_people_took():
    (features, severities), (of_people, truth) = looks(800), looks(300, seed=1)
    their_logits = 2 * torch.randn(300, generator=torch.Generator().manual_seed(2)) - 1
    head = AppearanceHead(LENGTH)
    head.fit(features, severities, of_people, their_logits)
    given = head(of_people)
    assert srocc(given, truth) > 0.8
    assert float(given.mean()) == pytest.approx(float(their_logits.mean()), abs=1e-3)
    assert float(given.std()) == pytest.approx(float(their_logits.std()), abs=1e-3)


@pytest.fixture
def network():
    """Its appearance head says that every photo is as damaged as a logit of 1."""
    network = DistortionNetwork(("jpeg", "gaussian_blur"), width=8)
    network.appearance.fitted.fill_(1)
    network.appearance.shift.fill_(1)
    return network


def opinion_unaware_score(network: DistortionNetwork, presence: float, none: float) -> float:
    """The logit of the damage of a photo in which statistics read one of -2."""
    whole = HeadOutputs(
        torch.tensor([[presence, -9.0]]), torch.tensor([none]), torch.ones(1, 2), torch.tensor([-2.0]).sigmoid()
    )
    return float(network.combined_damage(whole, torch.zeros(1, network.mos_head.base_length)).logit())


def test_what_is_recognized_counts_and_else_appearance(network):
    assert opinion_unaware_score(network, presence=8, none=0) == pytest.approx(-2, abs=0.01)
    assert opinion_unaware_score(network, presence=-8, none=SURE + 8) == pytest.approx(-2, abs=0.01)
    assert opinion_unaware_score(network, presence=-8, none=-SURE - 8) == pytest.approx(-2, abs=0.01)
    assert opinion_unaware_score(network, presence=0, none=0) == pytest.approx(-0.5, abs=0.01)
    assert opinion_unaware_score(network, presence=-8, none=SURE) == pytest.approx(-0.5, abs=0.01)
    assert opinion_unaware_score(network, presence=-8, none=0) == pytest.approx(1 - 3 / (1 + torch.e**2), abs=0.01)


def test_appearance_that_was_never_learned_counts_nothing(network):
    network.appearance.fitted.fill_(0)
    assert opinion_unaware_score(network, presence=-8, none=0) == pytest.approx(-2, abs=0.01)


def test_appearances_are_of_each_collection_in_turn_and_go_on_after_a_stop(tmp_path):
    folder = Path(skimage.data_dir)
    mine, yours = PristinePhoto(folder / "coffee.png", "mine"), PristinePhoto(folder / "astronaut.png", "yours")
    settings = {"samples": 4, "seed": 0, "workers": 1}
    write_appearances([mine, mine, yours], EMBEDDED, tmp_path, **settings)
    written, content = read_shards(tmp_path, samples=4), load_model().network.content
    for number, collection in enumerate(([mine, mine], [yours], [mine, mine], [yours])):
        drawn = draw_calibration_sample(collection, (0, number))
        assert torch.equal(written["severities"][number], drawn.severities)
        with torch.inference_mode():
            assert torch.allclose(written["content"][number], content.describe(drawn.image), atol=1e-4)
    (shard,) = tmp_path.glob("*.safetensors")
    before = shard.read_bytes()
    shard.unlink()
    write_appearances([mine, mine, yours], EMBEDDED, tmp_path, **settings)
    assert shard.read_bytes() == before
    with pytest.raises(ValueError, match="differ in their photos, collections"):
        write_appearances([mine, yours, yours], EMBEDDED, tmp_path, **settings)
