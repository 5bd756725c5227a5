"""Colour against scikit-image, SciPy and the geometry of lenses."""

import math

import numpy as np
import pytest
import scipy.ndimage
import skimage.color
import torch

from blemish.synth_distort.photo import to_uint8

LUMINANCE = np.array([0.2126, 0.7152, 0.0722])


@pytest.mark.parametrize("share", [0.0, 0.3, 0.8])
def test_desaturate_scales_the_saturation_of_scikit_images_hsv(share, small, apply):
    hsv = skimage.color.rgb2hsv(small.permute(1, 2, 0).double().numpy())
    hsv[..., 1] *= share
    expected = skimage.color.hsv2rgb(hsv)
    assert np.allclose(apply("desaturate", small, share).permute(1, 2, 0), expected, atol=1e-5)


@pytest.mark.parametrize("factor", [0.5, 1.4, 2.0])
def test_oversaturate_scales_a_and_b_of_scikit_images_lab(factor, pale, apply):
    lab = skimage.color.rgb2lab(pale.permute(1, 2, 0).double().numpy())
    expected = skimage.color.lab2rgb(lab * [1, factor, factor])
    assert np.allclose(apply("oversaturate", pale, factor).permute(1, 2, 0), expected, atol=1e-3)


def test_color_cast_moves_the_gains_by_as_many_stops_and_keeps_grey_as_bright(grey, apply, light):
    directions = []
    for seed in range(6):
        gains = light(apply("color_cast", grey, 0.7, seed)).mean((1, 2)) / light(grey).mean()
        assert gains @ LUMINANCE == pytest.approx(1, abs=1e-5)
        red, blue = math.log2(gains[0] / gains[1]), math.log2(gains[2] / gains[1])
        assert math.hypot(red, blue) == pytest.approx(0.7, abs=1e-4)
        directions.append(math.atan2(blue, red))
    assert np.ptp(directions) > 1


def test_color_cast_multiplies_linear_light(pale, apply, light):
    gains = light(apply("color_cast", pale, 0.3)) / light(pale)
    assert np.ptp(gains, axis=(1, 2)).max() < 1e-4


@pytest.mark.parametrize(("amount", "sigma", "scale"), [(0.5, 1.75, 1), (1.3, 3.95, 1.3)])
def test_color_diffusion_blurs_and_scales_chroma_and_leaves_lightness(amount, sigma, scale, pale, apply):
    before, after = (_lab(image) for image in (pale, apply("color_diffusion", pale, amount)))
    assert np.allclose(after[0], before[0], atol=0.05)
    radius = math.ceil(3 * sigma)
    for chroma, found in zip(before[1:], after[1:], strict=True):
        expected = scale * scipy.ndimage.gaussian_filter(chroma, sigma, mode="mirror", radius=radius)
        assert np.allclose(found, expected, atol=0.1)


@pytest.mark.parametrize("seed", [0, 1])
def test_color_shift_moves_only_green_and_only_at_edges(seed, small, apply):
    shifted = apply("color_shift", small, 3.0, seed)
    assert torch.equal(shifted[[0, 2]], small[[0, 2]])
    bright = np.array([0.299, 0.587, 0.114]) @ small.double().numpy().reshape(3, -1)
    steepness = np.hypot(*np.gradient(bright.reshape(192, 192)))
    steepness = scipy.ndimage.gaussian_filter(steepness, 2, mode="mirror", radius=6)
    edge = np.interp(steepness, np.percentile(steepness, [10, 90]), [0, 1])
    direction = np.random.default_rng(seed).uniform(0, 2 * math.pi)
    step = 3 * np.array([math.sin(direction), math.cos(direction)])
    moved = scipy.ndimage.shift(small[1].double().numpy(), step, order=1, mode="mirror")
    assert np.allclose(shifted[1], (1 - edge) * small[1].numpy() + edge * moved, atol=2e-3)


def test_chromatic_aberration_moves_red_out_and_blue_in_in_proportion_to_the_radius(apply):
    rows, columns = np.indices((129, 161))
    dots = sum(np.exp(-((rows - y) ** 2 + (columns - x) ** 2) / 8) for y, x in ((64, 80), (110, 135)))
    image = torch.from_numpy(np.tile(dots, (3, 1, 1))).float().clamp(0, 1)
    fringed = apply("chromatic_aberration", image, 4.0)
    assert torch.equal(fringed[1], image[1])
    away = math.hypot(110 - 64, 135 - 80)
    expected = 4 * away / math.hypot(64, 80)
    for plane, sign in ((fringed[0], 1), (fringed[2], -1)):
        mass = scipy.ndimage.center_of_mass(plane[90:, 112:].double().numpy())
        offset = np.add(mass, [90 - 64, 112 - 80])
        assert np.hypot(*offset) - away == pytest.approx(sign * expected, abs=0.3)
        assert offset[0] / offset[1] == pytest.approx(46 / 55, rel=0.02)
        centre = scipy.ndimage.center_of_mass(plane[54:75, 70:91].double().numpy())
        assert centre == pytest.approx((10, 10), abs=0.02)


@pytest.mark.parametrize("number", [8, 16, 64.4])
def test_color_quantization_keeps_as_many_colours_and_dithers_to_the_mean(number, small, apply):
    reduced = apply("color_quantization", small, number)
    assert len(np.unique(to_uint8(reduced).reshape(-1, 3), axis=0)) == round(number)
    error = (reduced - small).double().numpy()
    local = scipy.ndimage.gaussian_filter(error, (0, 4, 4))
    assert local.std() < 0.5 * error.std()


def _lab(image):
    return skimage.color.rgb2lab(image.permute(1, 2, 0).double().numpy()).transpose(2, 0, 1)
