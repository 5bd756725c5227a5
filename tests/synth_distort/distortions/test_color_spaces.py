"""Colour spaces against scikit-image and Pillow."""

import numpy as np
import pytest
import skimage.color
import torch

from blemish.synth_distort.distortions.color_spaces import (
    encoded,
    lab_to_rgb,
    linear_light,
    luma,
    rgb_to_lab,
    rgb_to_ycbcr,
    ycbcr_to_rgb,
)
from blemish.synth_distort.photo import to_pil


def test_linear_light_is_srgbs_curve_and_encoding_goes_back(small, light):
    assert np.allclose(linear_light(small), light(small), atol=1e-9)
    xyz = skimage.color.rgb2xyz(np.full((1, 1, 3), 0.5))
    assert np.allclose(linear_light(torch.full((3, 1, 1), 0.5)), xyz[0, 0, 1], atol=1e-6)
    assert torch.allclose(encoded(linear_light(small)).float(), small, atol=1e-6)


def test_encoding_clips_what_no_display_shows():
    found = encoded(torch.tensor([-0.1, 0.0, 1.0, 3.0], dtype=torch.float64))
    assert found.tolist() == pytest.approx([0, 0, 1, 1])


def test_luma_is_pillows(small):
    assert np.allclose(255 * luma(small)[0], np.asarray(to_pil(small).convert("L")), atol=1)


def test_lab_is_scikit_images(small):
    expected = skimage.color.rgb2lab(small.permute(1, 2, 0).double().numpy())
    assert np.allclose(rgb_to_lab(small).permute(1, 2, 0), expected, atol=0.02)


def test_ycbcr_is_scikit_images(small):
    expected = skimage.color.rgb2ycbcr(small.permute(1, 2, 0).double().numpy())
    assert np.allclose(255 * rgb_to_ycbcr(small).permute(1, 2, 0), expected, atol=1e-3)


def test_color_spaces_come_back(small):
    assert torch.allclose(lab_to_rgb(rgb_to_lab(small)).float(), small, atol=1e-4)
    assert torch.allclose(ycbcr_to_rgb(rgb_to_ycbcr(small)), small, atol=1e-5)
    assert torch.allclose(rgb_to_ycbcr(torch.ones(3, 1, 1)).flatten(), torch.tensor([235, 128, 128]) / 255, atol=1e-5)
