"""Commands that make blemish itself: the scale of severity, the gallery, the embedded model."""

import json

import pytest

from blemish.synth_distort import DISTORTIONS, severity_curve
from blemish.synth_distort.photo import to_pil

FEW = {name: DISTORTIONS[name] for name in ("gaussian_blur", "jpeg", "downscale")}


@pytest.fixture(scope="module")
def folder(tmp_path_factory, small, cat):
    """Two pristine photos, ratings of two distortions as their shipped curves have them, and what is none of these."""
    folder = tmp_path_factory.mktemp("pristine")
    (folder / "photos").mkdir()
    (folder / "album").mkdir()
    to_pil(small).save(folder / "photos" / "cup.png")
    to_pil(cat[:, :200, :200]).save(folder / "photos" / "cat.png")
    rows = ["distortion,ladder,level,value,mean_dmos,images"]
    for name in ("gaussian_blur", "jpeg"):
        for level in range(1, 6):
            severity = 0.17 * level
            rows.append(f"{name},yes,{level},{severity_curve(name).value(severity)},{4.61 - 3.61 * severity},81")
    (folder / "ratings.csv").write_text("\n".join(rows) + "\n")
    (folder / "text.csv").write_text("this is no table\n")
    return folder


@pytest.fixture
def few(monkeypatch):
    """Three distortions stand for all."""
    for module in ("synth_distort.calibration.curves", "synth_distort.calibration.validation", "reports.gallery"):
        monkeypatch.setattr(f"blemish.{module}.DISTORTIONS", FEW)


@pytest.mark.slow
def test_the_scale_is_calibrated(run, folder, few, tmp_path):
    result = run("calibrate", "ratings.csv", "photos", "--photos", 2, "-o", tmp_path / "curves.json", cwd=folder)
    assert result.exit_code == 0, result.output
    curves = json.loads((tmp_path / "curves.json").read_text())["curves"]
    assert {name: curve["source"] for name, curve in curves.items()} == {
        "gaussian_blur": "rated",
        "jpeg": "rated",
        "downscale": "inferred",
    }


@pytest.mark.slow
def test_ladders_are_validated_and_shown_in_the_gallery(run, folder, few, tmp_path):
    words = ("photos", "--ratings", "ratings.csv", "--photos", 1, "-o", tmp_path / "validation.json")
    result = run("validate", *words, cwd=folder)
    assert result.exit_code == 0, result.output
    assert all(name in result.stdout for name in FEW)
    words = ("photos/cup.png", "-o", tmp_path / "gallery", "--validation", tmp_path / "validation.json")
    result = run("gallery", *words, cwd=folder)
    assert result.exit_code == 0, result.output
    assert "[jpeg](#jpeg)" in (tmp_path / "gallery" / "README.md").read_text()


@pytest.mark.slow
def test_the_embedded_model_is_exported(run, tmp_path):
    pytest.importorskip("onnxscript")
    result = run("embedded", "export", "model.onnx", "--height", 128, "--width", 160, cwd=tmp_path)
    assert result.exit_code == 0, result.output
    assert (tmp_path / "model.onnx").stat().st_size > 1000


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("calibrate", "none.csv", "."), "none.csv: No such file or directory"),
        (("calibrate", "text.csv", "photos"), "text.csv: lacks the columns"),
        (("validate", "album"), "album: holds no photos"),
        (("gallery", "none.jpg"), "none.jpg: there is no such file"),
        (("gallery", "photos/cup.png", "--validation", "text.csv"), "text.csv: was not written by `blemish validate`"),
        (("embedded", "train", "album"), "album: holds no photos"),
        (("embedded", "evaluate", "album"), "album: holds no photos"),
        (("embedded", "card", "text.csv", "text.csv"), "text.csv: is no evaluation"),
    ],
)
def test_a_mistake_is_one_sentence(refused, folder, words, sentence):
    assert sentence in refused(*words, cwd=folder)
