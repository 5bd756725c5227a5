"""Noise against noise that was added: white noise of known deviation, offsets of lines, lone pixels."""

import numpy as np
import pytest
import torch

from blemish.explain.measurements import MEASUREMENTS, NotMeasurableError, Pixels
from blemish.synth_distort import distort

LUMA = np.sqrt(0.299**2 + 0.587**2 + 0.114**2)  # deviation of luma under independent noise of deviation 1 in R, G and B


def noisy(image: torch.Tensor, sigma: float, *, shape: tuple[int, ...] | None = None) -> torch.Tensor:
    noise = torch.from_numpy(np.random.default_rng(1).standard_normal(shape or tuple(image.shape))).float()
    return (image + sigma / 255 * noise).clamp(0, 1)


def flat(level: float) -> torch.Tensor:
    return torch.full((3, 256, 256), level)


@pytest.mark.parametrize("sigma", [2, 5, 10, 30])
def test_noise_that_was_added_is_measured_within_ten_percent(value, cat, sigma):
    grey = 0.25 + 0.5 * cat  # away from black and white, where noise is clipped
    own = value("noise_luma", grey)
    assert value("noise_luma", noisy(grey, sigma)) == pytest.approx(np.hypot(own, sigma * LUMA), rel=0.1)


@pytest.mark.parametrize("name", ["noise_luma", "noise_dark", "noise_middle", "noise_bright"])
def test_noise_by_brightness_is_measured_where_it_is(value, name):
    level = {"noise_dark": 0.2, "noise_bright": 0.8}.get(name, 0.5)
    assert value(name, noisy(flat(level), 4)) == pytest.approx(4 * LUMA, rel=0.05)


def test_colour_noise_is_that_of_cb_and_cr(value):
    cb = np.sqrt(0.169**2 + 0.331**2 + 0.5**2)  # JFIF's weights
    cr = np.sqrt(0.5**2 + 0.419**2 + 0.081**2)
    assert value("noise_chroma", noisy(flat(0.5), 4)) == pytest.approx(4 * np.sqrt((cb**2 + cr**2) / 2), rel=0.05)
    assert value("noise_chroma", noisy(flat(0.5), 4, shape=(1, 256, 256))) < 0.1


def test_noise_in_proportion_to_light_grows_with_it(value, cat):
    even, speckle = distort(cat, "white_noise", 0.7), distort(cat, "multiplicative_noise", 0.7)
    assert value("noise_growth", even) == pytest.approx(1, rel=0.15)
    assert value("noise_growth", speckle) > 1.3 * value("noise_growth", even)


def test_grain_tells_blotches_from_pixels(value):
    white = noisy(flat(0.5), 8)
    blotches = torch.nn.functional.avg_pool2d(noisy(flat(0.5), 24)[None], 3, stride=1, padding=1)[0]
    assert value("noise_grain", white) == pytest.approx(0.217, abs=0.03)  # of the energies of its two octaves
    assert value("noise_grain", blotches) > 2 * value("noise_grain", white)
    assert value("noise_coarse", blotches) > 2 * value("noise_coarse", noisy(flat(0.5), 2))


def test_lone_pixels_are_counted(value, small):
    stuck = small.clone().flatten()
    chosen = torch.from_numpy(np.random.default_rng(0).permutation(stuck.numel())[: stuck.numel() // 100])
    stuck[chosen] = (stuck[chosen] < 0.5).float()
    added = value("impulses", stuck.view_as(small)) - value("impulses", small)
    assert added == pytest.approx(1.0, abs=0.2)


@pytest.mark.parametrize(("name", "shape"), [("row_noise", (1, 384, 1)), ("column_noise", (1, 1, 512))])
def test_offsets_of_lines_are_measured(value, name, shape):
    offsets = torch.from_numpy(np.random.default_rng(0).standard_normal(shape)).float()
    image = noisy(torch.full((3, 384, 512), 0.5), 6) + 3 / 255 * offsets
    assert value(name, image) == pytest.approx(3, rel=0.15)
    assert value("line_noise", image) == value(name, image)
    other = {"row_noise": "column_noise", "column_noise": "row_noise"}[name]
    assert value(other, image) < 0.5


def test_without_a_flat_area_that_is_not_clipped_noise_is_not_measurable():
    with pytest.raises(NotMeasurableError, match="black or white"):
        MEASUREMENTS["noise_luma"].function(Pixels(torch.ones(3, 256, 256).numpy()))
