"""A sample of strips: where it lies, and that what is measured in it is what is measured in all of a photo."""

import numpy as np
import pytest
import torch

from blemish.explain.measurements import strips
from blemish.explain.measurements.strips import ALL_UP_TO, GRID, MULTIPLE, STRIPS, strips_of
from blemish.synth_distort import distort
from blemish.synth_distort.distortions.resampling import magnified

WITHIN = {  # of the value in all rows
    "clipped_highlights": 0,
    "clipped_shadows": 0,
    "impulses": 0,
    "uniform_rectangles": 0,
    "mean_luma": 0.05,
    "contrast": 0.05,
    "noise_luma": 0.1,
    "noise_chroma": 0.1,
    "edge_width": 0.05,
    "edge_width_sharpest": 0.05,
    "fine_detail": 0.05,
    "blockiness": 0.1,
    "dct_zeros": 0.1,
    "stepped_gradients": 0.1,
    "cast_grey_world": 0.1,
}


def test_strips_are_spread_evenly_and_hold_as_much_as_a_photo_that_is_not_large():
    for height, width in ((3000, 4000), (4000, 3000), (9000, 8000)):
        rows = strips_of(height, width)
        tall = rows[0].stop
        assert len(rows) == STRIPS
        assert all(one.stop - one.start == tall and one.start % GRID == 0 for one in rows)
        assert tall % MULTIPLE == 0
        assert ALL_UP_TO / 2 < STRIPS * tall * width <= ALL_UP_TO
        assert rows[-1].stop > height - GRID
        gaps = np.diff([one.start for one in rows])
        assert tall <= gaps.min() <= gaps.max() <= gaps.min() + GRID
    assert strips_of(2048, 2048) == (slice(0, 2048),)
    assert strips_of(400, 20000) == (slice(0, 400),)


def test_a_sample_measures_what_is_in_all_of_a_photo(value, coffee, monkeypatch):
    tall = coffee.repeat(1, 4, 1)[:, :1536]
    photo = distort(distort(tall, "jpeg", 0.5), "white_noise", 0.15)
    whole = {name: value(name, photo) for name in WITHIN}
    monkeypatch.setattr(strips, "ALL_UP_TO", 600 * STRIPS * MULTIPLE)
    for name, within in WITHIN.items():
        assert value(name, photo) == pytest.approx(whole[name], rel=within, abs=0.02 if within else 0), name


PLACED = ("falloff", "falloff_brightest", "chromatic_shift", "grid_modulation", "row_parity", "row_noise")


@pytest.mark.parametrize("name", PLACED)
def test_what_hangs_on_the_place_is_the_same_in_a_sample(name, value, coffee, monkeypatch):
    photo = coffee.repeat(1, 4, 1)[:, :1536]
    if name.startswith("falloff"):
        photo = distort(photo, "vignetting", 0.8)
    elif name == "chromatic_shift":
        photo = photo.clone()
        photo[:1] = magnified(photo[:1], 1.005)
    elif name == "row_parity":
        photo = distort(photo, "interlace", 0.6)
    elif name == "row_noise":
        offsets = np.random.default_rng(0).normal(0, 4 / 255, (1, photo.shape[1], 1))
        photo = (photo + torch.from_numpy(offsets).float()).clamp(0, 1)
    else:
        photo = photo[:, ::2, ::2].repeat_interleave(2, 1).repeat_interleave(2, 2)
    whole = value(name, photo)
    monkeypatch.setattr(strips, "ALL_UP_TO", 600 * STRIPS * MULTIPLE)
    assert value(name, photo) == pytest.approx(whole, rel=0.15)
