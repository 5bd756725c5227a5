"""Over-processing against SciPy, scikit-image and the frequency response that was asked for."""

import math

import numpy as np
import pytest
import scipy.ndimage
import skimage.color
import torch

from blemish.synth_distort.distortions.color_spaces import rgb_to_lab


@pytest.mark.parametrize("contrast", [0.02, 0.1])
def test_denoise_is_the_guided_filter_of_the_paper(contrast, small, apply):
    """Equations 5, 6 and 8 of He, Sun and Tang with the photo as its own guide, window by window."""

    def mean(plane):
        return scipy.ndimage.uniform_filter(plane, 13, mode="mirror")

    for plane, found in zip(small.double().numpy(), apply("denoise", small, contrast), strict=True):
        slope = (mean(plane * plane) - mean(plane) ** 2) / (mean(plane * plane) - mean(plane) ** 2 + contrast**2)
        offset = mean(plane) - slope * mean(plane)
        assert np.allclose(found, (mean(slope) * plane + mean(offset)).clip(0, 1), atol=1e-5)


def test_denoise_smooths_noise_and_keeps_edges(apply, generator):
    step = torch.where(torch.arange(96) < 48, 0.2, 0.8).expand(3, 96, 96)
    noisy = step + 0.02 * torch.from_numpy(generator.standard_normal(step.shape)).float()
    denoised = apply("denoise", noisy, 0.1)
    assert float((denoised - step)[..., :36].std()) < 0.005
    assert float(denoised[..., 48].mean() - denoised[..., 47].mean()) > 0.5


@pytest.mark.parametrize("amount", [0.5, 2.0])
def test_oversharpen_adds_the_high_pass_of_scipy_to_the_lightness_of_scikit_image(amount, pale, apply):
    lab = skimage.color.rgb2lab(pale.permute(1, 2, 0).double().numpy())
    blurred = scipy.ndimage.gaussian_filter(lab[..., 0], 1, mode="mirror", radius=3)
    lab[..., 0] = (lab[..., 0] + amount * (lab[..., 0] - blurred)).clip(0, 100)
    expected = skimage.color.lab2rgb(lab)
    assert np.allclose(apply("oversharpen", pale, amount).permute(1, 2, 0), expected, atol=2e-3)


def test_oversharpen_raises_the_contrast_of_lightness_only(small, apply):
    before, after = rgb_to_lab(small), rgb_to_lab(apply("oversharpen", small, 1.0))
    assert float(after[0].std()) > float(before[0].std())
    assert float((after[1:] - before[1:]).abs().median()) < 0.5


@pytest.mark.parametrize("angle", [0.0, 0.5])
@pytest.mark.parametrize(("period", "added"), [(6, 1.0), (3, 0.0), (60, 0.0)])
def test_ringing_adds_its_gain_at_its_own_period_and_nothing_far_from_it(period, added, angle, apply):
    assert _ringing_gain(apply, period, angle) == pytest.approx(added, abs=0.06)


@pytest.mark.parametrize("period", [8, 10, 14])
def test_ringing_takes_no_period_away(period, apply):
    assert _ringing_gain(apply, period, 0.0) > -0.1


def test_ringing_repeats_an_edge_and_leaves_flat_parts(apply):
    step = torch.where(torch.arange(128) < 64, 0.3, 0.7).expand(3, 48, 128)
    added = (apply("ringing", step, 0.5) - step)[0, 24].double().numpy()
    assert np.abs(added[[10, 40, 88, 118]]).max() < 1e-3
    side = added[64:78]
    turns = np.flatnonzero(np.diff(np.sign(side)))
    assert len(turns) >= 3
    assert 2 < np.diff(turns).mean() < 4  # half a period of 6 px
    assert np.abs(side[:6]).max() > 2 * np.abs(side[6:]).max() > 0.004


@pytest.mark.parametrize("amount", [1.0, 2.5])
def test_demosaic_artefacts_are_the_error_of_bilinear_demosaicing(amount, small, apply):
    """The mosaic is taken apart by hand and each colour interpolated by SciPy from the samples that are there."""
    known = np.zeros((3, 192, 192), bool)
    known[0, ::2, ::2] = known[1, ::2, 1::2] = known[1, 1::2, ::2] = known[2, 1::2, 1::2] = True
    tent, cross = np.outer([0.5, 1, 0.5], [0.5, 1, 0.5]), np.array([[0, 1, 0], [1, 4, 1], [0, 1, 0]]) / 4
    interpolated = np.stack(
        [
            scipy.ndimage.convolve(np.where(mask, plane, 0.0), kernel, mode="mirror")
            for plane, mask, kernel in zip(small.numpy(), known, (tent, cross, tent), strict=True)
        ]
    )
    expected = (small.numpy() + amount * (interpolated - small.numpy())).clip(0, 1)
    assert np.allclose(apply("demosaic_artefacts", small, amount), expected, atol=1e-5)


def _ringing_gain(apply, period, angle):
    """What ringing of gain 1 adds to a grating of `period` px, over the grating."""
    y, x = np.indices((128, 128))
    wave = 0.1 * np.cos(2 * math.pi * (x * math.cos(angle) + y * math.sin(angle)) / period)
    level = apply("ringing", torch.from_numpy(np.tile(0.5 + wave, (3, 1, 1))).float(), 1.0)
    inside = (slice(20, -20), slice(20, -20))
    return ((level.mean(0).numpy() - 0.5 - wave) * wave)[inside].sum() / (wave**2)[inside].sum()
