"""What happens to a photo after the distortion."""

import io

import numpy as np
import torch
from PIL import Image

from blemish.synth_distort.life import LIVES, Resize, Save, Sharpen, live, random_life
from blemish.synth_distort.photo import from_pil, to_pil


def test_a_life_is_its_steps_in_turn(small):
    life = LIVES["resize88_jpeg90"]
    assert torch.equal(live(small, life), Save("JPEG", 90)(Resize(0.88)(small)))
    assert live(small, LIVES["png"]) is small


def test_saving_is_pillows(small):
    stream = io.BytesIO()
    to_pil(small).save(stream, "JPEG", quality=92)
    assert torch.equal(Save("JPEG", 92)(small), from_pil(Image.open(stream)))


def test_resizing_is_antialiased():
    """A pattern too fine for the smaller size turns grey; without antialiasing it would turn into another pattern."""
    stripes = torch.zeros(3, 128, 128)
    stripes[:, :, ::2] = 1
    inside = Resize(0.25)(stripes)[:, 4:-4, 4:-4]
    assert float((inside - 0.5).abs().max()) < 0.05


def test_sharpening_leaves_flat_parts_alone(small):
    assert torch.allclose(Sharpen(0.5)(torch.full((3, 32, 32), 0.4)), torch.tensor(0.4), atol=1e-6)
    assert float(Sharpen(0.5)(small).std()) > float(small.std())


def test_random_lives_are_seeded_and_of_all_kinds():
    lives = [random_life(np.random.default_rng(seed)) for seed in range(300)]
    assert lives == [random_life(np.random.default_rng(seed)) for seed in range(300)]
    assert {type(step) for life in lives for step in life} == {Resize, Save, Sharpen}
    assert 60 < sum(life == () for life in lives) < 160
