"""The photo's own ladder: what it is made of, and when a score is said to fall along it."""

import dataclasses

import pytest
import torch

from blemish.explain.checks.check import GRID, PART
from blemish.explain.own_ladder import Excerpt, ScoredLadder, score_falls, scored_ladder, strongest_excerpt
from blemish.models.distortion_model.files import load_model
from blemish.synth_distort import distort
from blemish.synth_distort.photo import as_saved


@pytest.fixture(scope="module")
def model():
    return load_model()


@pytest.fixture(scope="module")
def noisy(coffee):
    return as_saved(distort(coffee, "white_noise", 0.6))


@pytest.fixture(scope="module")
def noise_found(model, noisy):
    return next(finding for finding in model.predict(noisy).findings if finding.name == "white_noise")


def ladder(scores: tuple[float, ...]) -> ScoredLadder:
    severities = tuple(step / (len(scores) - 1) for step in range(len(scores)))
    part = Excerpt(torch.zeros(3, 64, 64), left=0, top=0, is_whole=True)
    return ScoredLadder(part, "white_noise", severities, severities, scores, ())


def test_a_score_that_falls_passes_and_one_that_rises_does_not(noise_found):
    finding = dataclasses.replace(noise_found, severity=0.3)
    assert score_falls(ladder((80, 78, 60, 41, 42, 10)), finding).passed
    assert not score_falls(ladder((80, 78, 60, 41, 50, 10)), finding).passed
    assert not score_falls(ladder((80, 79, 79, 78, 78, 77)), finding).passed
    assert not score_falls(ladder((10, 10, 20, 40, 60, 80)), finding).passed


def test_adding_less_than_there_is_does_not_count(noise_found):
    finding = dataclasses.replace(noise_found, severity=0.5)
    assert score_falls(ladder((40, 48, 45, 38, 20, 5)), finding).passed


def test_the_claim_is_what_was_measured(noise_found):
    checks = score_falls(ladder((81.4, 78, 60, 41, 30, 9.6)), noise_found)
    assert "from 81 for the photo as it is to 10" in checks.claim
    assert checks.measured["scores"] == [81.4, 78, 60, 41, 30, 9.6]
    assert checks.about is None  # an illustration: it confirms nothing


def test_the_photos_own_ladder_begins_with_the_photo(model, noisy):
    part = strongest_excerpt(noisy, model.predict(noisy), "white_noise")
    result = scored_ladder(model, part, model.predict(part.image), "white_noise", seed=0)
    assert torch.equal(result.levels[0], part.image)
    assert result.scores[0] == pytest.approx(model.predict(part.image).opinion_unaware_score.value)
    assert result.scores[-1] < result.scores[0]
    assert len(result.scores) == len(result.levels) == len(result.values)


def test_the_strongest_excerpt_is_where_the_damage_is(model, coffee):
    wide = coffee.repeat(1, 2, 3)[:, :700, :1700].contiguous()
    damaged = wide.clone()
    damaged[:, :, 1250:] = distort(wide, "white_noise", 0.7)[:, :, 1250:]
    part = strongest_excerpt(damaged, model.predict(damaged), "white_noise")
    assert part.image.shape == (3, PART, PART)
    assert part.left % GRID == part.top % GRID == 0
    assert part.left > 1100
    assert torch.equal(part.image, damaged[:, part.top : part.top + PART, part.left : part.left + PART])
    assert part.words == "the part looked at"


def test_a_small_photo_is_its_own_part(model, small):
    part = strongest_excerpt(small, model.predict(small), None)
    assert part.is_whole
    assert part.place == {"left": 0, "top": 0, "width": 192, "height": 192}
