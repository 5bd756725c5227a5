"""What happens to a photo after the distortion."""

import io

import numpy as np
import pytest
import torch
from PIL import Image

from blemish.synth_distort.photo import from_pil, to_pil
from blemish.synth_distort.post_processing import (
    POST_PROCESSINGS,
    RANDOM,
    Resize,
    Save,
    Sharpen,
    named_post_processing,
    post_process,
    post_processing_in_words,
    random_post_processing,
)


def test_a_post_processing_is_its_steps_in_turn(small):
    post_processing = POST_PROCESSINGS["resize88_jpeg90"]
    assert torch.equal(post_process(small, post_processing), Save("JPEG", 90)(Resize(0.88)(small)))
    assert post_process(small, POST_PROCESSINGS["png"]) is small


@pytest.mark.parametrize("name", sorted(POST_PROCESSINGS.keys() - {"png"}))
def test_a_post_processing_leaves_a_photo_of_its_kind_that_is_no_longer_the_same(name, small):
    lived = post_process(small, POST_PROCESSINGS[name])
    factor = {"resize88_jpeg90": 0.88, "screenshot": 0.75, "social_network": 0.5}.get(name, 1)
    assert lived.shape == (3, round(192 * factor), round(192 * factor))
    assert lived.dtype == torch.float32
    assert 0 <= float(lived.min()) < float(lived.max()) <= 1
    back = torch.nn.functional.interpolate(lived[None], size=(192, 192), mode="bicubic")[0]
    assert 1e-4 < float((back - small).square().mean()) ** 0.5 < 0.1


def test_saving_twice_is_not_saving_once(small):
    assert not torch.equal(post_process(small, POST_PROCESSINGS["jpeg_twice"]), Save("JPEG", 80)(small))


@pytest.mark.parametrize(
    ("codec", "quality", "settings"),
    [("JPEG", 92, {}), ("WEBP", 80, {}), ("AVIF", 60, {"speed": 8, "max_threads": 1})],
)
def test_saving_is_pillows(codec, quality, settings, small):
    stream = io.BytesIO()
    to_pil(small).save(stream, codec, quality=quality, **settings)
    assert torch.equal(Save(codec, quality)(small), from_pil(Image.open(stream)))


def test_resizing_is_near_pillows_bicubic(small):
    expected = from_pil(to_pil(small).resize((96, 96), Image.Resampling.BICUBIC))
    error = (Resize(0.5)(small) - expected).abs()  # Pillow rounds twice, and clips in between
    assert float(error.mean()) < 0.5 / 255
    assert float(error.max()) < 8 / 255


def test_resizing_is_antialiased():
    """A pattern too fine for the smaller size turns grey; without antialiasing it would turn into another pattern."""
    stripes = torch.zeros(3, 128, 128)
    stripes[:, :, ::2] = 1
    inside = Resize(0.25)(stripes)[:, 4:-4, 4:-4]
    assert float((inside - 0.5).abs().max()) < 0.05


def test_sharpening_leaves_flat_parts_alone(small):
    assert torch.allclose(Sharpen(0.5)(torch.full((3, 32, 32), 0.4)), torch.tensor(0.4), atol=1e-6)
    assert float(Sharpen(0.5)(small).std()) > float(small.std())


def test_random_post_processings_are_seeded_and_of_all_kinds():
    post_processings = [random_post_processing(np.random.default_rng(seed)) for seed in range(300)]
    assert post_processings == [random_post_processing(np.random.default_rng(seed)) for seed in range(300)]
    steps = [step for post_processing in post_processings for step in post_processing]
    assert {type(step) for step in steps} == {Resize, Save, Sharpen}
    assert {step.codec for step in steps if isinstance(step, Save)} == {"JPEG", "WEBP", "AVIF"}
    assert 60 < sum(post_processing == () for post_processing in post_processings) < 160


def test_a_post_processing_is_found_by_its_name_or_drawn(generator):
    for name, post_processing in POST_PROCESSINGS.items():
        assert named_post_processing(name, generator) == post_processing
    assert named_post_processing(RANDOM, np.random.default_rng(4)) == random_post_processing(np.random.default_rng(4))
    with pytest.raises(ValueError, match=r"no post-processing is called 'papyrus'; there are png, jpeg92, .*, random"):
        named_post_processing("papyrus", generator)


def test_a_post_processing_is_told_in_words():
    assert post_processing_in_words(POST_PROCESSINGS["png"]) == ""
    assert post_processing_in_words(POST_PROCESSINGS["resize88_jpeg90"]) == "resized × 0.88, saved as JPEG 90"
    assert post_processing_in_words(POST_PROCESSINGS["phone"]) == "sharpened by 0.4, saved as JPEG 92"
    assert post_processing_in_words((Resize(0.87654), Save("AVIF", 81))) == "resized × 0.877, saved as AVIF 81"
