"""Damage by other people's code: each edit changes a photo, and the registry has names for it."""

import numpy as np
import pytest
import skimage.data

from blemish.models.evaluation.other_code import EDITS
from blemish.synth_distort import DISTORTIONS


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.title)
def test_each_edit_damages_a_photo_in_a_way_that_has_a_name(edit):
    pixels = np.ascontiguousarray(skimage.data.astronaut()[40:136, 180:300])
    before = pixels.copy()
    damaged, again = (edit.make(pixels, np.random.default_rng(0)) for _ in range(2))
    assert damaged.shape == pixels.shape
    assert damaged.dtype == np.uint8
    assert np.array_equal(damaged, again)
    assert np.array_equal(pixels, before)
    assert np.abs(damaged.astype(int) - pixels).mean() > 0.5
    assert set(edit.names) <= set(DISTORTIONS)
