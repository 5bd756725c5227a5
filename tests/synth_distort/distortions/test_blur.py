"""Blurs against SciPy, and against what optics says of a disk and a line."""

import math

import numpy as np
import pytest
import scipy.ndimage
import scipy.special
import torch

from blemish.synth_distort.distortions.blur import _disk, _line


@pytest.mark.parametrize("sigma", [0.7, 2.0, 5.0])
def test_gaussian_blur_is_scipys(sigma, small, apply):
    expected = [
        scipy.ndimage.gaussian_filter(channel, sigma, mode="mirror", radius=math.ceil(3 * sigma))
        for channel in small.numpy()
    ]
    assert np.allclose(apply("gaussian_blur", small, sigma), expected, atol=1e-5)


def test_a_disk_covers_what_its_radius_says():
    for radius in (1.3, 4.0, 7.5):
        assert 1 / _disk(radius).max() == pytest.approx(math.pi * radius**2, rel=0.02)
        assert _disk(radius).sum() == pytest.approx(1)
    assert _disk(0.1)[1, 1] == 1


@pytest.mark.parametrize("period", [32, 16, 8])
def test_lens_blur_leaves_of_a_grating_what_a_defocused_lens_does(period, apply):
    """A disk of radius r passes 2 J1(2 pi f r) / (2 pi f r) of frequency f: less, then reversed. A pixel passes sinc(f)."""
    radius, column = 6.0, torch.arange(128)
    wave = 0.3 * torch.cos(2 * math.pi * column / period)
    blurred = apply("lens_blur", (0.5 + wave).expand(3, 64, 128), radius)[:, 32, 32:96] - 0.5
    gain = float((blurred * wave[32:96]).sum() / (3 * wave[32:96].square().sum()))
    argument = 2 * math.pi * radius / period
    expected = 2 * scipy.special.j1(argument) / argument * np.sinc(1 / period)
    assert gain == pytest.approx(expected, abs=0.01)


def test_a_line_has_the_length_and_angle_that_were_asked_for():
    for angle in (0.0, 0.6, 2.0):
        line = _line(9.0, angle=angle)
        offsets = np.arange(len(line)) - len(line) // 2
        x, y = line.sum(0) @ offsets**2, line.sum(1) @ offsets**2
        assert x + y == pytest.approx(8**2 / 12, abs=0.45)  # the variance of a line of 8 px between its ends
        expected = math.atan2(math.sin(angle) ** 2, math.cos(angle) ** 2)
        assert math.atan2(y, x) == pytest.approx(expected, abs=0.15)


def test_motion_blur_draws_a_point_out_to_a_line_at_an_angle_of_its_own(apply):
    point, angles = torch.zeros(3, 41, 41), []
    point[:, 20, 20] = 1
    for seed in range(8):
        streak = apply("motion_blur", point, 15, seed).mean(0).numpy()
        rows, columns = np.indices(streak.shape) - 20
        spread = np.cov(np.stack([columns.ravel(), rows.ravel()]), aweights=streak.ravel(), ddof=0)
        thickness, length = np.linalg.eigvalsh(spread)
        assert thickness < 0.35
        assert length == pytest.approx(14**2 / 12, rel=0.05)
        angles.append(math.atan2(2 * spread[0, 1], spread[0, 0] - spread[1, 1]) / 2)
    assert np.ptp(angles) > 1


def test_zoom_blur_is_the_mean_of_many_zooms(small, apply):
    smooth, centre = apply("gaussian_blur", small[:, :129, :161], 2.0), np.array([64, 80])
    zooms = np.exp(np.linspace(-0.5, 0.5, 101) * math.log(1.5))
    expected = [
        np.mean([_zoomed(channel, zoom, centre) for zoom in zooms], axis=0) for channel in smooth.double().numpy()
    ]
    blurred = apply("zoom_blur", smooth, 0.5)
    error, effect = (np.abs(blurred.numpy() - other)[:, 24:-24, 24:-24] for other in (expected, smooth.numpy()))
    assert error.max() < 0.01
    assert error.mean() < 0.05 * effect.mean()


def test_zoom_blur_draws_points_out_along_the_radius_and_leaves_the_centre(apply):
    rows, columns = np.indices((129, 129)) - 64
    points = np.exp(-(rows**2 + columns**2) / 4) + np.exp(-(rows**2 + (columns - 50) ** 2) / 4)
    blurred = apply("zoom_blur", torch.from_numpy(np.tile(points, (3, 1, 1))).float(), 0.2)[0].numpy()
    assert np.abs(blurred - points)[58:71, 58:71].max() < 0.05
    streak = blurred[56:73, 94:]
    assert (streak[8] > streak[8].max() / 2).sum() == pytest.approx(50 * 0.2, abs=2)
    assert (streak[:, 20] > streak[8, 20] / 2).sum() <= 5


def _zoomed(channel, zoom, centre):
    return scipy.ndimage.affine_transform(channel, [1 / zoom] * 2, centre - centre / zoom, order=1, mode="mirror")
