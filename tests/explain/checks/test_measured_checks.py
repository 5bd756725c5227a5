"""Checks: what they weigh, that they can fail, and the rates that they carry."""

import numpy as np
import pytest

from blemish.explain.checks.candidate_measurements import CANDIDATES
from blemish.explain.checks.check import cannot_exclude, check_finding
from blemish.explain.checks.fit import ALLOWED, fit_checks, measured_rates
from blemish.explain.checks.measured_checks import Rates, shipped_checks
from blemish.explain.checks.trials import AS_VIEWED, AT_100, Trials
from blemish.explain.measurements import MEASUREMENTS
from blemish.models.distortion_model.prediction import Equivalent, Finding
from blemish.synth_distort import DISTORTIONS, distort
from blemish.synth_distort.photo import as_saved


def finding(name: str, severity: float) -> Finding:
    entry = DISTORTIONS[name]
    equivalent = Equivalent(entry.parameter, 1.0, entry.unit, "")
    return Finding(
        name=name,
        title=entry.title,
        family=entry.family,
        probability=0.9,
        severity=severity,
        severity_interval=(0, 1),
        word="annoying",
        equivalent=equivalent,
        alternative=None,
        kind=entry.family,
        kind_probability=0.9,
        scale="at 100 %",
        rated=True,
    )


@pytest.mark.parametrize("name", ["white_noise", "gaussian_blur", "jpeg", "color_shift", "interlace", "banding_noise"])
def test_a_check_passes_with_the_distortion_and_fails_without_it(name, coffee):
    with_it = check_finding(finding(name, 0.75), as_saved(distort(coffee, name, 0.75)), None)
    without = check_finding(finding(name, 0.75), coffee, None)
    assert with_it is not None
    assert without is not None
    assert with_it.passed
    assert not without.passed
    assert without.false_confirmation is not None
    assert without.power is not None
    assert 0 <= without.false_confirmation < without.power <= 1


def test_every_distortion_has_candidates_and_most_have_a_check():
    assert set(CANDIDATES) == set(DISTORTIONS) == set(shipped_checks(every=True))
    assert all(set(names) <= set(MEASUREMENTS) for names in CANDIDATES.values())
    assert len(shipped_checks()) >= 34


def test_power_is_interpolated_between_the_measured_severities():
    rates = Rates({"png": 0.02}, {"png": {0.25: 0.4, 0.5: 0.8}}, (10, 10))
    assert rates.power_at(0) == pytest.approx(0.02)
    assert rates.power_at(0.375) == pytest.approx(0.6)
    assert rates.power_at(1) == pytest.approx(0.8)


def test_what_has_no_check_cannot_be_excluded():
    missing = set(DISTORTIONS) - set(shipped_checks())
    assert {DISTORTIONS[name].title for name in missing} <= set(cannot_exclude(0.5))


def made_trials() -> Trials:
    """Invented measurements: noise_luma is 3 times as high in noisy photos, whatever else varies."""
    generator, count = np.random.default_rng(0), 400
    photo = np.arange(count) // 4
    distorted = np.arange(count) % 4 == 3
    values = np.exp(generator.normal(0, 0.2, (count, len(MEASUREMENTS))))
    values[distorted, list(MEASUREMENTS).index("noise_luma")] *= 3
    return Trials(
        photo=photo,
        collection=np.array(["made"] * count),
        distortion=np.where(distorted, "white_noise", ""),
        severity=np.where(distorted, 0.5, 0.0),
        post=np.array(["png"] * count),
        scale=np.where(photo % 2 == 0, AS_VIEWED, AT_100),
        values=values,
    )


def test_a_fit_finds_what_bears_on_the_distortion(monkeypatch):
    monkeypatch.setattr("blemish.explain.checks.fit.DISTORTIONS", {"white_noise": DISTORTIONS["white_noise"]})
    trials = made_trials()
    check = fit_checks(trials)["white_noise"]
    assert max(check.weights, key=lambda name: abs(check.weights[name])) == "noise_luma"
    rates = measured_rates(check, trials)[AS_VIEWED]
    assert rates.false_anywhere <= 2 * ALLOWED
    assert rates.power_at(0.5) > 0.9
