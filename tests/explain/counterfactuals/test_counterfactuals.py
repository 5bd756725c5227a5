"""Counterfactuals: remedies that do what they are called, measurements that notice, and claims that were confirmed."""

import dataclasses

import numpy as np
import pytest
import torch

from blemish.explain.counterfactuals import Counterfactuals, counterfactuals
from blemish.explain.counterfactuals.benchmark import is_better, summary
from blemish.explain.counterfactuals.counterfactual import LEAST_GAIN, try_remedy
from blemish.explain.counterfactuals.measures import MEASURES, improved, measure
from blemish.explain.counterfactuals.remedies import REMEDIES
from blemish.explain.counterfactuals.search import HELPS, one_grade_more, remedies_for
from blemish.explain.location import placed_part
from blemish.models.distortion_model.files import load_model
from blemish.synth_distort import DISTORTIONS, distort
from blemish.synth_distort.photo import as_saved

DAMAGE = {  # a distortion that each measurement notices
    "noise": "white_noise",
    "steepness": "gaussian_blur",
    "blocks": "jpeg",
    "exposure": "darken",
    "contrast": "contrast_down",
    "cast": "color_cast",
}


@pytest.fixture(scope="module")
def model():
    return load_model()


@pytest.fixture(scope="module")
def noisy(small):
    return as_saved(distort(small, "white_noise", 0.7))


def test_a_sentence_keeps_the_capitals_of_names():
    begun = [remedy.sentence_begin for remedy in REMEDIES.values()]
    assert "Deblurred (Richardson-Lucy)" in begun
    assert all(words[0].isupper() for words in begun)


@pytest.mark.parametrize("name", MEASURES)
def test_a_measurement_rises_with_what_it_measures(name, coffee):
    part = coffee[:, :256, :256].contiguous()
    assert measure(name, as_saved(distort(part, DAMAGE[name], 0.8))) > 1.2 * measure(name, part)


@pytest.mark.parametrize("name", REMEDIES)
def test_a_remedy_leaves_a_photo_of_the_same_size_and_improves_its_measurement(name, coffee):
    remedy, part = REMEDIES[name], coffee[:, :192, :200].contiguous()
    distortion = {"median": "impulse_noise", "darken": "brighten"}.get(name, DAMAGE[remedy.measure])
    damaged = as_saved(distort(part, distortion, 0.8))
    for strength in remedy.strengths:
        mended = remedy(damaged, strength)
        assert mended.shape == part.shape
        assert float(mended.min()) >= 0
        assert float(mended.max()) <= 1
    assert min(measure(remedy.measure, remedy(damaged, strength)) for strength in remedy.strengths) < measure(
        remedy.measure, damaged
    )


def test_what_helps_is_known_and_measured():
    assert {remedy for names in HELPS.values() for remedy in names} <= set(REMEDIES)
    assert remedies_for("shot_noise") == HELPS["noise"]
    assert remedies_for("impulse_noise")[0] == "median"
    assert remedies_for("vignetting") == ()
    assert {remedy.measure for remedy in REMEDIES.values()} == set(MEASURES)
    assert set(HELPS) <= set(DISTORTIONS) | {entry.family for entry in DISTORTIONS.values()}


@pytest.fixture(scope="module")
def found(model, noisy):
    return counterfactuals(model, noisy)


def test_only_confirmed_gains_are_told_the_largest_first(model, found):
    assert found.gains
    assert all(one.confirmed and one.gain >= LEAST_GAIN for one in found.gains)
    assert [one.gain for one in found.gains] == sorted((one.gain for one in found.gains), reverse=True)
    best = found.gains[0]
    assert f"{best.gain:.0f} points" in best.sentence
    assert best.score[1] == pytest.approx(model.predict(best.image).mos.value, abs=1e-3)


def test_a_gain_that_no_measurement_confirms_is_no_claim(found):
    one = found.gains[0]
    name, before, after = one.measurement
    assert improved(before, after)
    assert not dataclasses.replace(one, measurement=(name, before, before)).confirmed
    assert not dataclasses.replace(one, side_effects=("gaussian_blur",)).confirmed
    assert not dataclasses.replace(one, overall_severity=(0.2, 0.3)).confirmed
    assert not dataclasses.replace(one, score=(50.0, 51.0)).confirmed
    assert dataclasses.replace(one, score=(50.0, 51.0)).to_dict()["sentence"] is None


def test_the_least_change_is_the_smallest_that_takes_the_finding_away(found):
    one = dataclasses.replace(found.gains[0], takes_away=True)
    gentle, strong = (dataclasses.replace(one, change=change) for change in (2.0, 5.0))
    assert Counterfactuals(one.image, (strong, gentle), {}).least_change(one.about) is gentle
    gentle = dataclasses.replace(gentle, takes_away=False)
    assert Counterfactuals(one.image, (strong, gentle), {}).least_change(one.about) is strong
    assert Counterfactuals(one.image, (gentle,), {}).least_change(one.about) is None
    assert Counterfactuals(one.image, (strong,), {}).least_change("jpeg") is None


def test_a_part_is_mended_alone(model, noisy):
    part = placed_part(model.predict(noisy), ("white_noise",), height=192, width=192)
    mask = np.zeros_like(part.mask)
    mask[:3, :3] = True
    part = dataclasses.replace(part, mask=mask, where="in the upper left", share=0.25)
    one = try_remedy(model, noisy, model.predict(noisy), "non_local_means", 14, about="white_noise", part=part)
    changed = (one.image - noisy).abs().amax(0)
    assert float(changed[:80, :80].mean()) > 0.02
    assert float(changed[125:, 125:].max()) == 0
    assert "in the upper left (25 % of the photo)" in one.sentence
    assert one.change == pytest.approx(255 * float((one.image - noisy).abs().mean()))


def test_one_grade_more_costs_points(model, small):
    damaged = as_saved(distort(small, "jpeg", 0.5))
    scores = one_grade_more(model, damaged, model.predict(damaged), "jpeg")
    assert scores is not None
    assert scores[1] < scores[0]
    most = as_saved(distort(small, "jpeg", 1.0))
    assert one_grade_more(model, most, model.predict(most), "jpeg") is None


def test_better_is_what_full_reference_measures_say(small, noisy):
    half = torch.lerp(small, noisy, 0.5)
    assert is_better(half, noisy, small)
    assert not is_better(noisy, half, small)


def test_rates_count_claims_and_what_was_not_claimed_apart():
    claimed = {"confirmed": True, "gain": 9.0, "better": True, "remedy": "unsharp"}
    rejected = {**claimed, "confirmed": False, "better": False}
    rates = summary([[claimed, rejected], [claimed, {**claimed, "better": False}], []])
    assert rates["claimed"]["gains"] == 3
    assert rates["claimed"]["photos"] == 2
    assert rates["claimed"]["confirmed_by_full_reference"]["value"] == pytest.approx(2 / 3, abs=1e-4)
    assert rates["not claimed"]["confirmed_by_full_reference"]["value"] == 0
    assert rates["claimed_by_remedy"] == {"unsharp": {"gains": 3, "confirmed": 0.6667}}
