"""What holds for every distortion of the table."""

import numpy as np
import pytest
import torch

from blemish.synth_distort import DISTORTIONS, FAMILIES, Ladder, distort, severity_curve
from blemish.synth_distort.photo import to_uint8

RANDOM = {
    "motion_blur",
    "white_noise",
    "chroma_noise",
    "impulse_noise",
    "multiplicative_noise",
    "shot_noise",
    "sensor_noise",
    "correlated_noise",
    "banding_noise",
    "color_cast",
    "color_shift",
    "underexposure",
    "haze",
    "jitter",
    "patch_displacement",
    "color_block",
    "moire",
    "block_loss",
}
every_distortion = pytest.mark.parametrize("name", DISTORTIONS)


def mean_square_error(image: torch.Tensor, other: torch.Tensor) -> float:
    return float((image - other).square().mean())


@every_distortion
def test_severity_zero_is_the_photo_itself(name, small):
    assert np.array_equal(to_uint8(distort(small, name, 0.0)), to_uint8(small))


@every_distortion
def test_damage_rises_with_severity(name, small):
    damage = [mean_square_error(level, small) for level in Ladder(small, name, levels=6)]
    assert damage == sorted(damage)
    assert damage[1] > 0


@every_distortion
def test_the_photo_is_left_alone_and_the_result_is_an_image(name, small):
    before = small.clone()
    distorted = distort(small, name, 0.6)
    assert torch.equal(small, before)
    assert distorted.shape == small.shape
    assert distorted.dtype == torch.float32
    assert float(distorted.min()) >= 0
    assert float(distorted.max()) <= 1


@every_distortion
def test_the_same_seed_gives_the_same_bytes(name, small):
    torch.manual_seed(1)
    first = distort(small, name, 0.5, seed=3)
    torch.manual_seed(2)
    distort(small, name, 0.6, seed=8)
    assert torch.equal(distort(small, name, 0.5, seed=3), first)


@every_distortion
def test_another_seed_matters_only_to_what_is_random(name, small):
    same = torch.equal(distort(small, name, 0.5, seed=3), distort(small, name, 0.5, seed=4))
    assert same == (name not in RANDOM)


@every_distortion
def test_a_photo_of_odd_sides_keeps_them(name, coffee):
    odd = coffee[:, :97, :131].contiguous()
    assert distort(odd, name, severity_curve(name).ceiling).shape == odd.shape


@every_distortion
def test_it_has_a_family_and_an_explanation(name):
    entry = DISTORTIONS[name]
    assert entry.family in FAMILIES
    assert len(entry.kernel.__doc__ or "") > 30
    assert entry.null != entry.limit


@every_distortion
def test_the_phrase_names_the_value(name):
    value = severity_curve(name).value(0.5)
    assert any(character.isdigit() for character in DISTORTIONS[name].phrase(value))


def test_an_unknown_name_lists_those_there_are(small):
    with pytest.raises(ValueError, match=r"'blurr'; there are gaussian_blur, lens_blur"):
        distort(small, "blurr", 0.5)


def test_a_severity_outside_its_range_is_refused(small):
    with pytest.raises(ValueError, match=r"severity is 1\.5"):
        distort(small, "jpeg", 1.5)
