"""Variants: damage rises with the amount, the same seed gives the same bytes, and some are what other libraries make."""

import cv2
import numpy as np
import pytest
import scipy.ndimage
import skimage.data
import torch

from blemish.models.training.variants import VARIANTS, amount_of, distort_somehow, measured_severities
from blemish.synth_distort import DISTORTIONS, distort, severity_curve
from blemish.synth_distort.calibration.full_reference import damage
from blemish.synth_distort.ladder import generator_of

ALL = [one for variants in VARIANTS.values() for one in variants]


@pytest.fixture(scope="module")
def image():
    return torch.from_numpy(skimage.data.astronaut()[20:148, 160:304]).permute(2, 0, 1).float() / 255


def made(variant, image, amount, seed=0):
    return variant(image, amount, np.random.default_rng(seed))


def test_every_distortion_has_other_implementations():
    assert set(VARIANTS) == set(DISTORTIONS)
    assert len({one.name for one in ALL}) == len(ALL)


@pytest.mark.parametrize("variant", ALL, ids=lambda one: one.name)
def test_damage_rises_with_the_amount(variant, image):
    mild, again, strong = (made(variant, image, amount) for amount in (0.3, 0.3, 0.95))
    assert torch.equal(mild, again)
    for damaged in (mild, strong):
        assert damaged.shape == image.shape
        assert damaged.dtype == torch.float32
        assert 0 <= float(damaged.min()) <= float(damaged.max()) <= 1
    assert 0 < float((mild - image).abs().mean()) < float((strong - image).abs().mean())


def test_severities_rise_and_are_inverted():
    assert set(measured_severities()) == {one.name for one in ALL}
    for one in ALL:
        amounts, severities = measured_severities()[one.name]
        assert (np.diff(amounts) > 0).all()
        assert (np.diff(severities) > 0).all()
        assert amount_of(one, severities[-1]) == pytest.approx(amounts[-1])
        assert amount_of(one, severities[-1] / 2) < amounts[-1]


def test_a_variant_is_as_far_from_the_photo_as_the_registry_at_the_same_severity(image):
    """By a measure that the severities were inferred from, on a photo that they were not."""
    ratios = []
    for name in ("gaussian_blur", "denoise"):
        own = damage(distort(image, name, 0.5), image)["mdsi"]
        for one in VARIANTS[name]:
            ratios.append(damage(made(one, image, amount_of(one, 0.5)), image)["mdsi"] / own)
    assert 0.75 < np.median(ratios) < 1.33


def test_saturation_in_hsv_is_opencvs(image):
    variant = next(one for one in VARIANTS["oversaturate"] if one.name == "saturated_in_hsv")
    factor = 1.05 * (8 / 1.05) ** 0.5
    hsv = cv2.cvtColor(image.permute(1, 2, 0).numpy(), cv2.COLOR_RGB2HSV)
    hsv[..., 1] = np.clip(hsv[..., 1] * factor, 0, 1)
    expected = torch.from_numpy(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)).permute(2, 0, 1)
    assert float((made(variant, image, 0.5) - expected).abs().max()) < 2e-3


def test_the_median_is_scipys(image):
    variant = next(one for one in VARIANTS["denoise"] if one.name == "median")
    amount = np.log(2 / 0.3) / np.log(7 / 0.3)  # a radius of 2 px
    expected = torch.from_numpy(scipy.ndimage.median_filter(image.numpy(), size=(1, 5, 5), mode="nearest"))
    assert float((made(variant, image, float(amount)) - expected).abs().max()) < 1e-3


def test_without_variants_it_is_the_registry(image):
    value = severity_curve("jpeg").value(0.4)
    expected = DISTORTIONS["jpeg"](image, value, generator_of(0, "jpeg"))
    assert torch.equal(distort_somehow(image, "jpeg", 0.4, generator_of(0, "jpeg"), variants=False), expected)


def test_all_implementations_are_drawn(image):
    generator = np.random.default_rng(0)
    made_of = {distort_somehow(image, "oversaturate", 0.4, generator).numpy().tobytes() for _ in range(40)}
    assert len(made_of) == 1 + len(VARIANTS["oversaturate"])
