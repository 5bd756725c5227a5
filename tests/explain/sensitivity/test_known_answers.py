"""Models whose sensitivity is known before it is measured: the measurement finds it. They define the statistics."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.stats import kendalltau, norm

from blemish.explain.sensitivity import statistics as st
from blemish.explain.sensitivity.analysis import analyse
from blemish.explain.sensitivity.cache import PhotoScores
from blemish.explain.sensitivity.comparison import compare_profiles
from blemish.explain.sensitivity.plan import ALONE, Plan
from blemish.explain.sensitivity.profile import SensitivityProfile
from blemish.models.scorers.scorer import Scorer

DISTORTIONS = ("white_noise", "lens_blur", "jpeg")
PLAN = Plan(distortions=DISTORTIONS, stability=())
LEVELS = np.array(PLAN.severities("jpeg"))
Answer = Callable[[int, str, float], float]


def profile(
    answer: Answer, *, photos: int = 40, name: str = "known", higher: bool | None = None, plan: Plan = PLAN
) -> SensitivityProfile:
    """The profile of a model that gives `answer` to a photo's number, a distortion and a severity."""
    scores = {}
    for photo in range(photos):
        kept = PhotoScores(file=Path("unwritten"))
        for condition, distortion in plan.ladders():
            severities = plan.severities_under(condition, distortion)
            kept.scores[condition, distortion] = {one: answer(photo, distortion, one) for one in severities}
        scores[f"{photo}.png"] = kept
    scorer = Scorer(name, "callable", name, lambda batch: [], higher_is_better=higher)
    return analyse(scorer, scores, plan)


def only(found: SensitivityProfile, distortion: str = "jpeg"):
    return found.distortions[distortion]


def test_minus_severity_is_perfect():
    found = profile(lambda photo, distortion, severity: -severity)
    assert found.higher_is_better
    assert found.blind_to == found.late_for == []
    assert found.overall["monotonicity"].value == pytest.approx(1)
    assert found.overall["tau"].value == pytest.approx(1)
    for one in found.distortions.values():
        assert (one.monotonicity.value, one.monotonicity.low, one.tau.value) == pytest.approx((1, 1, 1))
        assert one.threshold.value == one.threshold.high == one.noticeable.value == 0.05
        assert (one.content_effect.value, one.reversal.value, one.photos_reversed) == pytest.approx((0, 0, 0), abs=1e-9)
        assert one.range.value == pytest.approx(100, abs=5)
        assert one.dead_zone == (0, 0)
    assert found.consistency is not None
    assert found.consistency.spread.value == pytest.approx(0, abs=1e-9)


def test_the_direction_is_found_and_stated():
    found = profile(lambda photo, distortion, severity: 3 + 7 * severity)
    assert not found.higher_is_better
    assert found.direction == "Lower is better: 0 % of distorted versions score lower than their photo, 100 % higher."
    assert only(found).monotonicity.value == pytest.approx(1)
    declared = profile(lambda photo, distortion, severity: severity, higher=True)
    assert declared.higher_is_better
    assert "though the data speak against it" in declared.direction


def test_a_constant_has_no_threshold_and_no_range():
    found = profile(lambda photo, distortion, severity: 42.0)
    assert found.blind_to == list(DISTORTIONS)
    assert "The data do not say" in found.direction
    for one in found.distortions.values():
        assert (one.threshold.value, one.noticeable.value, one.step.value) == (np.inf, np.inf, np.inf)
        assert one.range.value == one.monotonicity.value == one.tau.value == one.content_effect.value == 0
        assert one.dead_zone == (0, 1)
    assert only(found).to_dict()["threshold"] == {"value": None, "low": None, "high": None}


def test_a_reversal_is_found_where_it_begins():
    """It turns at half the severity, and comes back half way, by 40 % of the worst fall's score."""
    found = profile(
        lambda photo, distortion, severity: -severity if severity <= 0.5 or distortion != "jpeg" else severity - 1 - 0.1
    )
    one = only(found)
    assert one.reversal_between == (0.55, 1.0)
    assert one.reversal.value == pytest.approx(45, abs=3)
    assert one.monotonicity.value == pytest.approx(11 / 20)
    assert one.photos_reversed == 1
    assert only(found, "lens_blur").reversal.value == 0
    worst = found.reversals[0]
    assert worst.distortion == "jpeg"
    assert worst.severities[0] >= 0.5
    assert worst.scores[1] > worst.scores[0]


