"""The scale of severity: what people said, what lies between, and the words for it."""

import itertools

import pytest

from blemish.synth_distort import DISTORTIONS, combined_severity, severity_curve, severity_word
from blemish.synth_distort.calibration.curves import read_ratings
from blemish.synth_distort.severity import D0, SeverityCurve, severity_of_dmos

every_distortion = pytest.mark.parametrize("name", DISTORTIONS)


@every_distortion
def test_value_and_severity_are_inverse(name):
    curve = severity_curve(name)
    for share in (0.02, 0.125, 0.4, 0.77, 1.0):
        severity = share * curve.ceiling
        assert curve.severity(curve.value(severity)) == pytest.approx(severity, abs=1e-4)


@every_distortion
def test_values_move_from_null_to_the_limit_without_turning_back(name):
    curve = severity_curve(name)
    distances = [abs(curve.value(share / 50 * curve.ceiling) - curve.null) for share in range(51)]
    assert distances[0] == 0
    assert all(low < high for low, high in itertools.pairwise(distances))
    assert distances[-1] <= abs(curve.limit - curve.null) * (1 + 1e-6)


@every_distortion
def test_every_distortion_can_annoy(name):
    assert severity_curve(name).ceiling >= 0.6


def test_rated_values_get_what_people_gave_them(ratings):
    rated = read_ratings(ratings)
    assert len(rated) == 21
    for name, points in rated.items():
        assert severity_curve(name).source == "rated"
        for value, severity in points:
            predicted = severity_curve(name).severity(value)
            assert (D0 - 1) * abs(predicted - severity) <= 0.1, (name, value)


def test_what_nobody_rated_says_so():
    curve = severity_curve("haze")
    assert curve.source == "inferred"
    assert curve.rated_up_to == 0
    assert severity_curve("jpeg").rated_up_to == pytest.approx(0.903)


def test_beyond_the_last_rating_the_closing_slope_goes_on():
    curve = SeverityCurve(null=0, limit=1e9, values=(2.0, 6.0), severities=(0.2, 0.4), source="rated")
    assert curve.severity(14.0) == pytest.approx(0.4 + 0.2, abs=0.1)
    assert curve.severity(1e9) == 1
    assert curve.rated_up_to == 0.4
    assert curve.ceiling == 1


def test_a_curve_ends_at_the_limit():
    curve = SeverityCurve(null=1, limit=0, values=(0.5, 0.0), severities=(0.4, 0.61239), source="rated")
    assert curve.ceiling == 0.6123
    assert curve.value(0.6123) == pytest.approx(0, abs=1e-3)
    with pytest.raises(ValueError, match=r"severity is 0\.7; it goes from 0 .* cannot do worse than 0\.6123"):
        curve.value(0.7)
    with pytest.raises(ValueError, match=r"severity is -0\.1"):
        curve.value(-0.1)


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
