"""What a photo can come from."""

import io

import numpy as np
import pytest

from blemish.explain.photo_sources import read_source
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
