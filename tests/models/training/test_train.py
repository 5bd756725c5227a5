"""Training: samples, shards, the fit, calibration, and the whole of it on a handful of photos."""

import hashlib
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import skimage.data
import torch
from PIL import Image

from blemish.models.distortion_model.averages import AVERAGES
from blemish.models.distortion_model.files import EMBEDDED, load_model
from blemish.models.distortion_model.network import DistortionNetwork
from blemish.models.quality_cnns.backbones.registry import random_network
from blemish.models.training.error_model import fit_error_model
from blemish.models.training.fit import Fit, batch_loss, fit
from blemish.models.training.precomputed_samples import write_described
from blemish.models.training.rated_fit import FEWEST_RATED
from blemish.models.training.samples import CROP, SMALLEST, WHOLE_SHARE, draw_sample, window_coverage
from blemish.models.training.train import Amounts, train
from blemish.synth_distort import DISTORTIONS, PhotoError, as_photo
from blemish.synth_distort.pristine_photos import TEST_COLLECTIONS, list_pristine
from blemish.synth_distort.severity import PERCEPTIBLE


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    """Four photos that ship with scikit-image, in three collections."""
    folder = tmp_path_factory.mktemp("pristine")
    index = ["file,collection"]
    named = {"coffee": "mine", "astronaut": "mine", "chelsea": "popos", "rocket": "clic_val"}
    for name, collection in named.items():
        Image.fromarray(getattr(skimage.data, name)()).save(folder / f"{name}.png")
        index.append(f"{name}.png,{collection}")
    (folder / "index.csv").write_text("\n".join(index) + "\n")
    return folder


@pytest.fixture(scope="module")
def teacher(tmp_path_factory):
    """A folder with weights of a MobileNetV2 that learned nothing."""
    folder = tmp_path_factory.mktemp("weights")
    torch.save(random_network("mobilenet_v2").state_dict(), folder / "mobilenet_v2.pth")
    return folder


@pytest.fixture(scope="module")
def rated(tmp_path_factory):
    """Details of a photo, each rated by its place in the list."""
    folder = tmp_path_factory.mktemp("rated")
    rows = ["file,mos"]
    for number in range(FEWEST_RATED):
        Image.fromarray(skimage.data.coffee()[:192, 9 * number : 9 * number + 192]).save(folder / f"{number}.png")
        rows.append(f"{number}.png,{10 + 2 * number}")
    (folder / "mos.csv").write_text("\n".join([*rows, "unrated.png,"]) + "\n")
    return folder


def test_photos_are_listed_with_their_collections(photos, tmp_path):
    assert [photo.collection for photo in list_pristine(photos)] == ["mine", "mine", "popos", "clic_val"]
    with pytest.raises(ValueError, match="holds no photos"):
        list_pristine(tmp_path)


def test_a_sample_is_its_seed(photos):
    listed = list_pristine(photos)
    for index in range(8):
        first, again = draw_sample(listed, (1, index)), draw_sample(listed, (1, index))
        assert torch.equal(first.image, again.image)
        assert torch.equal(first.severities, again.severities)
        assert min(first.image.shape[1:]) >= SMALLEST


def test_samples_are_of_every_kind(photos):
    samples = [draw_sample(list_pristine(photos), (2, index)) for index in range(120)]
    counts = np.bincount([int((sample.severities > 0).sum()) for sample in samples], minlength=4)
    assert counts[0] > 8
    assert counts[2] > 5
    assert counts[3] > 0
    parts = np.mean([sample.image.shape[1:] == (CROP, CROP) for sample in samples])
    assert 0.3 < parts < 1 - WHOLE_SHARE + 0.15
    assert any(0.1 < float(sample.mask.mean()) < 0.9 for sample in samples)
    assert all(float((sample.image * 255 - (sample.image * 255).round()).abs().max()) < 1e-3 for sample in samples)


