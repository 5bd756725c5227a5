"""`blemish sensitivity` as a person uses it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import skimage.data
from PIL import Image

SMALL = ("--distortions", "white_noise,lens_blur", "--levels", 2, "--side", 128)


def run(*words: object, cwd: Path) -> subprocess.CompletedProcess:
    command = [sys.executable, "-c", "from blemish.cli import main; main()", "sensitivity", *map(str, words)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=300)


@pytest.fixture(scope="module")
def desk(tmp_path_factory) -> Path:
    """A folder with two photos, a module with a measure and one that fails at every tenth image."""
    folder = tmp_path_factory.mktemp("desk")
    (folder / "photos").mkdir()
    for name in ("coffee", "chelsea"):
        Image.fromarray(getattr(skimage.data, name)()).save(folder / "photos" / f"{name}.png")
    (folder / "own.py").write_text(
        "def sharpness(images):\n    return images.diff(dim=3).abs().mean((1, 2, 3))\n\n"
        "def fails(images):\n    if images.shape[2] == 85:\n        raise RuntimeError('no such size')\n"
        "    return sharpness(images)\n"
    )
    return folder


def test_two_models_on_two_processes(desk):
    words = ("own:sharpness", "photos", "--against", "piq:haarpsi", *SMALL)
    result = run(*words, "--workers", 2, "-o", "out", cwd=desk)
    assert result.returncode == 0, result.stderr
    assert "own:sharpness: It detects " in result.stdout
    assert (desk / "out" / "own_sharpness.sensitivity.html").exists()
    assert json.loads((desk / "out" / "comparison.json").read_text())["models"].keys() == {
        "own:sharpness",
        "piq:haarpsi",
    }
    assert len(list((desk / "out" / "scores").glob("*/*.parquet"))) == 4
    again = run(*words, "-o", "out", cwd=desk)
    assert again.returncode == 0
    assert again.stdout == result.stdout
    assert "Photos" not in again.stderr  # nothing was left to score


def test_a_photo_that_the_model_fails_at_is_named(desk):
    result = run("own:fails", "photos", "--against", "own:sharpness", *SMALL, "-o", "failed", cwd=desk)
    assert result.returncode == 2
    assert "own:sharpness: It detects" in result.stdout
    assert "two are needed: own:fails on chelsea.png, undistorted: raised RuntimeError" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("nonsense", "photos"), "no model is called 'nonsense'"),
        (("piq:total_variation", "nowhere"), "nowhere: there is no such folder"),
        (("piq:total_variation", "photos", "--distortions", "rain"), "no distortion is called 'rain'"),
        (("piq:total_variation", "photos", "--engine", "steam"), "no engine is called 'steam'"),
    ],
)
def test_a_mistake_is_one_sentence(desk, words, sentence):
    result = run(*words, cwd=desk)
    assert result.returncode == 2, result.stderr
    assert sentence in result.stderr
    assert len([line for line in result.stderr.splitlines() if line.startswith("blemish: ")]) == 1
