"""Codecs against Pillow's own."""

import io

import numpy as np
import pytest
import torch
from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile

from blemish.synth_distort.distortions.compression import encoded_jpeg, encoded_webp
from blemish.synth_distort.photo import from_pil, to_pil


def saved(image, codec, **settings):
    stream = io.BytesIO()
    to_pil(image).save(stream, codec, **settings)
    return stream


@pytest.mark.parametrize("quality", [4, 24, 43, 75, 95])
def test_jpeg_at_a_whole_quality_is_libjpegs(quality, small, apply):
    stream = saved(small, "JPEG", quality=quality, subsampling="4:2:0")
    assert torch.equal(apply("jpeg", small, quality), from_pil(Image.open(stream)))


@pytest.mark.parametrize("quality", [3, 43])
def test_jpeg_between_two_qualities_has_steps_between_theirs(quality, small):
    lower, between, upper = (
        np.array(list(JpegImageFile(io.BytesIO(encoded_jpeg(small, quality + part))).quantization.values()))
        for part in (0, 0.5, 1)
    )
    assert (upper <= between).all()
    assert (between <= lower).all()
    assert upper.sum() < between.sum() < lower.sum()


def test_jpeg2000_is_openjpegs_at_the_ratio(small, apply):
    stream = saved(small, "JPEG2000", quality_mode="rates", quality_layers=[40], irreversible=True)
    assert stream.tell() == pytest.approx(small.numel() / 40, rel=0.1)
    assert torch.equal(apply("jpeg2000", small, 40), from_pil(Image.open(stream)))


@pytest.mark.parametrize("quality", [2, 40, 80])
def test_webp_is_pillows(quality, small, apply):
    stream = saved(small, "WEBP", quality=quality)
    assert torch.equal(apply("webp", small, quality), from_pil(Image.open(stream)))


def test_webp_honours_fractions_of_a_quality(small):
    lower, between, upper = (len(encoded_webp(small, quality)) for quality in (30, 31.5, 33))
    assert lower < between < upper


@pytest.mark.parametrize(("value", "quality"), [(10, 10), (44.6, 45), (80, 80)])
def test_avif_is_pillows(value, quality, small, apply):
    stream = saved(small, "AVIF", quality=quality, subsampling="4:2:0", speed=8, max_threads=1)
    assert torch.equal(apply("avif", small, value), from_pil(Image.open(stream)))
