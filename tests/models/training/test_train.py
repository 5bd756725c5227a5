"""Training: samples, shards, the fit, calibration, and the whole of it on a handful of photos."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
import skimage.data
import timm
import torch
from PIL import Image

from blemish.models.distortion_model.averages import AVERAGES
from blemish.models.distortion_model.backbone import NAME
from blemish.models.distortion_model.files import EMBEDDED, load_model
from blemish.models.distortion_model.statistics_network import StatisticsNetwork
from blemish.models.distortion_model.viewed_network import LABELS
from blemish.models.training.fit import Fit, batch_loss, fit
from blemish.models.training.opinions import FEWEST_RATED, LABELS_FILE, near_duplicates
from blemish.models.training.precomputed_samples import write_described
from blemish.models.training.samples import CROP, RUN, SMALLEST, WHOLE_SHARE, Photos, draw_sample, window_coverage
from blemish.models.training.train import Amounts, fitted, save_calibrated
from blemish.models.training.viewed_branch import imagenet_network
from blemish.models.training.viewed_fit import all_labels, named_labels
from blemish.synth_distort import DISTORTIONS, PhotoError, as_photo
from blemish.synth_distort.pristine_photos import TEST_COLLECTIONS, list_pristine


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
def backbone(tmp_path_factory):
    """A checkpoint of the backbone with random weights."""
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("weights") / f"{NAME}.pth"
    torch.save(timm.create_model(NAME).state_dict(), path)
    return path


@pytest.fixture(scope="module")
def rated(tmp_path_factory):
    """Details of a photo, each rated by its place in the list."""
    folder = tmp_path_factory.mktemp("rated")
    rows = ["file,mos"]
    for number in range(FEWEST_RATED):
        Image.fromarray(skimage.data.coffee()[:192, 9 * number : 9 * number + 192]).save(folder / f"{number}.png")
        rows.append(f"{number}.png,{10 + 2 * number}")
    (folder / "mos.csv").write_text("\n".join([*rows, "unrated.png,"]) + "\n")
    named = [f"{number}.png,{LABELS[number % 2]}" for number in range(FEWEST_RATED)]
    (folder / LABELS_FILE).write_text("\n".join(["file,distortion", *named]) + "\n")
    return folder


def test_photos_are_listed_with_their_collections(photos, tmp_path):
    assert [photo.collection for photo in list_pristine(photos)] == ["mine", "mine", "popos", "clic_val"]
    with pytest.raises(ValueError, match="holds no photos"):
        list_pristine(tmp_path)


def test_a_sample_is_its_seed(photos):
    listed = Photos.of(list_pristine(photos))
    for index in range(8):
        first, again = draw_sample(listed, (1, index)), draw_sample(listed, (1, index))
        assert torch.equal(first.image, again.image)
        assert torch.equal(first.severities, again.severities)
        assert min(first.image.shape[1:]) >= SMALLEST


def test_samples_are_of_every_kind(photos):
    samples = [draw_sample(Photos.of(list_pristine(photos)), (2, RUN * index)) for index in range(120)]
    counts = np.bincount([int((sample.severities > 0).sum()) for sample in samples], minlength=4)
    assert counts[0] > 8
    assert counts[2] > 5
    parts = np.mean([sample.image.shape[1:] == (CROP, CROP) for sample in samples])
    assert 0.3 < parts < 1 - WHOLE_SHARE[False] + 0.15
    assert any(0.1 < float(sample.mask.mean()) < 0.9 for sample in samples)
    assert all(float((sample.image * 255 - (sample.image * 255).round()).abs().max()) < 1e-3 for sample in samples)


def test_what_acts_together_is_of_different_families(photos):
    for index in range(60):
        chosen = draw_sample(Photos.of(list_pristine(photos)), (5, index)).severities.nonzero().flatten().tolist()
        families = [list(DISTORTIONS.values())[number].family for number in chosen]
        assert len(set(families)) == len(families)


def test_coverage_is_the_share_of_each_window():
    mask = torch.zeros(CROP, CROP)
    mask[:, : CROP // 2] = 1
    assert window_coverage(mask).view(5, 5)[0].tolist() == [1, 0.75, 0.5, 0.25, 0]


def test_the_loss_is_lower_for_the_truth_than_for_a_guess():
    """The network's heads are replaced by what they should say, and by what they should not."""
    network = StatisticsNetwork(("jpeg", "gaussian_blur"), width=8)
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


