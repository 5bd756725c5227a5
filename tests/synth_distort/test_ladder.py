"""Ladders and chains: their levels, and that they are the same however they are made."""

import hashlib
import json
from pathlib import Path

import pytest
import skimage.data
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from blemish.synth_distort import DISTORTIONS, Ladder, as_photo, distort, distort_chain, even_severities, severity_curve
from blemish.synth_distort.ladder import in_camera_order
from blemish.synth_distort.photo import to_uint8

GOLDEN = json.loads(Path(__file__).with_name("golden_hashes.json").read_text())
CODECS = {name for name, entry in DISTORTIONS.items() if entry.encode}


def fingerprint(name: str) -> str:
    """Of a level at severity 0.5 of a photo that ships with scikit-image."""
    photo = as_photo(skimage.data.coffee()[80:272, 200:392]).image
    return hashlib.sha256(to_uint8(distort(photo, name, 0.5, seed=5)).tobytes()).hexdigest()[:16]


def test_a_ladder_goes_from_the_photo_to_the_worst(small):
    ladder = Ladder(small, "white_noise", levels=6, seed=2)
    levels = list(ladder)
    assert len(levels) == len(ladder) == 6
    assert ladder.severities == (0, 0.2, 0.4, 0.6, 0.8, 1)
    assert torch.equal(levels[0], small)
    assert ladder.values[0] == 0
    assert list(ladder.values) == sorted(ladder.values)


def test_a_ladder_ends_where_its_distortion_does(small):
    ladder = Ladder(small, "desaturate", levels=3)
    assert ladder.severities[-1] == severity_curve("desaturate").ceiling < 0.7
    assert float(list(ladder)[-1].std(0).max()) < 0.01
    with pytest.raises(ValueError, match=r"this distortion cannot do worse than 0\.65"):
        Ladder(small, "desaturate", (0.5, 0.9))


def test_levels_do_not_depend_on_each_other(small):
    whole = list(Ladder(small, "motion_blur", (0.25, 0.5, 0.75), seed=7))
    alone = list(Ladder(small, "motion_blur", (0.5,), seed=7))
    assert torch.equal(whole[1], alone[0])
    assert torch.equal(distort(small, "motion_blur", 0.5, seed=7), alone[0])


def test_levels_of_noise_differ_in_strength_alone(small):
    grey = torch.full_like(small, 0.5)
    weak, strong = (level - grey for level in Ladder(grey, "white_noise", (0.2, 0.4), seed=1))
    assert torch.allclose(strong, weak * (strong.std() / weak.std()), atol=1e-5)


@pytest.mark.parametrize("name", [name for name in DISTORTIONS if name not in CODECS])
def test_the_bytes_are_the_same_on_every_machine(name):
    assert fingerprint(name) == GOLDEN[name]


def test_damage_stays_inside_its_mask(small):
    mask = torch.zeros(192, 192)
    mask[50:100, 20:90] = 1
    damaged = distort(small, "white_noise", 0.6, seed=1, mask=mask)
    assert torch.equal(damaged[:, mask == 0], small[:, mask == 0])
    assert torch.equal(damaged[:, mask == 1], distort(small, "white_noise", 0.6, seed=1)[:, mask == 1])
    half = distort(small, "darken", 0.6, mask=torch.full((192, 192), 0.5))
    assert torch.allclose(half, (small + distort(small, "darken", 0.6)) / 2, atol=1e-6)
    with pytest.raises(ValueError, match=r"mask is of shape \(5, 5\); it should be \(192, 192\)"):
        distort(small, "jpeg", 0.5, mask=mask[:5, :5])
    with pytest.raises(ValueError, match="mask has values from 0 to 2; they should be from 0 to 1"):
        distort(small, "jpeg", 0.5, mask=2 * mask)
    assert torch.equal(distort(small, "jpeg", 0.5, mask=mask.bool()), distort(small, "jpeg", 0.5, mask=mask))


def test_a_chain_goes_from_the_scene_to_the_viewer(small):
    assert in_camera_order(["jpeg", "block_loss", "white_noise", "haze", "oversharpen", "lens_blur"]) == [
        "haze",
        "lens_blur",
        "white_noise",
        "oversharpen",
        "jpeg",
        "block_loss",
    ]
    mask = torch.ones(192, 192)
    mask[:, 96:] = 0
    chained = distort_chain(small, {"jpeg": 0.4, "white_noise": 0.3}, seed=9, masks={"white_noise": mask})
    noisy = distort(small, "white_noise", 0.3, seed=9, mask=mask)
    assert torch.equal(chained, distort(noisy, "jpeg", 0.4, seed=9))
    assert distort_chain(small, {}) is small
    assert in_camera_order(["darken", "desaturate"]) == in_camera_order(["desaturate", "darken"])


def test_a_ladder_has_at_least_two_levels(small):
    assert even_severities(2) == (0, 1)
    with pytest.raises(ValueError, match="levels is 1; a ladder has at least 2"):
        even_severities(1)
    with pytest.raises(ValueError, match="severities or a number of levels, not both"):
        Ladder(small, "jpeg", (0.5,), levels=2)


@settings(max_examples=30, deadline=None)
@given(name=st.sampled_from(sorted(DISTORTIONS)), levels=st.integers(2, 12), seed=st.integers(0, 2**32))
def test_every_ladder_rises_from_nothing_to_the_ceiling_in_even_steps(name, levels, seed):
    ladder = Ladder(torch.full((3, 16, 16), 0.5), name, levels=levels, seed=seed)
    curve = severity_curve(name)
    assert len(ladder) == levels
    assert ladder.severities == pytest.approx([curve.ceiling * k / (levels - 1) for k in range(levels)], abs=1e-4)
    assert ladder.values[0] == curve.null
    distances = [abs(value - curve.null) for value in ladder.values]
    assert distances == sorted(distances)
    assert torch.equal(next(iter(ladder)), ladder.image)
