"""Tone and colour against values that follow from how the image was made."""

import numpy as np
import pytest
import torch

from blemish.explain.measurements import MEASUREMENTS, Pixels
from blemish.explain.measurements.color import grey_world_cast
from blemish.synth_distort import distort
from blemish.synth_distort.distortions.color_spaces import encoded, linear_light
from blemish.synth_distort.distortions.convolution import gaussian_blurred
from blemish.synth_distort.distortions.resampling import magnified, pixel_grid, sampled_at


def of(levels: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(levels.astype(np.float32) / 255)


@pytest.fixture(scope="module")
def levels() -> np.ndarray:
    """Random levels, (3, 128, 160)."""
    return np.random.default_rng(0).integers(1, 255, (3, 128, 160))


def test_clipped_shares_are_exact(value, levels):
    levels = levels.copy()
    levels[:, :16], levels[:, 16:24], levels[0, 24:28], levels[1, 28:30] = 255, 0, 255, 0
    image = of(levels)
    assert value("clipped_highlights", image) == pytest.approx(100 * 16 / 128)
    assert value("clipped_shadows", image) == pytest.approx(100 * 8 / 128)
    assert value("clipped_high_channel", image) == pytest.approx(100 * 20 / 128)
    assert value("clipped_low_channel", image) == pytest.approx(100 * 10 / 128)


def test_levels_are_those_of_the_histogram(value):
    ramp = of(np.broadcast_to(np.arange(256), (3, 200, 256)))
    assert value("black_point", ramp) == pytest.approx(2, abs=1)
    assert value("white_point", ramp) == pytest.approx(253, abs=1)
    assert value("mean_luma", ramp) == pytest.approx(127.5, abs=0.1)
    assert value("median_luma", ramp) == pytest.approx(127, abs=1)
    assert value("contrast", ramp) == pytest.approx(np.sqrt((256**2 - 1) / 12), rel=1e-3)
    assert value("nearly_black", ramp) == pytest.approx(100 * 5 / 256, abs=0.01)
    assert value("nearly_white", ramp) == pytest.approx(100 * 5 / 256, abs=0.01)
    assert value("missing_levels", ramp) == 0
    assert value("histogram_comb", ramp) == pytest.approx(0, abs=0.5)


def test_levels_that_are_left_out_are_missing(value, cat):
    few = (cat * 31).round() / 31
    assert value("missing_levels", few) == pytest.approx(100 * (1 - 32 / 256), abs=4)
    for name in ("histogram_comb", "histogram_peaks", "stepped_gradients"):
        assert value(name, few) > 1.3 * value(name, cat)


def test_distinct_colours_are_counted(value, levels):
    assert value("distinct_colours", of(levels)) == pytest.approx(100, abs=1)
    assert value("distinct_colours", of(levels // 64 * 64)) == pytest.approx(100 * 64 / (128 * 160), rel=1e-3)


def test_local_contrast_is_the_deviation_within_blocks(value):
    noise = np.random.default_rng(0).normal(128, 10, (256, 256))
    kept = 1 - 1 / (64 * np.pi)  # of white noise's variance, less what the blur by 4 px holds, roughly
    assert value("local_contrast", of(np.stack([noise] * 3))) == pytest.approx(10 * np.sqrt(kept), rel=0.2)


def test_a_veil_lifts_the_dark_channel_by_its_own_light(value, cat):
    veiled = 0.5 * cat + 0.5 * 0.6
    for name in ("dark_channel", "dark_channel_least"):
        assert value(name, veiled) == pytest.approx(0.5 * value(name, cat) + 0.3 * 255, abs=2)


def test_the_falloff_of_a_grey_wall_is_what_the_lens_took(value):
    wall = torch.full((3, 320, 480), 0.6)
    for stops in (1.0, 2.0):
        x, y = pixel_grid(wall)
        radius2 = ((x - 239.5) ** 2 + (y - 159.5) ** 2) / (239.5**2 + 159.5**2)
        dark = encoded(linear_light(wall) * 2 ** (-stops * radius2)).float()
        assert value("falloff", dark) == pytest.approx(stops, rel=0.05)
        assert value("falloff_brightest", dark) == pytest.approx(0.7 * stops, rel=0.25)


@pytest.mark.parametrize("degrees", [20, 70, 155, 260])
def test_the_cast_of_a_grey_scene_is_the_gains_that_were_put_on_it(value, cat, degrees):
    grey = cat.mean(0, keepdim=True).expand(3, -1, -1) * 0.6 + 0.1
    stops = 0.5 * np.array([np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))])
    gains = torch.tensor([2 ** stops[0], 1, 2 ** stops[1]])[:, None, None]
    cast = encoded(linear_light(grey) * gains).float()
    red, blue = grey_world_cast(Pixels(cast.numpy()))
    assert np.rad2deg(np.arctan2(blue, red)) % 360 == pytest.approx(degrees, abs=3)
    assert np.hypot(red, blue) == pytest.approx(0.5, abs=0.03)
    for name in ("cast_grey_world", "cast_neutral", "cast_brightest"):
        assert value(name, cast) == pytest.approx(0.5, abs=0.05)
    assert value("cast_concentration", cast) > 1 > value("cast_concentration", grey)


def test_colourfulness_and_saturation_follow_their_formulas(value):
    image = torch.zeros(3, 128, 128)
    image[0, :, :64], image[2, :, 64:] = 0.8, 0.8  # half red, half blue, of 204 levels
    spread, mean = np.hypot(102, 153), np.hypot(102, 51)  # deviations and means of R − G and (R + G)/2 − B
    assert value("colourfulness", image) == pytest.approx(spread + 0.3 * mean, rel=1e-3)
    assert value("saturation", image) == pytest.approx(100, abs=0.1)
    assert value("saturation", image.mean(0, keepdim=True).expand(3, -1, -1)) == pytest.approx(0, abs=0.1)


def test_the_strongest_colours_are_those_of_cielab(value):
    blue = torch.zeros(3, 128, 128)
    blue[2] = 1
    assert value("strongest_chroma", blue) == pytest.approx(133.8, rel=0.02)  # sRGB's blue has C* = 133.8
    assert value("clipped_colours", blue) == 100


@pytest.mark.parametrize("shift", [0.5, 1.0, 2.0])
def test_a_shift_of_green_is_measured(value, coffee, shift):
    grey = gaussian_blurred(coffee.mean(0, keepdim=True), 0.7).float().expand(3, -1, -1).contiguous()
    x, y = pixel_grid(grey)
    moved = torch.cat([grey[:1], sampled_at(grey[1:2], x + shift, y).float(), grey[2:]])
    assert value("green_shift", moved) == pytest.approx(shift, rel=0.15)
    assert value("channel_agreement", moved) < value("channel_agreement", grey) - 0.01


@pytest.mark.parametrize("shift", [0.6, 1.5])
def test_lateral_colour_is_red_against_blue_in_a_corner(value, coffee, shift):
    grey = coffee.mean(0, keepdim=True).expand(3, -1, -1).contiguous()
    share = shift / (np.hypot(*grey.shape[1:]) / 2)
    planes = magnified(grey[:1], 1 + share), grey[1:2].double(), magnified(grey[2:], 1 / (1 + share))
    assert value("chromatic_shift", torch.cat(planes).float()) == pytest.approx(2 * shift, rel=0.15)


def test_colour_that_was_blurred_is_soft(value, coffee):
    assert value("soft_chroma", distort(coffee, "color_diffusion", 0.5)) > value("soft_chroma", coffee) + 2


@pytest.mark.parametrize("name", ["fine_chroma", "false_colour"])
def test_colour_noise_is_fine_colour(value, name, coffee):
    assert value(name, distort(coffee, "chroma_noise", 0.5)) > value(name, coffee) + 3


def test_a_checkerboard_has_a_period_of_two(value, cat):
    y, x = np.mgrid[0:300, 0:451]
    pattern = torch.from_numpy(0.02 * ((x + y) % 2 * 2 - 1)).float()
    assert value("checkerboard", (cat + pattern).clamp(0, 1)) > value("checkerboard", cat) + 10


@pytest.mark.parametrize(("name", "of_chroma"), [("spectral_peak", False), ("spectral_peak_chroma", True)])
def test_a_lone_period_stands_out(value, name, of_chroma, cat):
    y, x = np.mgrid[0:300, 0:451]
    wave = torch.from_numpy(0.04 * np.sin(2 * np.pi * (x / 11 + y / 7))).float()
    planes = torch.stack([wave, -wave, wave] if of_chroma else [wave] * 3)
    assert value(name, (cat + planes).clamp(0, 1)) > value(name, cat) + 6


def test_rings_have_a_period_of_six(value, coffee):
    assert value("spectral_rings", distort(coffee, "ringing", 0.5)) > value("spectral_rings", coffee) + 4


def test_every_measurement_names_its_source():
    assert all(entry.source and entry.title for entry in MEASUREMENTS.values())