AMOUNTS = Amounts(samples=12, epochs=2, unseen=6, severities=64, copies=1, calibration=24)


@pytest.fixture
def short(monkeypatch):
    """The viewed branch is fitted for one epoch, to small crops, and in two folds."""
    monkeypatch.setattr("blemish.models.training.opinions.EPOCHS_OF_OPINIONS", 1)
    monkeypatch.setattr("blemish.models.training.opinions.FOLDS", 2)
    monkeypatch.setattr("blemish.models.training.viewed_branch.EPOCHS_OF_SEVERITIES", 1)
    monkeypatch.setattr("blemish.models.training.viewed_fit.CROP", 96)
    monkeypatch.setattr("blemish.models.training.viewed_fit.SEVERITY_CROPS", (64,))


def weights_of(model):
    return {name: tensor.numpy().tobytes() for name, tensor in model.network.state_dict().items()}


@pytest.mark.slow
def trained(folder, output, **settings):
    return save_calibrated(fitted(folder, output, **settings), output)


def test_the_whole_training_runs_and_goes_on_after_a_stop(photos, rated, backbone, tmp_path, short):
    settings = {"rated": rated, "backbone": backbone, "amounts": AMOUNTS, "seed": 4, "workers": 1}
    path = trained(photos, tmp_path, **settings)
    model = load_model(path)
    assert model.distortions == tuple(DISTORTIONS)
    assert model.record["distortions"]["training_photos"] == {"mine": 2}
    assert model.record["command"].endswith("--samples 12 --epochs 2 --seed 4")
    assert model.record["calibration_photos"] == {"popos": 1}
    assert model.record["human_scores"]["photos"] == FEWEST_RATED
    assert model.predict(as_photo(skimage.data.coffee()).image).mos is not None
    kept = [*(tmp_path / "statistics").iterdir(), *(tmp_path / "copies").iterdir()]
    shards = {file: hashlib.sha256(file.read_bytes()).hexdigest() for file in kept}
    lost = next(file for file in shards if file.suffix == ".safetensors")
    lost.unlink()
    again = load_model(trained(photos, tmp_path, **settings))
    assert {file: hashlib.sha256(file.read_bytes()).hexdigest() for file in shards} == shards
    assert weights_of(again) == weights_of(model)
    # Of kept tensors that lie elsewhere in memory the last digits of a least-squares fit may be others.
    assert again.calibration.mos_error == pytest.approx(model.calibration.mos_error, rel=0.01)
    assert again.calibration.pixels == model.calibration.pixels


@pytest.mark.slow
def test_without_people_there_is_no_mos_and_a_base_keeps_its_statistics_branch(photos, backbone, tmp_path, short):
    settings = {"backbone": backbone, "base": EMBEDDED, "amounts": AMOUNTS, "seed": 4, "workers": 1}
    model = load_model(trained(photos, tmp_path, undistorted=photos, **settings))
    embedded = load_model()
    assert model.predict(as_photo(skimage.data.coffee()).image).mos is None
    assert torch.equal(model.network.statistics.heads.weight, embedded.network.statistics.heads.weight)
    assert not torch.equal(
        model.network.viewed.severity.head[1].weight,  # pyright: ignore[reportArgumentType]
        embedded.network.viewed.severity.head[1].weight,  # pyright: ignore[reportArgumentType]
    )
    assert model.record["distortions"] == embedded.record["distortions"]
    assert model.record["base"] == embedded.sha256
    assert model.record["undistorted_photos"] == 4
    assert f" --undistorted {photos.name} --base {EMBEDDED.name} " in model.record["command"]


