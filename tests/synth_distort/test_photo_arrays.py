"""Whatever array comes: it becomes a photo, or is refused in one line."""

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from blemish.synth_distort import PhotoError, as_photo
from blemish.synth_distort.photo import SMALLEST_SIDE

SIDE = st.integers(SMALLEST_SIDE, SMALLEST_SIDE + 9)
LARGEST = {"uint8": 255, "uint16": 65535, "float32": 1, "float64": 1}


@st.composite
def good(draw):
    """An array that is documented to be a photo, and the largest value of its type."""
    dtype = draw(st.sampled_from(sorted(LARGEST)))
    shape = (draw(SIDE), draw(SIDE), *draw(st.sampled_from([(), (3,)])))
    values = np.random.default_rng(draw(st.integers(0, 99))).random(shape) * LARGEST[dtype]
    return values.astype(dtype), LARGEST[dtype]


@settings(max_examples=40, deadline=None)
@given(good())
def test_every_documented_array_is_read_to_the_bit(case):
    array, largest = case
    photo = as_photo(array)
    assert photo.image.dtype == torch.float32
    assert photo.image.shape == (3, *array.shape[:2])
    planes = np.broadcast_to(array[..., None] if array.ndim == 2 else array, (*array.shape[:2], 3))
    assert np.allclose(photo.image.permute(1, 2, 0).numpy(), planes / largest, atol=1e-6)
    assert as_photo(array).sha256 == photo.sha256


@settings(max_examples=40, deadline=None)
@given(good(), st.sampled_from([np.nan, np.inf, -np.inf, -0.5, 1.5]), st.randoms(use_true_random=False))
def test_one_value_that_is_no_sample_is_refused(case, value, random):
    array = case[0].astype("float32") / case[1]
    array[tuple(random.randrange(length) for length in array.shape)] = value
    assert refusal(array)
    if array.ndim == 3:
        assert refusal(torch.from_numpy(array).permute(2, 0, 1))


@settings(max_examples=80, deadline=None)
@given(
    arrays.arrays(
        dtype=st.sampled_from(
            ["bool", "int8", "int64", "uint8", "uint16", "uint32", "float16", "float32", "complex64"]
        ),
        shape=arrays.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=20),
        elements=None,
        fill=st.just(0),
    )
)
def test_any_other_array_is_a_photo_or_refused_in_one_line(array):
    message, image = None, None
    try:
        image = as_photo(array).image
    except (PhotoError, TypeError, ValueError) as error:
        message = str(error)
    if image is None:
        assert message
        assert "\n" not in message
    else:
        assert image.shape[0] == 3
        assert 0 <= float(image.min()) <= float(image.max()) <= 1


def refusal(image) -> str:
    try:
        as_photo(image)
    except ValueError as error:
        return str(error)
    return ""
