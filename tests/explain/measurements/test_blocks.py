"""Blocks, steps and repeats against codecs and patterns of known grid."""

import numpy as np
import pytest
import torch

from blemish.synth_distort import distort


@pytest.mark.parametrize("name", ["blockiness", "dct_zeros"])
def test_jpegs_grid_is_found_wherever_it_begins(value, name, coffee):
    coded = distort(coffee, "jpeg", 0.5)
    whole, cropped = value(name, coded), value(name, coded[:, 3:, 5:].contiguous())
    assert cropped == pytest.approx(whole, rel=0.2)
    assert whole > value(name, coffee) + 10


def test_doubled_pixels_have_their_detail_at_every_second(value, cat):
    doubled = cat.repeat_interleave(2, 1).repeat_interleave(2, 2)
    assert value("grid_modulation", doubled) == pytest.approx(100, rel=0.05)  # detail at 0, twice the mean, 0, …
    assert value("equal_neighbours", doubled) == pytest.approx(50, abs=3)
    assert value("grid_modulation", cat) < 20


def test_rectangles_of_one_colour_are_measured_by_area(value, coffee):
    covered = coffee.clone()
    for top, left in ((40, 60), (200, 300), (300, 480)):
        covered[:, top : top + 32, left : left + 32] = torch.tensor([0.9, 0.1, 0.6])[:, None, None]
    assert value("uniform_rectangles", covered) == pytest.approx(100 * 3 * 32**2 / (400 * 600), rel=0.05)
    assert value("uniform_rectangles", coffee) < 0.2


def test_squares_out_of_place_stand_out_of_those_by_chance(value, coffee):
    assert value("displaced_squares", distort(coffee, "patch_displacement", 0.6)) > 1.5
    assert value("displaced_squares", coffee) == pytest.approx(1, abs=0.25)


def test_fields_out_of_step_differ_from_row_to_row(value, coffee):
    assert value("row_parity", distort(coffee, "interlace", 0.5)) > value("row_parity", coffee) + 3


def test_a_gradient_in_steps_differs_from_a_smooth_one(value):
    ramp = np.linspace(60, 120, 480)[None] + np.random.default_rng(0).normal(0, 0.6, (320, 480))
    smooth = torch.from_numpy(ramp / 255).float().expand(3, -1, -1)
    assert value("stepped_gradients", (smooth * 25).round() / 25) > 2.5 * value("stepped_gradients", smooth)