def test_noise_moves_the_threshold_as_theory_says():
    """Scores of slope b with noise of deviation s: d' = 1 at s / b, and 95 % are below their photo at 1.645 · √2 · s / b."""
    noise, slope, generator = 0.1, 1.0, np.random.default_rng(4)
    found = profile(lambda photo, distortion, severity: -slope * severity + noise * generator.normal(), photos=400)
    expected = norm.ppf(0.95) * np.sqrt(2) * noise / slope
    inside = 0
    for one in found.distortions.values():
        assert one.noticeable.value == pytest.approx(noise / slope, abs=0.02)
        assert one.step.value == pytest.approx(noise / slope, rel=0.15)
        assert one.step.low <= one.step.value <= one.step.high
        inside += one.noticeable.low <= noise / slope <= one.noticeable.high
        assert one.threshold.low - 0.05 <= expected <= one.threshold.high
        assert one.d_prime[9] == pytest.approx(0.5 * slope / noise, rel=0.1)
        assert one.share_below[2] == pytest.approx(norm.cdf(one.d_prime[2] / np.sqrt(2)), abs=0.04)
    assert inside >= 2
    louder = profile(lambda photo, distortion, severity: -slope * severity + 3 * noise * generator.normal(), photos=400)
    assert only(louder).noticeable.value > 2 * only(found).noticeable.value


def test_content_alone_is_content_effect_1():
    found = profile(lambda photo, distortion, severity: float(photo))
    for one in found.distortions.values():
        assert one.content_effect.value == pytest.approx(1)
        assert one.blind
    mixed = profile(lambda photo, distortion, severity: 0.1 * photo - 2 * severity)
    of_photos, of_levels = np.var(0.1 * np.arange(40)), np.var(2 * np.array([0, *LEVELS]))
    assert only(mixed).content_effect.value == pytest.approx(of_photos / (of_photos + of_levels))


def test_a_model_that_punishes_noise_twice_as_hard_is_said_to():
    found = profile(lambda photo, distortion, severity: -severity * (2 if distortion == "white_noise" else 1))
    one = found.consistency
    assert one is not None
    assert one.hardest == "white_noise"
    assert one.falls[0] / one.falls[1] == pytest.approx(2)
    assert one.spread.value == pytest.approx(np.std([2, 1, 1]) / np.mean([2, 1, 1]))


def test_a_dead_zone_has_its_ends():
    found = profile(lambda photo, distortion, severity: -severity if severity < 0.3 else -max(0.3, severity - 0.4))
    assert only(found).dead_zone == pytest.approx((0.3, 0.7))


def test_what_changes_with_the_batch_is_caught():
    """A model that adds to each score the mean of its batch, on photos of flat grey."""

    def of_batch(images: torch.Tensor) -> torch.Tensor:
        return images.mean((1, 2, 3)) + images.mean()

    from blemish.explain.sensitivity.measure import sensitivity

    greys = [torch.full((3, 96, 96), grey) for grey in (0.4, 0.5, 0.6)]
    plan = Plan(distortions=("darken", "brighten"), levels=4, stability=("darken",))
    caught = sensitivity(of_batch, greys, plan=plan).stability[ALONE]
    honest = sensitivity(lambda images: images.mean((1, 2, 3)), greys, plan=plan).stability[ALONE]
    assert caught.curve.value > 5
    assert honest.curve.value == pytest.approx(0, abs=1e-3)


def test_taus_are_scipys(generator):
    quality = np.round(generator.normal(size=(6, 12)), 1)  # with ties
    expected = [kendalltau(np.arange(12), -row)[0] for row in quality]
    assert st.kendall_taus(quality) == pytest.approx(expected)


def test_pairs_are_told_apart_and_the_many_questions_are_paid_for():
    generator = np.random.default_rng(1)
    noisy: Answer = lambda photo, distortion, severity: -severity + 0.3 * generator.normal()  # noqa: E731
    first, second, third = (
        profile(one, name=name) for one, name in ((noisy, "a"), (noisy, "b"), (lambda *at: -at[2], "c"))
    )
    differences = compare_profiles([first, second, third])
    assert not any(one.differs for one in differences if one.second == "b")
    clear = next(one for one in differences if (one.second, one.measure, one.distortion) == ("c", "monotonicity", ""))
    assert clear.differs
    assert clear.difference.high < 0


def test_scores_of_another_scale_are_left_out():
    found = profile(lambda photo, distortion, severity: (1e7 if photo == 3 else 50 + photo) - 20 * severity)
    assert "3.png" not in found.photos
    assert len(found.photos) == 39
    (sentence,) = found.failures
    assert sentence.startswith("known on 3.png")
    assert "of another scale" in sentence
