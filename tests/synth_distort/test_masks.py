"""Masks: their shape, area and border."""

import math

import numpy as np
import pytest
import scipy.ndimage

from blemish.synth_distort.masks import ellipse, feathered, half_plane, random_mask, rectangle

SEEDS = range(12)


def drawn(shape, seed, height=120, width=160):
    return shape(height, width, np.random.default_rng(seed)).numpy()


@pytest.mark.parametrize("seed", SEEDS)
def test_a_half_plane_is_all_on_one_side_of_a_straight_line(seed):
    mask = drawn(half_plane, seed)
    assert set(np.unique(mask)) == {0, 1}
    assert 0.2 < mask.mean() < 0.8
    if np.abs(np.diff(mask, axis=0)).sum() > np.abs(np.diff(mask, axis=1)).sum():
        mask = mask.T  # so that the border crosses rows rather than runs along them
    crossings = np.abs(np.diff(mask, axis=1))
    assert crossings.sum(1).max() == 1
    rows, columns = np.nonzero(crossings)
    line = np.polynomial.Polynomial.fit(rows, columns, 1)
    assert np.abs(line(rows) - columns).max() < 1.5


@pytest.mark.parametrize(("shape", "filled"), [(rectangle, 1), (ellipse, math.pi / 4)])
@pytest.mark.parametrize("seed", SEEDS)
def test_a_box_is_filled_and_a_quarter_to_four_fifths_of_the_photo(seed, shape, filled):
    mask = drawn(shape, seed)
    assert set(np.unique(mask)) == {0, 1}
    (box,) = scipy.ndimage.find_objects(mask.astype(int))
    tall, wide = (side.stop - side.start for side in box)
    assert mask[box].mean() == pytest.approx(filled, abs=0.03)
    assert 0.25 * 120 - 2 <= tall <= 0.8 * 120 + 2
    assert 0.25 * 160 - 2 <= wide <= 0.8 * 160 + 2


def test_boxes_lie_anywhere_on_the_photo():
    centres = [scipy.ndimage.center_of_mass(drawn(rectangle, seed)) for seed in range(60)]
    assert np.ptp(centres, axis=0) == pytest.approx([0.6 * 120, 0.6 * 160], rel=0.3)


@pytest.mark.parametrize("sigma", [1.0, 6.0])
def test_a_feathered_border_is_scipys_gaussian(sigma, generator):
    mask = half_plane(90, 120, generator)
    expected = scipy.ndimage.gaussian_filter(mask.numpy(), sigma, mode="mirror", radius=math.ceil(3 * sigma))
    assert np.allclose(feathered(mask, sigma), expected, atol=1e-5)


def test_random_masks_are_seeded_of_all_areas_and_hard_as_often_as_feathered():
    masks = [drawn(random_mask, seed, 48, 64) for seed in range(200)]
    assert all(np.array_equal(mask, drawn(random_mask, seed, 48, 64)) for seed, mask in enumerate(masks[:10]))
    assert {mask.shape for mask in masks} == {(48, 64)}
    assert min(mask.min() for mask in masks) == 0
    assert max(mask.max() for mask in masks) == 1
    hard = [set(np.unique(mask)) == {0, 1} for mask in masks]
    assert np.mean(hard) == pytest.approx(0.5, abs=0.1)
    areas = [mask.mean() for mask in masks]
    assert min(areas) < 0.12
    assert max(areas) > 0.6


def test_a_third_of_random_masks_is_of_each_shape():
    hard = [mask for mask in (drawn(random_mask, seed, 60, 80) for seed in range(400)) if np.ptp(mask % 1) == 0]
    kinds = {"rectangle": 0, "ellipse": 0, "half plane": 0}
    for mask in hard:
        (box,) = scipy.ndimage.find_objects(mask.astype(int))
        at_border = mask[[0, -1]].any() or mask[:, [0, -1]].any()
        kinds["half plane" if at_border else "rectangle" if mask[box].all() else "ellipse"] += 1
    assert list(kinds.values()) == pytest.approx([len(hard) / 3] * 3, rel=0.25)
