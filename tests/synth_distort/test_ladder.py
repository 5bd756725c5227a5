"""Ladders: what they know, and that they are the same however they are made."""

import hashlib

import pytest
import torch

from blemish.synth_distort import Ladder, distort, even_severities
from blemish.synth_distort.photo import to_uint8


def test_a_ladder_goes_from_the_photo_to_the_worst(small):
    ladder = Ladder(small, "white_noise", even_severities(5), seed=2)
    rungs = list(ladder)
    assert len(rungs) == len(ladder) == 5
    assert torch.equal(rungs[0], small)
    assert ladder.values[0] == 0
    assert list(ladder.values) == sorted(ladder.values)


def test_rungs_do_not_depend_on_each_other(small):
    whole = list(Ladder(small, "motion_blur", (0.25, 0.5, 0.75), seed=7))
    alone = list(Ladder(small, "motion_blur", (0.5,), seed=7))
    assert torch.equal(whole[1], alone[0])
    assert torch.equal(distort(small, "motion_blur", 0.5, seed=7), alone[0])


def test_rungs_of_noise_differ_in_strength_alone(small):
    grey = torch.full_like(small, 0.5)
    weak, strong = (rung - grey for rung in Ladder(grey, "white_noise", (0.2, 0.4), seed=1))
    assert torch.allclose(strong, weak * (strong.std() / weak.std()), atol=1e-5)


def test_noise_is_the_same_on_every_machine():
    grey = torch.full((3, 64, 64), 0.5)
    noisy = to_uint8(distort(grey, "white_noise", 0.5, seed=5))
    assert hashlib.sha256(noisy.tobytes()).hexdigest()[:16] == "55c93a00d13b56d5"


def test_a_ladder_has_at_least_two_rungs():
    assert even_severities(2) == (0, 1)
    with pytest.raises(ValueError, match="rungs is 1; a ladder has at least 2"):
        even_severities(1)
