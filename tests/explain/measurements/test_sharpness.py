"""Sharpness against edges of known width, blur of known sigma, and halos of known height."""

import numpy as np
import pytest
import torch
from scipy.special import ndtr

from blemish.explain.measurements import MEASUREMENTS, NotMeasurableError, Pixels
from blemish.synth_distort import distort
from blemish.synth_distort.distortions.convolution import gaussian_blurred


def edge(sigma: float, *, degrees: float = 20, side: int = 256) -> torch.Tensor:
    """A straight edge under a Gaussian of `sigma` px, sampled."""
    y, x = np.mgrid[0:side, 0:side] - side / 2
    angle = np.deg2rad(degrees)
    level = 0.25 + 0.5 * ndtr((x * np.cos(angle) + y * np.sin(angle)) / sigma)
    return torch.from_numpy(level).float().expand(3, -1, -1).contiguous()


@pytest.mark.parametrize("sigma", [0.7, 1, 2, 4])
@pytest.mark.parametrize("degrees", [5, 30, 77])
def test_the_width_of_an_edge_is_measured_within_ten_percent(value, sigma, degrees):
    width = 2 * 1.28155 * sigma  # of a Gaussian edge from 10 to 90 %
    assert value("edge_width", edge(sigma, degrees=degrees)) == pytest.approx(width, rel=0.1)
    assert value("edge_width_sharpest", edge(sigma, degrees=degrees)) == pytest.approx(width, rel=0.15)


@pytest.mark.parametrize("sigma", [2, 3, 4])
def test_a_photo_blurred_by_a_known_sigma_has_edges_that_wide(value, coffee, sigma):
    own = value("edge_width", coffee)
    blurred = gaussian_blurred(coffee, sigma).float()
    assert value("edge_width", blurred) == pytest.approx(np.hypot(own, 2.5631 * sigma), rel=0.15)


def test_edges_in_the_corners_are_compared_with_those_in_the_middle(value):
    y, x = np.mgrid[0:360, 0:360]
    stripes = torch.from_numpy(0.3 + 0.4 * (((x + 0.2 * y) // 24) % 2)).float().expand(3, -1, -1)
    sharp, soft = gaussian_blurred(stripes, 1.0).float(), gaussian_blurred(stripes, 2.0).float()
    distance = np.hypot(x - 180, y - 180) / 360
    mixed = torch.where(torch.from_numpy(distance < 0.33), sharp, soft)
    assert value("edge_width_corners", mixed) == pytest.approx(2, rel=0.15)
    assert value("edge_width_corners", sharp) == pytest.approx(1, rel=0.05)


@pytest.mark.parametrize("name", ["edge_width_direction", "spectral_direction"])
def test_motion_blur_differs_by_direction_and_gaussian_blur_does_not(value, name, coffee):
    shaken, soft = distort(coffee, "motion_blur", 0.75), distort(coffee, "gaussian_blur", 0.5)
    assert value(name, shaken) > 1.4 * value(name, soft)


def test_overshoot_is_the_height_of_the_halo(value):
    sharp = edge(1.5)
    halo = sharp + 1.5 * (sharp - gaussian_blurred(sharp, 1.5).float())
    highest = 100 * (float(halo[:, 60:-60, 60:-60].max()) - 0.75) / 0.5
    assert value("overshoot", halo) == pytest.approx(highest, rel=0.15)
    assert abs(value("overshoot", sharp)) < 1


def test_echoes_are_found_where_edges_repeat_themselves(value):
    sharp = edge(1.0)
    assert value("echo", distort(sharp, "ringing", 0.6)) > 4 * value("echo", sharp) + 1


@pytest.mark.parametrize("name", ["fine_detail", "fine_detail_edges", "fine_detail_texture", "fine_detail_faint"])
def test_octaves_of_white_noise_differ_as_their_filters_do(value, name):
    noise = torch.from_numpy(np.random.default_rng(0).normal(0.5, 0.04, (256, 256))).float().expand(3, -1, -1)
    # The energy of white noise under (delta - G1) and (G1 - G2): sums of the squared kernels.
    one, two = 1 / (4 * np.pi), 1 / (16 * np.pi)
    fine, coarse = 1 - 2 / (2 * np.pi) + one, one + two - 2 / (2 * np.pi * 5)
    assert value(name, noise) == pytest.approx(10 * np.log10(fine / coarse), abs=1)


def test_detail_is_what_blur_takes(value, coffee):
    blurred = gaussian_blurred(coffee, 1.5).float()
    for name in ("fine_detail", "medium_detail", "spectral_slope_fine", "spectral_slope_middle"):
        assert value(name, blurred) < value(name, coffee) - 3


def test_smearing_is_texture_lost_beside_edges_kept(value):
    _, x = np.mgrid[0:384, 0:512]
    grain = np.random.default_rng(0).normal(0, 0.02, (384, 512))
    stripes = 0.3 + 0.4 * ((x // 64) % 2)
    textured = torch.from_numpy(stripes + grain).float().expand(3, -1, -1).contiguous()
    smoothed = gaussian_blurred(torch.from_numpy(grain).float()[None], 1.2)[0].numpy()
    smeared = torch.from_numpy(stripes + smoothed).float().expand(3, -1, -1).contiguous()
    assert value("smearing", smeared) > value("smearing", textured) + 6


def test_without_edges_their_width_is_not_measurable():
    with pytest.raises(NotMeasurableError, match="too few edges"):
        MEASUREMENTS["edge_width"].function(Pixels(torch.full((3, 128, 128), 0.5).numpy()))
