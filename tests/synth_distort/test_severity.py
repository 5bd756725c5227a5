"""The scale of severity: people's ratings, the curves between them, and the words of BT.500."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blemish.synth_distort import DISTORTIONS, combined_severity, severity_curve, severity_word
from blemish.synth_distort.calibration.curves import read_ratings
from blemish.synth_distort.severity import D0, SeverityCurve, severity_of_dmos

every_distortion = pytest.mark.parametrize("name", DISTORTIONS)


@settings(max_examples=15, deadline=None)
@given(share=st.floats(0, 1), other=st.floats(0, 1))
@every_distortion
def test_curves_are_monotone_and_inverted_by_their_values(name, share, other):
    curve = severity_curve(name)
    low, high = (each * curve.ceiling for each in sorted((share, other)))
    values = [curve.value(low), curve.value(high)]
    distances = [abs(value - curve.null) for value in values]
    assert distances[0] <= distances[1] <= abs(curve.limit - curve.null) * (1 + 1e-6)
    assert [curve.severity(value) for value in values] == pytest.approx([low, high], abs=1e-4)
    assert curve.value(0) == curve.null


@given(st.lists(st.floats(0, 1), max_size=5))
def test_together_distortions_are_as_severe_as_the_worst_at_least(severities):
    together = combined_severity(severities)
    assert max(severities, default=0) - 1e-12 <= together <= 1
    assert together == pytest.approx(combined_severity(severities[::-1]))


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
