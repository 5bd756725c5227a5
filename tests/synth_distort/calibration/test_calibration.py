"""From ratings and photos to the table of severities, and what is validated of it."""

import json

import numpy as np
import pytest
import skimage.data
import torch
from PIL import Image

from blemish.synth_distort import DISTORTIONS
from blemish.synth_distort.calibration import curves as calibration
from blemish.synth_distort.calibration import validation as validation
from blemish.synth_distort.calibration.curves import Measured, calibrate, knots, leave_one_out, read_ratings, sweep
from blemish.synth_distort.calibration.full_reference import MEASURES, damage, fit_severity
from blemish.synth_distort.calibration.validation import summarize, validate
from blemish.synth_distort.severity import SHIPPED_CURVES


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    """Three photos of two collections, one of them kept for tests."""
    folder = tmp_path_factory.mktemp("pristine")
    index = ["file,collection"]
    for name, collection in {"coffee": "mine", "chelsea": "mine", "rocket": "clic_val"}.items():
        Image.fromarray(getattr(skimage.data, name)()[100:260, 100:260]).save(folder / f"{name}.png")
        index.append(f"{name}.png,{collection}")
    (folder / "index.csv").write_text("\n".join(index) + "\n")
    return folder


@pytest.fixture
def few(monkeypatch):
    """Four distortions: three that were rated, and one that was not."""
    names = ("gaussian_blur", "white_noise", "jpeg", "downscale")
    few = {name: DISTORTIONS[name] for name in names}
    monkeypatch.setattr(calibration, "DISTORTIONS", few)
    monkeypatch.setattr(validation, "DISTORTIONS", few)
    monkeypatch.setattr(calibration, "in_processes", _here)
    monkeypatch.setattr(validation, "in_processes", _here)
    return few


def _here(function, jobs, *, workers, description, **_):
    return map(function, jobs)


def test_measures_are_none_for_the_same_photo_and_rise_with_the_difference(small):
    noise = torch.randn(small.shape, generator=torch.Generator().manual_seed(0))
    same, little, much = (damage((small + share * noise).clamp(0, 1), small) for share in (0, 0.02, 0.1))
    assert [same[name] for name in MEASURES] == pytest.approx([0, 0, 0], abs=1e-5)
    assert all(same[name] < little[name] < much[name] < 1 for name in MEASURES)


def test_the_fit_finds_what_made_the_severities():
    truth = {"vsi": (1.2, -3.0), "mdsi": (3.0, -1.0), "haarpsi": (2.0, -1.5)}
    levels = np.linspace(-6, 0.5, 40)
    measured = [{name: float(np.exp(level + centre + 3)) for name, (_, centre) in truth.items()} for level in levels]
    severities = [1 / (1 + np.exp(-1.5 * (level + 3))) for level in levels]
    fitted = fit_severity([[each] for each in measured], severities)
    assert [fitted([each]) for each in measured] == pytest.approx(severities, abs=0.02)
    assert fitted.slopes["vsi"] == pytest.approx(1.5, rel=0.05)
    assert fitted([{"vsi": 0, "mdsi": 0, "haarpsi": 0}]) < 0.01


def test_knots_rise_and_keep_the_end():
    assert knots([(1, 0.1), (2, 0.4), (3, 0.3), (4, 0.6)], null=0, step=0.03) == {
        "values": [1, 2, 4],
        "severities": [0.1, 0.35, 0.6],
    }
    flat = knots([(0.0, 0.0), (1, 0.5), (2, 0.5), (3, 0.49)], null=0, step=0.001)
    assert flat["values"][-1] == 3
    assert flat["severities"][-1] == pytest.approx(0.4976, abs=1e-3)


def test_a_sweep_goes_from_almost_nothing_to_the_limit():
    for entry in DISTORTIONS.values():
        values = sweep(entry)
        distances = [abs(value - entry.null) for value in values]
        assert distances == sorted(distances)
        assert values[-1] == entry.limit
        assert 0 < distances[0] <= 0.011 * abs(entry.limit - entry.null)


