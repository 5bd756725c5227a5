"""Warps and resizes against SciPy."""

import numpy as np
import pytest
import scipy.ndimage
import torch

from blemish.synth_distort.distortions.resampling import magnified, pixel_grid, radius, sampled_at, smooth_field


def test_reading_between_pixels_is_scipys_also_beyond_the_borders(small, generator):
    x, y = generator.uniform(-40, 230, size=(2, 50, 60))
    expected = [
        scipy.ndimage.map_coordinates(channel, [y, x], order=1, mode="mirror") for channel in small.double().numpy()
    ]
    wide = torch.nn.functional.pad(torch.from_numpy(np.stack([x, y])), (0, 132, 0, 142))
    assert np.allclose(sampled_at(small, wide[0], wide[1])[:, :50, :60], expected, atol=1e-6)


def test_reading_at_the_pixels_themselves_changes_nothing(small):
    assert torch.allclose(sampled_at(small, *pixel_grid(small)), small.double(), atol=1e-9)


@pytest.mark.parametrize("factor", [1.3, 0.8])
def test_magnifying_is_scipys_affine_transform_about_the_centre(factor, small):
    centre = np.array([0, 95.5, 79.5])
    scale = np.array([1, 1 / factor, 1 / factor])
    planes = small[..., :160].double().numpy()
    offset = centre - centre * scale
    expected = scipy.ndimage.affine_transform(planes, scale, offset, order=1, mode="mirror")  # pyright: ignore[reportArgumentType]  one an axis
    assert np.allclose(magnified(small[..., :160], factor), expected, atol=1e-6)


def test_the_radius_is_zero_in_the_centre_and_one_in_the_corners():
    away = radius(torch.zeros(3, 61, 81))
    assert float(away[30, 40]) == 0
    assert away[[0, 0, -1, -1], [0, -1, 0, -1]].tolist() == pytest.approx([1] * 4)
    assert float(away[30, 80]) == pytest.approx(40 / 50)


def test_a_smooth_field_passes_through_its_knots_without_steps(generator):
    knots = torch.from_numpy(generator.uniform(-1, 1, size=(2, 4, 4)))
    field = smooth_field(torch.zeros(3, 31, 61), knots)
    assert torch.allclose(field[:, ::10, ::20], knots)
    assert float(field.diff(dim=1).abs().max()) < 0.5
    assert torch.allclose(smooth_field(torch.zeros(3, 20, 30), torch.full((1, 4, 4), 0.3)), torch.tensor(0.3).double())
