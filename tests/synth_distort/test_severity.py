"""The scale of severity: what people said, what lies between, and the words for it."""

import csv
import itertools

import pytest

from blemish.synth_distort import DISTORTIONS, combined_severity, severity_curve, severity_word
from blemish.synth_distort.calibration import SHIPPED, calibrate
from blemish.synth_distort.severity import D0, SeverityCurve, severity_of_dmos

every_distortion = pytest.mark.parametrize("name", DISTORTIONS)


@every_distortion
def test_value_and_severity_are_inverse(name):
    curve = severity_curve(name)
    for severity in (0.02, 0.125, 0.4, 0.77, 1.0):
        assert curve.severity(curve.value(severity)) == pytest.approx(severity, abs=1e-6)


@every_distortion
def test_values_move_away_from_null_without_turning_back(name):
    curve = severity_curve(name)
    distances = [abs(curve.value(severity / 50) - curve.null) for severity in range(51)]
    assert distances[0] == pytest.approx(0, abs=1e-9)
    assert all(low < high for low, high in itertools.pairwise(distances))


@every_distortion
def test_no_value_leaves_what_its_kernel_takes(name):
    extreme = severity_curve(name).value(1)
    limits = {"jpeg": (1, 100), "pixelate": (0.05, 1), "impulse_noise": (0, 1), "white_noise": (0, 1)}
    low, high = limits.get(name, (0, 1000))
    assert low <= extreme <= high


def test_rated_values_get_what_people_gave_them(ratings):
    with ratings.open(newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["distortion"] in DISTORTIONS and row["ladder"] == "yes"]
    assert len(rows) == 5 * len(DISTORTIONS)
    for row in rows:
        value = float(row["value"])
        value = 0.95 - value**0.6 if row["distortion"] == "pixelate" else value
        predicted = D0 - (D0 - 1) * severity_curve(row["distortion"]).severity(value)
        assert predicted == pytest.approx(float(row["mean_dmos"]), abs=0.1), row


def test_the_shipped_table_is_what_calibration_writes(ratings, tmp_path):
    calibrate(ratings, tmp_path / "curves.json")
    assert (tmp_path / "curves.json").read_text() == SHIPPED.read_text()


def test_calibration_needs_a_ladder_of_each_distortion(tmp_path):
    table = tmp_path / "ratings.csv"
    table.write_text("distortion,ladder,value,mean_dmos,images\ngaussian_blur,yes,1,3.0,81\n")
    with pytest.raises(
        ValueError, match=r"ratings\.csv: holds no ladder of ratings for the distortion 'gaussian_blur'"
    ):
        calibrate(table, tmp_path / "curves.json")


def test_beyond_the_last_rating_the_closing_slope_goes_on():
    curve = SeverityCurve(null=0, values=(2.0, 6.0), severities=(0.2, 0.4), source="rated")
    assert curve.severity(14.0) == pytest.approx(0.4 + 0.2, abs=0.1)
    assert curve.severity(1e9) == 1
    assert curve.rated_up_to == 0.4


def test_dmos_and_severity():
    assert severity_of_dmos(D0) == 0
    assert severity_of_dmos(1) == 1
    assert severity_of_dmos(4.9) == 0
    assert severity_of_dmos(2.805) == pytest.approx(0.5)


def test_words_are_the_nearest_grade():
    assert severity_word(0) == severity_word(0.124) == "imperceptible"
    assert severity_word(0.125) == severity_word(0.374) == "perceptible but not annoying"
    assert severity_word(0.5) == "slightly annoying"
    assert severity_word(0.75) == "annoying"
    assert severity_word(1) == "very annoying"


def test_severities_combine_to_more_than_each_and_at_most_one():
    assert combined_severity([]) == 0
    assert combined_severity([0.3]) == pytest.approx(0.3)
    assert combined_severity([0.5, 0.5]) == pytest.approx(0.75)
    assert combined_severity([1, 0.2]) == 1