def test_calibration_and_validation_from_photos(photos, few, ratings, tmp_path):
    written = calibrate(ratings, photos, tmp_path / "curves.json", photos=2, collection=None, workers=1)
    assert written == json.loads((tmp_path / "curves.json").read_text())
    assert {name: curve["source"] for name, curve in written["curves"].items()} == {
        "gaussian_blur": "rated",
        "white_noise": "rated",
        "jpeg": "rated",
        "downscale": "inferred",
    }
    assert sorted(written["record"]["photos"]) == ["chelsea.png", "coffee.png"]
    assert set(written["record"]["leave_one_out_errors"]) == {"gaussian_blur", "white_noise", "jpeg"}
    assert few["downscale"].limit <= written["curves"]["downscale"]["values"][-1] < 0.2
    shipped = json.loads(SHIPPED_CURVES.read_text())["curves"]
    assert written["curves"]["jpeg"] == shipped["jpeg"]
    assert [path.name for path in tmp_path.iterdir()] == ["curves.json"]

    measured = validate(photos, tmp_path / "validation.json", ratings=ratings, photos=5, workers=1, seed=0)
    assert measured["record"]["photos"] == {"clic_val": 1}
    assert measured["distortions"]["gaussian_blur"]["rising"] == 1
    assert measured["distortions"]["gaussian_blur"]["untouched_at_zero"] == 1
    assert measured["distortions"]["gaussian_blur"]["largest_dmos_error"] < 0.1
    assert "largest_dmos_error" not in measured["distortions"]["downscale"]


def test_the_shipped_table_is_what_the_ratings_say(ratings):
    curves = json.loads(SHIPPED_CURVES.read_text())["curves"]
    for name, points in read_ratings(ratings).items():
        fitted = knots(points, null=DISTORTIONS[name].null, step=calibration.SMALLEST_STEP)
        assert curves[name] == {"source": "rated", **fitted}
    assert set(curves) == set(DISTORTIONS)


def test_the_inference_was_measured_and_is_good_enough():
    record = json.loads(SHIPPED_CURVES.read_text())["record"]
    assert len(record["leave_one_out_errors"]) == 21
    assert np.mean(list(record["leave_one_out_errors"].values())) == pytest.approx(
        record["leave_one_out_mean_absolute_error"], abs=1e-4
    )
    assert record["leave_one_out_mean_absolute_error"] <= 0.10


def test_a_distortion_is_left_out_of_its_own_inference():
    """One of three was rated quite otherwise than its damage; only its own error can tell, since the fit to it is not asked."""
    grades = np.linspace(-4, -1, 5)
    measured: Measured = {name: [[dict.fromkeys(MEASURES, float(np.exp(grade)))] for grade in grades] for name in "abc"}
    honest = [(float(grade), float(1 / (1 + np.exp(-2 * (grade + 2))))) for grade in grades]
    rated = {"a": honest, "b": honest, "c": [(value, 0.5 * severity) for value, severity in honest]}
    errors = leave_one_out(rated, measured)
    assert errors["c"] == pytest.approx(np.mean([0.5 * severity for _, severity in honest]), abs=0.02)
    assert errors["a"] < errors["c"]


def test_a_validation_counts_what_rises():
    def level(damage: float) -> dict[str, float]:
        return {"changed_bytes": 0, **dict.fromkeys(MEASURES, damage)}

    rising = [level(damage) for damage in (0, 0.1, 0.2, 0.3)]
    falling = [level(0), level(0.2), {**level(0.1), "vsi": 0.3}, level(0.4)]
    figures = summarize([rising, falling], (0, 0.3, 0.6, 0.9))
    assert figures["rising"] == pytest.approx(5 / 6, abs=1e-4)
    assert figures["untouched_at_zero"] == 1
    assert figures["ceiling"] == 0.9
    touched = [{**level(0), "changed_bytes": 1}, *rising[1:]]
    assert summarize([rising, touched], (0, 0.3, 0.6, 0.9))["untouched_at_zero"] == 0.5


def test_ratings_and_photos_that_cannot_be_used_are_named(photos, tmp_path):
    table = tmp_path / "ratings.csv"
    table.write_text("distortion,ladder,level,value,mean_dmos,images\nsnow,yes,1,1,3.0,81\n")
    with pytest.raises(ValueError, match=r"ratings\.csv: rates no distortion that blemish has"):
        calibrate(table, photos, tmp_path / "curves.json", photos=2, collection=None, workers=1)
    table.write_text("distortion,ladder,level,value,mean_dmos,images\njpeg,yes,1,much,3.0,81\n")
    with pytest.raises(ValueError, match=r"ratings\.csv: a value or mean_dmos of jpeg is no number .*'much'"):
        calibrate(table, photos, tmp_path / "curves.json", photos=2, collection=None, workers=1)
    table.write_text("distortion,value\n")
    with pytest.raises(ValueError, match="lacks the columns images, ladder, level, mean_dmos"):
        calibrate(table, photos, tmp_path / "curves.json", photos=2, collection=None, workers=1)
