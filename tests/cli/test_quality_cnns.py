"""Quality CNNs on the command line, from rated photos to a report: as a person uses them, in processes of their own."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from PIL import Image


def run(*words: object, cwd: Path) -> subprocess.CompletedProcess:
    command = [sys.executable, "-c", "from blemish.cli import main; main()", *map(str, words)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=300)


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """A folder with thirty rated details of a photo, brighter ones rated higher, and a model trained on them."""
    pytest.importorskip("lightning")
    folder = tmp_path_factory.mktemp("desk")
    (folder / "photos").mkdir()
    rows = ["file,mos"]
    for number in range(30):
        detail = skimage.data.coffee()[:160, 8 * number : 8 * number + 160] * (0.3 + 0.023 * number)
        Image.fromarray(detail.astype(np.uint8)).save(folder / "photos" / f"{number}.png")
        rows.append(f"{number}.png,{5 + 3 * number}")
    (folder / "photos" / "mos.csv").write_text("\n".join(rows) + "\n")
    result = run("train", "whole/blemish/features-mean/svr", "--data", "photos", "-o", "work", cwd=folder)
    assert result.returncode == 0, result.stderr
    assert "on photos left out (30)" in result.stdout
    return folder


MODEL = "work/whole_blemish_features-mean_svr.safetensors"


def test_a_trained_model_is_evaluated_and_says_that_it_knows_the_photos(desk):
    result = run("evaluate", MODEL, "--data", "photos", "-o", "figures.json", cwd=desk)
    assert result.returncode == 0, result.stderr
    assert "how it does on them says nothing" in result.stderr
    figures = json.loads((desk / "figures.json").read_text())["figures"]["csv"]
    assert figures["srocc"]["value"] > 0.9
    assert figures["rmse"]["low"] <= figures["rmse"]["value"] <= figures["rmse"]["high"]


def test_a_report_has_its_second_predicted_ratings(desk):
    result = run("report", "photos/20.png", "--model", MODEL, "--json", "-o", "reports", cwd=desk)
    assert result.returncode == 0, result.stderr
    content = json.loads(result.stdout)
    assert content["predicted_ratings"]["model"]["name"] == "whole_blemish_features-mean_svr"
    assert 40 < content["predicted_ratings"]["score"] < 90
    assert "By whole_blemish_features-mean_svr" in (desk / "reports" / "20.blemish.html").read_text()


def test_designs_are_compared_and_regions_are_studied(desk):
    result = run(
        "compare", "whole/blemish/features-mean/svr,mos", "--data", "photos", "--splits", 2, "-o", "work", cwd=desk
    )
    assert result.returncode == 0, result.stderr
    assert "| whole photo | blemish | feature pooling, mean | MOS |" in result.stdout
    assert (desk / "work" / "comparison.json").exists()


def test_models_are_listed(desk):
    result = run("models", cwd=desk)
    assert result.returncode == 0, result.stderr
    for name in ("deepbiq", "deeprn", "koncept512", "content-and-damage", "caffenet", "resnet50", "koniq10k", "10073"):
        assert name in result.stdout


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["train", "deepqa", "--data", "photos"], "no recipe is called 'deepqa'"),
        (["train", "deepbiq", "--data", "koniq10k=photos"], "photos: is not KonIQ-10k; looked for"),
        (["train", "deepbiq", "--data", "photos", "--backbones", "photos"], "photos: holds no caffenet.safetensors"),
        (["train", "whole/blemish/features-mean/svr,mos", "--data", "photos"], "one system is trained on one data set"),
        (["compare", "koncept512", "--data", "nowhere"], "nowhere: there is no such file or folder"),
        (["evaluate", "none.safetensors", "--data", "photos"], "none.safetensors: there is no such file"),
        (["report", "photos/1.png", "--model", "photos/mos.csv"], "there is no such file"),
        (
            ["regions", "--data", "photos", "--side", "200", "--backbone", "blemish"],
            "regions of 200 px do not fit into it",
        ),
    ],
)
def test_a_mistake_is_one_sentence(desk, words, sentence):
    result = run(*words, cwd=desk)
    assert result.returncode == 2, result.stderr
    assert sentence in result.stderr
    assert "Traceback" not in result.stderr
    assert len([line for line in result.stderr.splitlines() if line.startswith("blemish: ")]) == 1