@pytest.mark.slow
def test_with_large_photos_the_statistics_branch_of_a_base_goes_on(photos, backbone, tmp_path, short):
    settings = {"backbone": backbone, "base": EMBEDDED, "amounts": AMOUNTS, "seed": 4, "workers": 1}
    model, embedded = load_model(trained(photos, tmp_path, large=photos, **settings)), load_model()
    before, after = (one.network.statistics.heads.weight.detach() for one in (embedded, model))
    assert 0 < float((after - before).abs().max()) < 0.1
    assert model.record["distortions"]["before"] == embedded.record["distortions"]
    assert model.record["distortions"]["samples"] == AMOUNTS.samples
    assert model.record["command"].endswith(
        f" --large {photos.name} --base {EMBEDDED.name} --samples 12 --epochs 2 --seed 4"
    )


def test_photos_that_show_the_same_are_one_group(backbone):
    photos = torch.randint(256, (3, 3, 64, 64), dtype=torch.uint8)
    photos[2] = photos[0]
    first, other, again = near_duplicates(imagenet_network(backbone), photos)
    assert first == again != other


def test_copies_are_labelled_by_what_was_put_on_them_alone():
    severities = torch.zeros(2, len(DISTORTIONS))
    severities[0, list(DISTORTIONS).index("white_noise")] = 0.6
    severities[1, list(DISTORTIONS).index("white_noise")] = 0.1
    noise, blur = LABELS.index("noise"), LABELS.index("blur")
    copies, pristine = named_labels(severities), all_labels(severities)
    assert copies[0, noise] == 1
    assert copies[0, blur].isnan()  # the photo may have been blurred before
    assert pristine[0, blur] == 0
    assert pristine[1, noise].isnan()  # too faint to be told


def test_training_says_which_collections_it_lacks(tmp_path):
    Image.fromarray(skimage.data.coffee()).save(tmp_path / "coffee.png")
    with pytest.raises(ValueError, match="needs photos of the collections popos"):
        fitted(tmp_path, tmp_path, backbone=tmp_path / "none.pth", seed=0, workers=1)


def test_damage_to_a_corner_teaches_only_its_windows():
    """Whatever the network says of the whole crop, the loss is the same: it has no right prediction."""
    network = StatisticsNetwork(("jpeg", "gaussian_blur"), width=8)
    severities, corner = torch.tensor([[0.9, 0.0]]), torch.tensor([[1.0, 0, 0, 0, 0, 0, 0, 0, 0]])
    windows, averages = torch.rand(1, 9, network.length), torch.rand(1, len(AVERAGES), network.length)

    def loss_if(direction: int, coverage: torch.Tensor) -> float:
        network.pool = lambda embeddings: direction * embeddings[:, 4]
        return float(batch_loss(network.eval(), windows, direction * averages, severities, coverage).detach())

    everywhere = torch.ones(1, 9)
    assert loss_if(5, corner) == pytest.approx(loss_if(-5, corner), abs=1e-5)
    assert loss_if(5, everywhere) != pytest.approx(loss_if(-5, everywhere), abs=1e-3)


def test_a_fit_that_was_stopped_ends_where_it_would_have(tmp_path, monkeypatch):
    generator = torch.Generator().manual_seed(0)
    length = StatisticsNetwork(("jpeg",), width=8).length
    samples = {
        "windows": torch.randn(600, 9, length, generator=generator),
        "averages": torch.randn(600, len(AVERAGES), length, generator=generator),
        "severities": torch.rand(600, 2, generator=generator).round(),
        "coverage": torch.ones(600, 9),
    }

    def fitted(folder: Path) -> torch.Tensor:
        network = StatisticsNetwork(("jpeg", "gaussian_blur"), width=8)
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
        draw_sample(Photos.of(list_pristine(tmp_path)), (0, 0))


def test_the_test_collections_are_never_trained_on(pristine):
    from blemish.models.training.train import _split

    training, calibration = _split(list_pristine(pristine), pristine)
    assert not {photo.collection for photo in training + calibration} & set(TEST_COLLECTIONS)
    assert not {photo.collection for photo in training} & {photo.collection for photo in calibration}
