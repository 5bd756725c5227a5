"""Tone curves against their formulas, and exposure, haze and lenses against physics in linear light."""

import math

import numpy as np
import pytest
import skimage.color
import torch
from PIL import ImageEnhance

from blemish.synth_distort.photo import to_pil, to_uint8

AIRLIGHT = np.array([0.78, 0.81, 0.85])[:, None, None]


def test_tone_curves_pass_through_black_mid_grey_and_white(apply):
    samples = torch.tensor([0, 0.5, 1]).expand(3, 4, 3)
    assert torch.allclose(apply("brighten", samples, 0.4), torch.tensor([0, 0.7, 1]))
    assert torch.allclose(apply("darken", samples, 0.4), torch.tensor([0, 0.3, 1]))


@pytest.mark.parametrize("name", ["brighten", "darken"])
def test_tone_curves_are_parabolas_that_never_turn_back(name, apply):
    ramp = torch.linspace(0, 1, 65).expand(3, 4, 65)
    assert float(apply(name, ramp, 0.4).double().diff(n=3).abs().max()) < 1e-6
    assert bool((apply(name, ramp, 1.5).diff() >= -1e-6).all())


@pytest.mark.parametrize("stops", [0.4, 1.0, 2.5])
def test_overexposure_multiplies_the_light_of_scikit_images_xyz(stops, small, apply):
    xyz = skimage.color.rgb2xyz(small.permute(1, 2, 0).double().numpy())
    expected = skimage.color.xyz2rgb(2**stops * xyz).clip(0, 1)
    assert np.allclose(apply("overexposure", small, stops).permute(1, 2, 0), expected, atol=1e-4)


@pytest.mark.parametrize("stops", [1, 3])
def test_an_underexposed_photo_is_as_noisy_as_one_that_was_taken_so(stops, grey, apply, light, generator):
    """Photos of a grey card by a sensor of 2000 electrons and a read noise of 3, at the right exposure and at less."""

    def taken(exposure):
        return (generator.poisson(2000 * exposure * light(grey)) + generator.normal(0, 3, grey.shape)) / 2000

    photo = torch.from_numpy(_srgb(taken(1))).float()
    expected, found = taken(2.0**-stops), light(apply("underexposure", photo, stops))
    assert found.mean() == pytest.approx(expected.mean(), rel=0.01)
    assert found.var() == pytest.approx(expected.var(), rel=0.03)


@pytest.mark.parametrize(("name", "value", "factor"), [("contrast_down", 0.6, 0.4), ("contrast_up", 0.5, 1.5)])
def test_contrast_is_pillows(name, value, factor, small, apply):
    expected = ImageEnhance.Contrast(to_pil(small)).enhance(factor)
    assert np.abs(to_uint8(apply(name, small, value)).astype(int) - np.asarray(expected)).max() <= 1


def test_contrast_keeps_the_mean(pale, apply):
    weights = torch.tensor([0.299, 0.587, 0.114])[:, None, None]
    mean = float((weights * pale).sum(0).mean())
    for name, value in (("contrast_down", 0.7), ("contrast_up", 0.4)):
        assert float((weights * apply(name, pale, value)).sum(0).mean()) == pytest.approx(mean, abs=1e-3)


@pytest.mark.parametrize("levels", [2, 5, 16])
def test_quantization_keeps_as_many_levels_evenly_spaced(levels, apply):
    ramp = torch.linspace(0, 1, 1001).expand(3, 2, 1001)
    banded = apply("quantization", ramp, levels)
    assert np.allclose(np.unique(banded), np.linspace(0, 1, levels), atol=1e-6)
    assert float((banded - ramp).abs().max()) <= 0.5 / (levels - 1) + 1e-6


def test_haze_over_black_is_airlight_and_deepest_at_the_top(apply, light):
    black = torch.zeros(3, 120, 160)
    transmitted = 1 - light(apply("haze", black, 0.8)) / AIRLIGHT
    assert np.ptp(transmitted, axis=0).max() < 1e-4
    depth = -np.log(transmitted[1]) / 0.8
    assert depth.mean() == pytest.approx(1, abs=0.2)
    assert depth[:30].mean() > depth[-30:].mean() + 0.3
    assert np.abs(np.diff(depth, axis=1)).max() < 0.05


def test_haze_takes_from_the_scene_what_it_gives_of_airlight(small, apply, light):
    transmitted = 1 - light(apply("haze", torch.zeros_like(small), 1.2)) / AIRLIGHT
    expected = light(small) * transmitted + AIRLIGHT * (1 - transmitted)
    assert np.allclose(light(apply("haze", small, 1.2)), expected, atol=1e-4)


def test_haze_without_end_is_all_airlight(small, apply, light):
    assert np.allclose(light(apply("haze", small, 60)), np.broadcast_to(AIRLIGHT, small.shape), atol=1e-3)


@pytest.mark.parametrize("stops", [0.5, 2.0])
def test_vignetting_is_the_cosine_to_the_fourth_and_loses_as_many_stops_in_the_corners(stops, apply, light):
    flat = torch.full((3, 91, 121), 0.8)
    share = light(apply("vignetting", flat, stops)) / light(flat)
    corner = math.acos(2 ** (-stops / 4))  # the field angle whose cos^4 is 2^-stops
    rows, columns = np.indices((91, 121)) - np.array([45, 60])[:, None, None]
    angle = np.arctan(np.hypot(rows, columns) / math.hypot(45, 60) * math.tan(corner))
    assert np.allclose(share, np.cos(angle) ** 4, atol=1e-4)
    assert np.log2(share[:, [0, 0, -1, -1], [0, -1, 0, -1]]) == pytest.approx(-stops, abs=1e-3)


def _srgb(light):
    light = light.clip(0, 1)
    return np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
