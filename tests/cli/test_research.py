"""Quality CNNs and ladder data sets on the command line, from rated photos to a report with a second model."""

import json

import pyarrow.parquet
import pytest
from rated_details import rated_details

MODEL = "work/whole_blemish_features-mean_svr.safetensors"


@pytest.fixture(scope="module")
def desk(run, tmp_path_factory):
    """A folder with thirty rated details of a photo, brighter ones rated higher, and a model trained on them."""
    pytest.importorskip("lightning")
    folder = tmp_path_factory.mktemp("desk")
    (folder / "photos").mkdir()
    rated_details(folder / "photos", side=96)
    result = run("train", "whole/blemish/features-mean/svr", "--data", "photos", "-o", "work", cwd=folder)
    assert result.exit_code == 0, result.output
    assert "on photos left out (30)" in result.stdout
    return folder


def test_a_trained_model_is_evaluated_with_a_warning_for_its_training_photos(run, desk):
    result = run("evaluate", MODEL, "--data", "photos", "-o", "figures.json", cwd=desk)
    assert result.exit_code == 0, result.output
    assert "was trained on these photos of csv" in result.stderr
    figures = json.loads((desk / "figures.json").read_text())["figures"]["csv"]
    assert figures["srocc"]["value"] > 0.9
    assert figures["rmse"]["low"] <= figures["rmse"]["value"] <= figures["rmse"]["high"]


def test_a_report_has_the_score_of_a_second_model(run, desk):
    result = run("report", "photos/20.png", "--model", MODEL, "--json", "-o", "reports", cwd=desk)
    assert result.exit_code == 0, result.output
    second = json.loads(result.stdout)["second_model"]
    assert second["model"]["name"] == "whole_blemish_features-mean_svr"
    assert 40 < second["mos"]["value"] < 90
    assert "whole_blemish_features-mean_svr" in (desk / "reports" / "20.blemish.html").read_text()


def test_designs_are_compared(run, desk):
    words = ("compare", "whole/blemish/features-mean/svr,mos", "--data", "photos", "--splits", 2, "-o", "work")
    result = run(*words, cwd=desk)
    assert result.exit_code == 0, result.output
    assert "| whole photo | blemish | feature pooling, mean | MOS |" in result.stdout
    assert (desk / "work" / "comparison.json").exists()


@pytest.mark.slow
def test_regions_are_studied(run, desk):
    words = ("--data", "photos", "--backbone", "blemish", "--side", 64, "--splits", 1, "-o", "work")
    result = run("regions", *words, cwd=desk)
    assert result.exit_code == 0, result.output
    assert (desk / "work" / "regions-blemish.png").stat().st_size > 1000


def test_models_are_listed(run, tmp_path):
    result = run("models", cwd=tmp_path)
    assert result.exit_code == 0, result.output
    for name in ("deepbiq", "deeprn", "koncept512", "content-and-damage", "caffenet", "resnet50", "koniq10k", "10073"):
        assert name in result.stdout


def test_a_ladder_data_set_is_written(run, desk, tmp_path):
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "1.png").write_bytes((desk / "photos" / "1.png").read_bytes())
    words = ("--distortions", "jpeg,white_noise+jpeg", "--severities", "0.25,0.5", "--post", "webp80")
    result = run("synthesize", "one", "-o", "set", *words, cwd=tmp_path)
    assert result.exit_code == 0, result.output
    assert pyarrow.parquet.read_table(tmp_path / "set" / "manifest.parquet").num_rows == 4


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["train", "deepqa", "--data", "photos"], "no recipe is called 'deepqa'"),
        (["train", "deepbiq", "--data", "koniq10k=photos"], "photos: is not KonIQ-10k; looked for"),
        (["train", "deepbiq", "--data", "photos", "--backbones", "photos"], "photos: holds no caffenet.safetensors"),
        (["train", "whole/blemish/features-mean/svr,mos", "--data", "photos"], "one design is trained on one data set"),
        (["compare", "koncept512", "--data", "nowhere"], "nowhere: there is no such file or folder"),
        (["evaluate", "none.safetensors", "--data", "photos"], "none.safetensors: there is no such file"),
        (
            ["regions", "--data", "photos", "--side", "200", "--backbone", "blemish"],
            "regions of 200 px do not fit into",
        ),
        (["synthesize", "nowhere", "-o", "set"], "nowhere: there is no such folder"),
        (["synthesize", "photos", "-o", "set", "--distortions", "blurr"], "no distortion is called 'blurr'"),
        (
            ["synthesize", "photos", "-o", "set", "--engine", "steam"],
            "no engine is called 'steam'; there are local, ray",
        ),
    ],
)
def test_a_mistake_is_one_sentence(refused, desk, words, sentence):
    assert sentence in refused(*words, cwd=desk)
