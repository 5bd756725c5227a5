"""Spatial distortions against Pillow, SciPy, counts and statistics."""

import cv2
import numpy as np
import pytest
import scipy.ndimage
import torch
from PIL import Image

from blemish.synth_distort.photo import from_pil, to_pil

RESAMPLING = Image.Resampling


def changed(image, damaged):
    return (damaged != image).any(0).numpy()


def there_and_back(image, scale, method):
    picture = to_pil(image)
    reduced = picture.resize((round(picture.width * scale), round(picture.height * scale)), method)
    return from_pil(reduced.resize(picture.size, method))


def test_pixelate_repeats_its_samples(small, apply):
    halved = apply("pixelate", small, 0.5)
    assert torch.equal(halved[:, ::2, ::2], halved[:, 1::2, 1::2])


@pytest.mark.parametrize("scale", [0.5, 0.25, 0.125])
def test_pixelate_is_pillows_nearest_neighbour(scale, small, apply):
    assert torch.equal(apply("pixelate", small, scale), there_and_back(small, scale, RESAMPLING.NEAREST))


@pytest.mark.parametrize("scale", [0.6, 0.25, 0.1])
def test_downscale_is_down_as_pillow_does_and_up_as_opencv_does(scale, small, apply):
    """Both bicubic; Pillow's is antialiased with a = -0.5, and OpenCV's has a = -0.75, as PyTorch's has where it is not."""
    side = round(192 * scale)
    for plane, found in zip(small.numpy(), apply("downscale", small, scale), strict=True):
        reduced = Image.fromarray(plane).resize((side, side), RESAMPLING.BICUBIC)
        expected = cv2.resize(np.asarray(reduced), (192, 192), interpolation=cv2.INTER_CUBIC)
        assert np.allclose(found, expected.clip(0, 1), atol=1e-4)


def test_jitter_displaces_by_steps_that_add_up(apply):
    """On a ramp a step shows as noise of its variance, of which each later one, by bilinear reading, leaves (2/3)^2."""
    ramp = (torch.arange(256) / 512 + 0.25).expand(3, 256, 256)
    for image in (ramp, ramp.mT):
        displacement = (512 * (apply("jitter", image, 2.0) - image))[:, 24:-24, 24:-24].numpy()
        assert displacement.mean() == pytest.approx(0, abs=0.1)
        assert displacement.var() == pytest.approx(2.0**2 * sum((4 / 9) ** step for step in range(5)), rel=0.04)


@pytest.mark.parametrize("name", ["patch_displacement", "color_block"])
def test_more_patches_are_the_same_ones_and_further_ones(name, speckled, apply):
    fewer, more = (changed(speckled, apply(name, speckled, count)) for count in (3, 8))
    assert (fewer & more).sum() == fewer.sum() < more.sum()


@pytest.mark.parametrize(("name", "side"), [("patch_displacement", 16), ("color_block", 32)])
def test_patches_are_as_many_as_asked_for_per_area(name, side, speckled, apply):
    for count, image in ((1, speckled), (2, speckled[:, :, :256]), (4, speckled[:, :192, :256])):
        assert changed(image, apply(name, image, count)).sum() == side**2
    assert changed(speckled, apply(name, speckled, 0.25)).sum() == side**2 / 4
    apart = changed(speckled, apply(name, speckled, 12)).sum() / side**2
    assert 0.8 * 12 < apart <= 12


def test_patch_displacement_puts_a_neighbour_in_place(speckled, apply):
    for seed in range(4):
        damaged = apply("patch_displacement", speckled, 1, seed)
        (top, bottom), (left, right) = _bounds(changed(speckled, damaged))
        assert (bottom - top, right - left) == (16, 16)
        patch = damaged[:, top:bottom, left:right]
        sources = [
            (down, across)
            for down in range(-8, 9)
            for across in range(-8, 9)
            if top + down >= 0
            and left + across >= 0
            and torch.equal(patch, speckled[:, top + down : bottom + down, left + across : right + across])
        ]
        assert len(sources) == 1


def test_color_block_lays_one_colour_on_a_square(speckled, apply):
    colours = []
    for seed in range(4):
        damaged = apply("color_block", speckled, 1, seed)
        (top, bottom), (left, right) = _bounds(changed(speckled, damaged))
        assert (bottom - top, right - left) == (32, 32)
        block = damaged[:, top:bottom, left:right].numpy()
        assert np.ptp(block, axis=(1, 2)).max() == 0
        colours.append(block[:, 0, 0])
    assert np.ptp(colours, axis=0).min() > 0.1


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_moire_has_fringes_of_the_contrast_and_the_periods_that_it_should(seed, grey, apply):
    """Two cosines of half the contrast have a variance of its square over 4; their periods are 7 to 1.3 × 14 px."""
    fringes = (apply("moire", grey, 0.4, seed) / grey - 1).double().numpy()
    assert fringes.var(axis=(1, 2)) == pytest.approx(0.4**2 / 4, rel=0.1)
    window = np.outer(np.hanning(256), np.hanning(256))
    power = np.abs(np.fft.fft2(fringes[0] * window)) ** 2
    frequency = np.hypot(np.fft.fftfreq(256)[:, None], np.fft.fftfreq(256)[None, :])
    assert 6.5 < 1 / frequency.ravel()[power.argmax()] < 1.1 * 1.3 * 14
    assert power[(frequency > 1 / 24) & (frequency < 1 / 5)].sum() > 0.97 * power.sum()
    assert np.corrcoef(fringes.reshape(3, -1))[0, 1:].max() < 0.9


def test_moire_multiplies(pale, apply):
    full, half = apply("moire", pale, 0.3), apply("moire", pale / 2, 0.3)
    assert torch.allclose(full / 2, half, atol=1e-6)


@pytest.mark.parametrize("shift", [1.0, 5.5])
def test_interlace_shifts_rows_as_scipy_does(shift, small, apply):
    interlaced, planes = apply("interlace", small, shift), small.double().numpy()
    for field, way in ((0, -0.5), (1, 0.5)):
        expected = scipy.ndimage.shift(planes[:, field::2], (0, 0, way * shift), order=1, mode="mirror")
        assert np.allclose(interlaced[:, field::2], expected, atol=1e-5)


def _bounds(mask):
    """First and one past the last row and column in which `mask` is set."""
    return [(int(lines.min()), int(lines.max()) + 1) for lines in np.nonzero(mask)]