def test_what_acts_together_is_of_different_families(photos):
    for index in range(60):
        chosen = draw_sample(list_pristine(photos), (5, index)).severities.nonzero().flatten().tolist()
        families = [list(DISTORTIONS.values())[number].family for number in chosen]
        assert len(set(families)) == len(families)


def test_coverage_is_the_share_of_each_window():
    mask = torch.zeros(CROP, CROP)
    mask[:, : CROP // 2] = 1
    assert window_coverage(mask).view(5, 5)[0].tolist() == [1, 0.75, 0.5, 0.25, 0]


def test_the_loss_is_lower_for_the_truth_than_for_a_guess():
    """The network's heads are replaced by what they should say, and by what they should not."""
    network = DistortionNetwork(("jpeg", "gaussian_blur"), width=8)
    severities, coverage = torch.tensor([[0.5, 0.0], [0.0, 0.0]]), torch.ones(2, 9)
    windows, averages = torch.zeros(1, 9, network.length), torch.zeros(1, len(AVERAGES), network.length)

    def loss_if(jpeg: float, none: float) -> float:
        said = torch.tensor([jpeg, -4, 0, 0, none, -1])
        with torch.no_grad():
            for name, parameter in network.named_parameters():
                if "heads" in name:
                    parameter.copy_(said if parameter.ndim == 1 else torch.zeros_like(parameter))
            return float(batch_loss(network, windows, averages, severities[:1], coverage[:1]))

    assert loss_if(4, -4) < loss_if(-4, -4)
    assert loss_if(4, -4) < loss_if(4, 4)


def test_the_whole_training_runs_and_goes_on_after_a_stop(photos, rated, teacher, tmp_path):
    amounts = Amounts(
        samples=12, epochs=2, unseen=6, lessons=4, lesson_epochs=2, calibration=12, copies=1, appearances=8
    )
    settings = {"rated": rated, "teacher": teacher, "amounts": amounts, "seed": 4, "workers": 1}
    path = train(photos, tmp_path, **settings)
    model = load_model(path)
    assert model.distortions == tuple(DISTORTIONS)
    assert model.record["distortions"]["training_photos"] == {"mine": 2}
    assert model.record["command"].endswith("--samples 12 --epochs 2 --seed 4")
    assert model.record["calibration_photos"] == {"popos": 1}
    assert model.record["human_scores"]["photos"] == FEWEST_RATED
    assert model.predict(as_photo(skimage.data.coffee()).image).mos is not None
    shards = {file: hashlib.sha256(file.read_bytes()).hexdigest() for file in (tmp_path / "statistics").iterdir()}
    lost = next(file for file in shards if file.suffix == ".safetensors")
    lost.unlink()
    train(photos, tmp_path, **settings)
    assert {file: hashlib.sha256(file.read_bytes()).hexdigest() for file in shards} == shards


def test_a_base_keeps_what_it_knows_of_distortions(photos, rated, teacher, tmp_path):
    amounts = Amounts(lessons=4, lesson_epochs=1, calibration=12, copies=1, appearances=8)
    settings = {"rated": rated, "teacher": teacher, "base": EMBEDDED, "amounts": amounts, "seed": 4, "workers": 1}
    model, embedded = load_model(train(photos, tmp_path, **settings)), load_model()
    kept, before = model.network.state_dict(), embedded.network.state_dict()
    assert torch.equal(kept["heads.weight"], before["heads.weight"])
    assert not torch.equal(kept["mos.base_quality.centres"], before["mos.base_quality.centres"])
    assert not torch.equal(kept["appearance.severity.centres"], before["appearance.severity.centres"])
    assert model.record["distortions"] == embedded.record["distortions"]
    assert model.record["base"] == embedded.sha256


def test_the_scores_of_people_are_nothing_to_the_opinion_unaware_score_head(photos, rated, teacher, tmp_path):
    others = tmp_path / "others"
    shutil.copytree(rated, others)
    _, *rows = (rated / "mos.csv").read_text().splitlines()
    files, scores = zip(*(row.split(",") for row in rows if not row.endswith(",")), strict=True)
    turned = [f"{file},{score}" for file, score in zip(files, reversed(scores), strict=True)]
    (others / "mos.csv").write_text("\n".join(["file,mos", *turned]) + "\n")
    amounts = Amounts(lessons=4, lesson_epochs=1, calibration=12, copies=1, appearances=8)
    settings = {"teacher": teacher, "base": EMBEDDED, "amounts": amounts, "seed": 4, "workers": 1}
    states = [
        load_model(train(photos, tmp_path / "training", rated=folder, **settings)).network.state_dict()
        for folder in (rated, others)
    ]
    differing = {name for name in states[0] if not torch.equal(states[0][name], states[1][name])}
    assert differing
    assert all(name.startswith("mos.") for name in differing)


def test_without_people_there_is_neither_an_mos_score_nor_appearance(photos, tmp_path):
    amounts = Amounts(samples=12, epochs=1, unseen=6, calibration=12)
    model = load_model(train(photos, tmp_path, amounts=amounts, seed=4, workers=1))
    assert float(model.network.appearance.fitted) == 0
    assert model.predict(as_photo(skimage.data.coffee()).image).mos is None
    with pytest.raises(ValueError, match="is for learning from rated photos"):
        train(photos, tmp_path, base=EMBEDDED, amounts=amounts, seed=4, workers=1)


def test_what_the_same_photos_taught_a_base_of_content_is_kept(photos, rated, teacher, tmp_path, monkeypatch):
    amounts = Amounts(lessons=4, lesson_epochs=1, calibration=12, copies=1, appearances=8)
    settings = {"rated": rated, "teacher": teacher, "amounts": amounts, "seed": 4, "workers": 1}
    base = train(photos, tmp_path / "first", base=EMBEDDED, **settings)

    def nothing_to_learn(*_, **__):
        raise AssertionError

    monkeypatch.setattr("blemish.models.training.train.rated_fit.teach", nothing_to_learn)
    again = load_model(train(photos, tmp_path / "again", base=base, **settings))
    assert again.record["content"] == load_model(base).record["content"]
    kept, before = again.network.content.state_dict(), load_model(base).network.content.state_dict()
    assert all(torch.equal(kept[name], before[name]) for name in before)
    with pytest.raises(AssertionError):
        train(photos, tmp_path / "other", base=base, **{**settings, "amounts": replace(amounts, lessons=5)})


def test_training_says_which_collections_it_lacks(tmp_path):
    Image.fromarray(skimage.data.coffee()).save(tmp_path / "coffee.png")
    with pytest.raises(ValueError, match="needs photos of the collections popos"):
        train(tmp_path, tmp_path, seed=0, workers=1)


def test_the_error_model_are_those_on_unseen_samples():
    torch.manual_seed(0)
    network = DistortionNetwork(("jpeg", "gaussian_blur"), width=8).eval()
    generator = torch.Generator().manual_seed(0)
    severities = torch.rand(200, 2, generator=generator)
    unseen = {
        "windows": torch.randn(200, 9, network.length, generator=generator),
        "averages": torch.randn(200, len(AVERAGES), network.length, generator=generator),
        "severities": severities,
        "coverage": torch.ones(200, 9),
    }
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    fit_error_model(network, unseen)
    with torch.no_grad():
        pooled, averaged, _ = network.embeddings(unseen["windows"], unseen["averages"])
        head_outputs, error_estimate = network.combine(pooled, averaged)
    error = (head_outputs.damage - (1 - (1 - severities).prod(1))).abs()
    assert float(error_estimate.log_error.exp().mean()) == pytest.approx(float(error.mean()), rel=0.1)
    changed = {name for name, tensor in network.state_dict().items() if not torch.equal(tensor, before[name])}
    assert changed == {"error_model.weight", "error_model.bias"}
    there = severities >= PERCEPTIBLE
    right = there.gather(1, head_outputs.presence.argmax(1, keepdim=True))[there.any(1), 0].float()
    assert float(error_estimate.right[there.any(1)].sigmoid().mean()) == pytest.approx(float(right.mean()), abs=0.05)


def test_damage_to_a_corner_teaches_only_its_windows():
    """Whatever the network says of the whole crop, the loss is the same: it has no right prediction."""
    network = DistortionNetwork(("jpeg", "gaussian_blur"), width=8)
    severities, corner = torch.tensor([[0.9, 0.0]]), torch.tensor([[1.0, 0, 0, 0, 0, 0, 0, 0, 0]])
    windows, averages = torch.rand(1, 9, network.length), torch.rand(1, len(AVERAGES), network.length)

    def loss_if(direction: int, coverage: torch.Tensor) -> float:
        network.pool = lambda embeddings: direction * embeddings[:, 4]  # pyright: ignore[reportAttributeAccessIssue]
        return float(batch_loss(network.eval(), windows, direction * averages, severities, coverage).detach())

    everywhere = torch.ones(1, 9)
    assert loss_if(5, corner) == pytest.approx(loss_if(-5, corner), abs=1e-5)
    assert loss_if(5, everywhere) != pytest.approx(loss_if(-5, everywhere), abs=1e-3)


def test_a_fit_that_was_stopped_ends_where_it_would_have(tmp_path, monkeypatch):
    generator = torch.Generator().manual_seed(0)
    length = DistortionNetwork(("jpeg",), width=8).length
    samples = {
        "windows": torch.randn(600, 9, length, generator=generator),
        "averages": torch.randn(600, len(AVERAGES), length, generator=generator),
        "severities": torch.rand(600, 2, generator=generator).round(),
        "coverage": torch.ones(600, 9),
    }

    def fitted(folder: Path) -> torch.Tensor:
        network = DistortionNetwork(("jpeg", "gaussian_blur"), width=8)
        fit(network, samples, samples, folder=folder, epochs=3, seed=5)
        return network.heads.weight.detach().clone()

    undisturbed = fitted(tmp_path / "undisturbed")
    begin = Fit.on_train_epoch_start

    def stopped(module: Fit) -> None:
        begin(module)
        if module.current_epoch == 2:
            raise RuntimeError("the power went out")

    monkeypatch.setattr(Fit, "on_train_epoch_start", stopped)
    with pytest.raises(RuntimeError, match="power"):
        fitted(tmp_path / "stopped")
    monkeypatch.setattr(Fit, "on_train_epoch_start", begin)
    assert float((fitted(tmp_path / "stopped") - undisturbed).abs().max()) < 1e-6


def test_statistics_of_another_making_are_not_mixed(photos, tmp_path):
    listed = list_pristine(photos)
    write_described(listed[:2], tmp_path, samples=2, seed=0, workers=1)
    with pytest.raises(ValueError, match="holds samples that differ in their photos;"):
        write_described(listed[:1], tmp_path, samples=2, seed=0, workers=1)
    with pytest.raises(ValueError, match="holds samples that differ in their seed;"):
        write_described(listed[:2], tmp_path, samples=2, seed=1, workers=1)


def test_a_photo_too_small_to_train_with_is_named(tmp_path):
    Image.new("RGB", (300, 200)).save(tmp_path / "low.png")
    with pytest.raises(PhotoError, match=r"low\.png: is 300 × 200 px; training needs 256 px"):
        draw_sample(list_pristine(tmp_path), (0,))


def test_the_test_collections_are_never_trained_on(pristine):
    from blemish.models.training.train import _split

    training, calibration = _split(list_pristine(pristine), pristine)
    assert not {photo.collection for photo in training + calibration} & set(TEST_COLLECTIONS)
    assert not {photo.collection for photo in training} & {photo.collection for photo in calibration}
