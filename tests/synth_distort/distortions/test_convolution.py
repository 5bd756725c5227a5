"""Filters against SciPy, and the GPU's way against the CPU's."""

import math

import numpy as np
import pytest
import scipy.ndimage
import torch

from blemish.synth_distort.distortions.convolution import (
    _convolve_with_torch,
    box_blurred,
    convolve,
    convolve_separable,
    gaussian_blurred,
)

SHAPES = [(3, 3), (9, 9), (23, 23), (5, 13), (1, 31), (31, 1)]


@pytest.fixture
def kernel_of(generator):
    def drawn(*shape):
        kernel = generator.random(shape)
        return kernel / kernel.sum()

    return drawn


@pytest.mark.parametrize("shape", SHAPES)
def test_convolution_is_scipys(shape, small, kernel_of):
    kernel = kernel_of(*shape)
    expected = [scipy.ndimage.correlate(channel, kernel, mode="mirror") for channel in small.double().numpy()]
    assert np.allclose(convolve(small, kernel), expected, atol=1e-9)


@pytest.mark.parametrize("shape", SHAPES)
def test_torch_sums_or_transforms_to_the_same_as_opencv(shape, small, kernel_of):
    kernel = kernel_of(*shape)
    assert torch.allclose(_convolve_with_torch(small, kernel), convolve(small, kernel), atol=1e-9)


def test_a_separable_kernel_is_filtered_along_columns_and_rows(small, kernel_of):
    column, row = kernel_of(5), kernel_of(11)
    expected = convolve(small, np.outer(column, row))
    assert torch.allclose(convolve_separable(small, column, row), expected, atol=1e-9)


@pytest.mark.parametrize("sigma", [0.2, 1.0, 4.3])
def test_a_gaussian_is_scipys(sigma, small):
    radius = max(1, math.ceil(3 * sigma))
    expected = scipy.ndimage.gaussian_filter(small.double().numpy(), (0, sigma, sigma), mode="mirror", radius=radius)
    assert np.allclose(gaussian_blurred(small, sigma), expected, atol=1e-9)


@pytest.mark.parametrize("radius", [1, 6])
def test_a_box_is_scipys(radius, small):
    size = 2 * radius + 1
    expected = [scipy.ndimage.uniform_filter(channel, size, mode="mirror") for channel in small.double().numpy()]
    assert np.allclose(box_blurred(small, radius), expected, atol=1e-9)


@pytest.mark.parametrize("way", [convolve, _convolve_with_torch])
@pytest.mark.parametrize("side", [9, 41])
def test_a_kernel_larger_than_the_photo_keeps_its_mean_colour(side, way, kernel_of):
    tiny = torch.tensor([0.1, 0.5, 0.9])[:, None, None].expand(3, 4, 6)
    assert torch.allclose(way(tiny, kernel_of(side, side)).float(), tiny, atol=1e-6)
