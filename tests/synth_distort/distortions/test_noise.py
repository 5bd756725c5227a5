"""Noise: its mean, variance and correlation against what was asked for and what a sensor gives."""

import math

import numpy as np
import pytest
import scipy.ndimage
import scipy.stats
import torch

from blemish.synth_distort.distortions.bayer import demosaiced
from blemish.synth_distort.distortions.color_spaces import rgb_to_ycbcr


def test_white_noise_has_the_variance_that_was_asked_for_and_no_pattern(grey, apply):
    noise = (apply("white_noise", grey, 0.004) - grey).numpy()
    assert noise.var() == pytest.approx(0.004, rel=0.02)
    assert abs(scipy.stats.kurtosis(noise.ravel())) < 0.05
    for lag in ((0, 0, 1), (0, 1, 0), (1, 0, 0)):
        assert abs(_correlation(noise, lag)) < 0.02


def test_chroma_noise_has_its_variance_in_ycbcr_and_is_mostly_colour(grey, apply):
    noisy = apply("chroma_noise", grey, 0.002)
    noise = rgb_to_ycbcr(noisy) - rgb_to_ycbcr(grey)
    assert [float(plane.var()) for plane in noise] == pytest.approx([0.002] * 3, rel=0.05)
    red, _, blue = noisy - noisy.mean(0)
    assert float(red.var() + blue.var()) > float(noisy.mean(0).var())


def test_impulse_noise_sets_the_fraction_that_was_asked_for(grey, apply):
    noisy = apply("impulse_noise", grey, 0.1)
    assert float((noisy == 0).float().mean()) == pytest.approx(0.05, rel=0.05)
    assert float((noisy == 1).float().mean()) == pytest.approx(0.05, rel=0.05)
    assert float((noisy == 0.5).float().mean()) == pytest.approx(0.9, rel=0.01)


@pytest.mark.parametrize("level", [0.2, 0.5, 0.7])
def test_multiplicative_noise_deviates_in_proportion_to_the_sample(level, apply):
    flat = torch.full((3, 256, 256), level)
    noisy = apply("multiplicative_noise", flat, 0.01)
    assert float(noisy.mean()) == pytest.approx(level, abs=0.001)
    assert float(noisy.var()) == pytest.approx(0.01 * level**2, rel=0.02)


@pytest.mark.parametrize("level", [0.35, 0.5, 0.75])
def test_shot_noise_has_the_mean_and_variance_of_counted_photons(level, apply, light, generator):
    flat = torch.full((3, 256, 256), level)
    noisy = light(apply("shot_noise", flat, 0.01))
    counted = 0.01 * generator.poisson(light(flat) / 0.01)
    assert noisy.mean() == pytest.approx(counted.mean(), rel=0.005)
    assert noisy.var() == pytest.approx(counted.var(), rel=0.03)


@pytest.mark.parametrize("level", [0.4, 0.6, 0.8])
def test_sensor_noise_is_that_of_electrons_averaged_by_demosaicing(level, apply, light):
    """Of a photosite's variance, light + 9 of reading, bilinear demosaicing leaves 9/16 in red and blue, 5/8 in green."""
    flat, electrons = torch.full((3, 256, 256), level), 2000
    noise = light(apply("sensor_noise", flat, 1 / electrons)) - light(flat)
    photosite = light(flat).mean() / electrons + (3 / electrons) ** 2
    shares = [plane.var() / photosite for plane in noise]
    assert shares == pytest.approx([9 / 16, 5 / 8, 9 / 16], rel=0.04)


def test_sensor_noise_is_blotchy_and_green_is_the_finest_of_it(grey, apply, light):
    """Red is known at each fourth pixel, green at each second: so neighbours correlate, and green averages out sooner."""
    noise = light(apply("sensor_noise", grey, 1 / 2000)) - light(grey)
    assert _correlation(noise[0], (0, 1)) == pytest.approx(2 / 3, abs=0.03)
    assert _correlation(noise[1], (0, 1)) == pytest.approx(2 / 5, abs=0.03)
    red, green, blue = noise.reshape(3, 32, 8, 32, 8).mean((2, 4)).var((1, 2))
    assert green == pytest.approx((red + blue) / 4, rel=0.2)
    assert abs(np.corrcoef(noise[0].ravel(), noise[1].ravel())[0, 1]) < 0.03


def test_correlated_noise_has_the_variance_and_the_grain_that_were_asked_for(grey, apply):
    """White noise under a Gaussian of sigma s has the autocorrelation exp(-d^2 / 4 s^2); s is 1.5 px."""
    noise = (apply("correlated_noise", grey, 0.006) - grey).numpy()
    assert noise.var() == pytest.approx(0.006, rel=0.05)
    for distance in (1, 2, 4):
        expected = math.exp(-(distance**2) / (4 * 1.5**2))
        assert _correlation(noise, (0, 0, distance)) == pytest.approx(expected, abs=0.04)
        assert _correlation(noise, (0, distance, 0)) == pytest.approx(expected, abs=0.04)


def test_banding_noise_is_one_offset_for_each_row_or_for_each_column(grey, apply):
    offsets = [(apply("banding_noise", grey, 0.05, seed) - grey).numpy() for seed in range(12)]
    along_rows = [np.ptp(offset, axis=(0, 2)).max() < 1e-6 for offset in offsets]
    along_columns = [np.ptp(offset, axis=(0, 1)).max() < 1e-6 for offset in offsets]
    assert all(row != column for row, column in zip(along_rows, along_columns, strict=True))
    assert any(along_rows)
    assert any(along_columns)
    assert np.mean([offset.var() for offset in offsets]) == pytest.approx(0.05**2, rel=0.1)


def test_demosaicing_is_the_mean_of_the_nearest_samples_of_each_colour(small):
    """As a normalized convolution: the samples weighted by a tent, over the sum of the weights."""
    tent, cross = np.array([[1, 2, 1], [2, 4, 2], [1, 2, 1]]), np.array([[0, 1, 0], [1, 4, 1], [0, 1, 0]])
    even, odd = np.indices((192, 192)) % 2 == 0, np.indices((192, 192)) % 2 == 1
    known = (even[0] & even[1], even[0] != even[1], odd[0] & odd[1])
    for plane, mask, kernel, found in zip(small.numpy(), known, (tent, cross, tent), demosaiced(small), strict=True):
        weights = scipy.ndimage.convolve(mask.astype(float), kernel, mode="mirror")
        expected = scipy.ndimage.convolve(np.where(mask, plane, 0.0), kernel, mode="mirror") / weights
        assert np.allclose(found, expected, atol=1e-6)


def _correlation(noise, lag):
    """Of each sample with the one `lag` further along each axis."""
    ahead = noise[tuple(slice(step, None) for step in lag)]
    behind = noise[tuple(slice(None, -step or None) for step in lag)]
    return np.corrcoef(ahead.ravel(), behind.ravel())[0, 1]
