"""Counterfactuals: remedies that do what they are called, measurements that notice, and claims that were confirmed."""

import dataclasses

import numpy as np
import pytest
import torch

from blemish.explain.counterfactuals import counterfactuals, least_change
from blemish.explain.counterfactuals.benchmark import is_better, summary
from blemish.explain.counterfactuals.counterfactual import Region, try_remedy
from blemish.explain.counterfactuals.measures import MEASURES, improved, measure
from blemish.explain.counterfactuals.remedies import REMEDIES
from blemish.explain.counterfactuals.search import HELPS, one_step_more, remedies_for
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


def test_only_confirmed_gains_are_returned_the_largest_first(model, noisy):
    found = counterfactuals(model, noisy)
    assert found
    assert all(one.confirmed and one.gain >= 3 for one in found)
    assert [one.gain for one in found] == sorted((one.gain for one in found), reverse=True)
    assert f"{found[0].gain:.0f} points" in found[0].sentence
    assert found[0].score[1] == pytest.approx(model.predict(found[0].image).mos.value, abs=1e-3)


def test_a_gain_that_no_measurement_confirms_is_no_claim(model, noisy):
    one = counterfactuals(model, noisy, by_region=False)[0]
    name, before, after = one.measurement
    assert improved(before, after)
    assert not dataclasses.replace(one, measurement=(name, before, before)).confirmed
    assert not dataclasses.replace(one, side_effects=("gaussian_blur",)).confirmed
    assert not dataclasses.replace(one, overall_severity=(0.2, 0.3)).confirmed
    assert not dataclasses.replace(one, score=(50.0, 51.0)).confirmed
    assert dataclasses.replace(one, score=(50.0, 51.0)).to_dict()["sentence"] is None


def test_the_least_change_is_the_gentlest_that_takes_the_finding_away(model, noisy):
    one = dataclasses.replace(counterfactuals(model, noisy, by_region=False)[0], takes_away=True)
    remedy = one.remedy
    gentle, strong = (dataclasses.replace(one, strength=remedy.strengths[number]) for number in (0, 1))
    assert least_change([strong, gentle]) is gentle
    assert least_change([dataclasses.replace(gentle, takes_away=False), strong]) is strong
    assert least_change([dataclasses.replace(strong, takes_away=False)]) is None


def test_a_region_is_mended_alone(model, noisy):
    mask = np.zeros(noisy.shape[1:], dtype=bool)
    mask[:80, :80] = True
    one = try_remedy(
        model,
        noisy,
        model.predict(noisy),
        "non_local_means",
        14,
        about="white_noise",
        region=Region(mask, "in the upper left"),
    )
    changed = (one.image - noisy).abs().amax(0)
    assert float(changed[:70, :70].mean()) > 0.02
    assert float(changed[120:, 120:].max()) == 0
    assert "in the upper left" in one.sentence


def test_one_step_more_costs_points(model, small):
    damaged = as_saved(distort(small, "jpeg", 0.5))
    before, after = one_step_more(model, damaged, "jpeg")
    assert after < before
    assert one_step_more(model, as_saved(distort(small, "jpeg", 1.0)), "jpeg") is None


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
