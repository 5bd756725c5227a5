"""Each kernel against an independent reference."""

import io
import math

import numpy as np
import pytest
import scipy.ndimage
import skimage.color
import torch
from PIL import Image

from blemish.synth_distort import DISTORTIONS
from blemish.synth_distort.blur import _disk, _line
from blemish.synth_distort.color_spaces import lab_to_rgb, rgb_to_lab, rgb_to_ycbcr, ycbcr_to_rgb
from blemish.synth_distort.convolution import convolve
from blemish.synth_distort.photo import from_pil, to_pil, to_uint8


def apply(name: str, image: torch.Tensor, value: float, generator: np.random.Generator) -> torch.Tensor:
    return DISTORTIONS[name].kernel(image, value, generator)


@pytest.mark.parametrize("sigma", [0.7, 2.0, 5.0])
def test_gaussian_blur_is_scipys(sigma, small, generator):
    expected = [
        scipy.ndimage.gaussian_filter(channel, sigma, mode="mirror", radius=math.ceil(3 * sigma))
        for channel in small.numpy()
    ]
    assert np.allclose(apply("gaussian_blur", small, sigma, generator), expected, atol=1e-5)


@pytest.mark.parametrize("side", [9, 23])
def test_convolution_is_scipys_whether_summed_or_transformed(side, small, generator):
    kernel = generator.random((side, side), dtype=np.float32)
    kernel /= kernel.sum()
    expected = [scipy.ndimage.correlate(channel, kernel, mode="mirror") for channel in small.numpy()]
    assert np.allclose(convolve(small, torch.from_numpy(kernel)), expected, atol=1e-4)


def test_a_disk_covers_what_its_radius_says():
    for radius in (1.3, 4.0, 7.5):
        disk = _disk(radius)
        assert float(1 / disk.max()) == pytest.approx(math.pi * radius**2, rel=0.02)
    assert float(_disk(0.1)[1, 1]) == 1


def test_a_line_has_the_length_and_angle_that_were_asked_for():
    for angle in (0.0, 0.6, 2.0):
        line = _line(9.0, angle=angle)
        offsets = torch.arange(line.shape[0], dtype=torch.float32) - line.shape[0] // 2
        x = (line.sum(0) * offsets**2).sum()
        y = (line.sum(1) * offsets**2).sum()
        assert float(x + y) == pytest.approx(8**2 / 12, abs=0.45)  # the variance of a line of 8 px between its ends
        assert math.atan2(float(y), float(x)) == pytest.approx(
            math.atan2(math.sin(angle) ** 2, math.cos(angle) ** 2), abs=0.15
        )


def test_white_noise_has_the_variance_that_was_asked_for(generator):
    grey = torch.full((3, 256, 256), 0.5)
    assert float((apply("white_noise", grey, 0.004, generator) - grey).var()) == pytest.approx(0.004, rel=0.02)


def test_chroma_noise_is_mostly_colour(generator):
    grey = torch.full((3, 256, 256), 0.5)
    noise = rgb_to_ycbcr(apply("chroma_noise", grey, 0.002, generator)) - rgb_to_ycbcr(grey)
    assert [float(plane.var()) for plane in noise] == pytest.approx([0.002] * 3, rel=0.05)


def test_impulse_noise_sets_the_fraction_that_was_asked_for(generator):
    grey = torch.full((3, 256, 256), 0.5)
    noisy = apply("impulse_noise", grey, 0.1, generator)
    assert float((noisy == 0).float().mean()) == pytest.approx(0.05, rel=0.05)
    assert float((noisy == 1).float().mean()) == pytest.approx(0.05, rel=0.05)
    assert float(((noisy != 0) & (noisy != 1)).float().mean()) == pytest.approx(0.9, rel=0.01)


@pytest.mark.parametrize("quality", [4, 24, 43, 75, 95])
def test_jpeg_at_a_whole_quality_is_libjpegs(quality, small, generator):
    stream = io.BytesIO()
    to_pil(small).save(stream, "JPEG", quality=quality, subsampling="4:2:0")
    assert torch.equal(apply("jpeg", small, quality, generator), from_pil(Image.open(stream)))


def test_jpeg2000_is_openjpegs_at_the_ratio(small, generator):
    stream = io.BytesIO()
    to_pil(small).save(stream, "JPEG2000", quality_mode="rates", quality_layers=[40], irreversible=True)
    assert stream.tell() == pytest.approx(small.numel() / 40, rel=0.1)
    assert torch.equal(apply("jpeg2000", small, 40, generator), from_pil(Image.open(stream)))


def test_tone_curves_pass_through_mid_grey(generator):
    grey = torch.full((3, 8, 8), 0.5)
    assert torch.allclose(apply("brighten", grey, 0.4, generator), torch.tensor(0.7))
    assert torch.allclose(apply("darken", grey, 0.4, generator), torch.tensor(0.3))


def test_tone_curves_never_turn_back(generator):
    ramp = torch.linspace(0, 1, 256).expand(3, 4, 256)
    for name, value in (("brighten", 1.6), ("darken", 1.5)):
        assert bool((apply(name, ramp, value, generator).diff() >= -1e-6).all())


def test_oversharpen_raises_the_contrast_of_lightness_only(small, generator):
    before, after = rgb_to_lab(small), rgb_to_lab(apply("oversharpen", small, 1.0, generator))
    assert float(after[0].std()) > float(before[0].std())
    assert float((after[1:] - before[1:]).abs().median()) < 0.5


def test_pixelate_repeats_its_samples(small, generator):
    halved = apply("pixelate", small, 0.5, generator)
    assert torch.equal(halved[:, ::2, ::2], halved[:, 1::2, 1::2])


def test_lab_is_scikit_images(small):
    expected = skimage.color.rgb2lab(to_uint8(small))
    assert np.allclose(rgb_to_lab(small).permute(1, 2, 0), expected, atol=0.05)


def test_color_spaces_come_back(small):
    assert torch.allclose(lab_to_rgb(rgb_to_lab(small)), small, atol=1e-4)
    assert torch.allclose(ycbcr_to_rgb(rgb_to_ycbcr(small)), small, atol=1e-5)
    assert torch.allclose(rgb_to_ycbcr(torch.ones(3, 1, 1)).flatten(), torch.tensor([235, 128, 128]) / 255, atol=1e-5)
