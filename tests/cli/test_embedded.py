"""`blemish embedded`: a model is trained on a handful of photos; the shipped one is measured on as few and gets its card."""

import json
from functools import partial

import pytest
import skimage.data
import timm
import torch
from PIL import Image
from rated_details import rated_details

from blemish.models.distortion_model.backbone import NAME
from blemish.models.distortion_model.files import load_model
from blemish.models.training.train import Amounts
from blemish.synth_distort import as_photo

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """Pristine photos of three collections, and rated ones."""
    folder = tmp_path_factory.mktemp("desk")
    (folder / "photos").mkdir()
    (folder / "rated").mkdir()
    rows = ["file,collection"]
    for name, collection in {"astronaut": "mine", "chelsea": "popos", "rocket": "clic_val"}.items():
        Image.fromarray(getattr(skimage.data, name)()[:256, :256]).save(folder / "photos" / f"{name}.png")
        rows.append(f"{name}.png,{collection}")
    (folder / "photos" / "index.csv").write_text("\n".join(rows) + "\n")
    rated_details(folder / "rated", count=12, side=96)
    return folder


@pytest.fixture(scope="module")
def measured(run, desk):
    """What `blemish embedded evaluate` printed: of four questions about a test photo, and of photos that people rated."""
    asked = [{}, {"jpeg": 0.6}, {"gaussian_blur": 0.3}, {"jpeg": 0.6, "darken": 0.7}]
    rated = load_model().record["human_scores"]["scores"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("blemish.models.evaluation.trials.questions", lambda names, generator: iter(asked))
        patch.setattr("blemish.models.evaluation.trials.SHARE_OF_TYPES", 44)
        patch.setattr("blemish.models.evaluation.evaluate.scores_digest", lambda folder: rated)  # as if of its training
        results = [run("embedded", "evaluate", name, "-o", f"{name}.json", cwd=desk) for name in ("photos", "rated")]
    assert [result.exit_code for result in results] == [0, 0], results[0].output + results[1].output
    return [result.stdout for result in results]


def test_a_model_is_trained(run, desk, monkeypatch):
    torch.manual_seed(0)
    torch.save(timm.create_model(NAME).state_dict(), desk / "backbone.pth")
    few = partial(Amounts, unseen=6, severities=32, copies=1, calibration=16)
    monkeypatch.setattr("blemish.models.training.train.Amounts", few)
    monkeypatch.setattr("blemish.models.training.viewed_branch.EPOCHS_OF_SEVERITIES", 1)
    words = ("photos", "--backbone", "backbone.pth", "--samples", 12, "--epochs", 1, "-o", "work", "--workers", 1)
    result = run("embedded", "train", *words, cwd=desk)
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines()[-1] == "work/model.safetensors"
    model = load_model(desk / "work" / "model.safetensors")
    assert model.record["command"] == "blemish embedded train photos --samples 12 --epochs 1 --seed 0"
    assert model.predict(as_photo(desk / "photos" / "rocket.png").image).mos is None  # nobody's scores were learned


def test_a_model_is_measured_on_test_photos_and_beside_people(desk, measured):
    trials, rated = (json.loads((desk / f"{name}.json").read_text()) for name in ("photos", "rated"))
    assert trials["record"]["photos"] == {"clic_val": 1}
    assert sum(trials["confusion"]["png"]["jpeg"].values()) == 1
    assert "type_accuracy_clear" in measured[0]
    assert list(rated["figures"]) == ["opinion_unaware_score"]  # of the MOS, photos left out of its fit speak
    assert "MOS, on photos left out of the fit" in measured[1]
    assert f"{rated['cross_validation']['srocc']:7.3f}" in measured[1]


def test_the_card_states_what_was_measured(run, desk, measured):
    result = run("embedded", "card", "photos.json", "rated.json", "-o", "card", cwd=desk)
    assert result.exit_code == 0, result.output
    card = (desk / "card" / "model-card.md").read_text()
    figures = json.loads((desk / "rated.json").read_text())["figures"]["opinion_unaware_score"]
    assert f"{figures['srocc']['value']:.3f}" in card
    assert (desk / "card" / "confusion.webp").stat().st_size > 1000


def test_a_card_of_another_model_is_refused(refused, desk, measured):
    other = json.loads((desk / "photos.json").read_text())
    other["model"]["sha256"] = "0" * 64
    (desk / "other.json").write_text(json.dumps(other))
    assert "other.json: was measured of another model" in refused(
        "embedded", "card", "other.json", "rated.json", cwd=desk
    )
