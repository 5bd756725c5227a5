"""What a photo can come from, and where in it a finding is."""

import io

import numpy as np
import pytest
import torch

from blemish.explain.parts import locally_high, placed_part
from blemish.explain.sources import read_source
from blemish.models.distortion_model.prediction import Prediction
from blemish.models.score import Estimate
from blemish.synth_distort import PhotoError
from blemish.synth_distort.photo import encoded_png, to_pil, to_uint8


def test_all_sources_of_a_photo_give_the_same_pixels(small, tmp_path):
    content = encoded_png(small)
    path = tmp_path / "a.png"
    path.write_bytes(content)
    for source in (path, str(path), content, io.BytesIO(content), to_pil(small), to_uint8(small), small):
        photo, kept = read_source(source)
        assert np.array_equal(to_uint8(photo.image), to_uint8(small))
        assert kept in (None, content)


def test_addresses_and_bytes_that_are_no_photo_are_refused_in_a_sentence():
    with pytest.raises(PhotoError, match="is an address"):
        read_source("https://example.org/a.jpg")
    with pytest.raises(PhotoError, match=r"^the photo: "):
        read_source(b"no photo at all")


def predicted(local: torch.Tensor) -> Prediction:
    zero = torch.zeros(1)
    severity = Estimate(0.1, (0.0, 0.3))
    return Prediction(("jpeg",), zero, zero, 0.9, 0.5, severity, None, 0.1, 0.9, True, local, torch.ones_like(local))


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ((slice(None), slice(0, 12)), "in the left part"),
        ((slice(0, 8), slice(20, None)), "in the upper right"),
        ((slice(None), slice(None)), "everywhere"),
    ],
)
def test_a_part_is_found_and_named(place, words):
    local = torch.full((1, 20, 30), 0.05)
    local[0][place] = 0.9
    part = placed_part(predicted(local), ("jpeg",), height=32 * 23, width=32 * 33)
    assert part.where == words
    assert part.share == pytest.approx(float((local > 0.5).float().mean()), abs=0.1)
    left, top, right, bottom = part.box
    assert part.mask[(top + bottom) // 64, (left + right) // 64]


def test_a_small_part_that_is_high_counts():
    local = torch.full((1, 20, 30), 0.02)
    assert locally_high(predicted(local)) < 0.1
    local[0, 3:9, 4:12] = 0.8
    assert locally_high(predicted(local)) > 0.6
