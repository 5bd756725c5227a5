"""A map from a sample of cells: where they lie it is the map of all cells, and between them it goes on."""

import numpy as np
import pytest
import torch

from blemish.explain.sampled_patches import over_the_photo
from blemish.models.distortion_model.files import load_model
from blemish.synth_distort import distort


@pytest.mark.slow
def test_a_map_of_a_sample_is_that_of_the_photo_where_it_was_sampled(coffee):
    photo = coffee.repeat(1, 6, 4)[:, :2300, :2080].contiguous()
    photo[:, :, 1700:] = distort(photo[:, :, 1600:].contiguous(), "white_noise", 0.7)[:, :, 100:]
    model, size = load_model(), {"height": 2300, "width": 2080}
    sampled, whole = over_the_photo(model.predict(photo, sampled=True), **size), model.predict(photo)
    one, all_cells = sampled.expected_severity("white_noise"), whole.expected_severity("white_noise")
    assert one.shape == all_cells.shape
    assert torch.allclose(
        one[:15, :15], all_cells[:15, :15], atol=1e-4
    )  # the first tile, but for those with neighbours outside
    assert torch.allclose(one[-15:, -15:], all_cells[-15:, -15:], atol=1e-4)  # and the last
    assert np.corrcoef(one.ravel(), all_cells.ravel())[0, 1] > 0.9
    assert over_the_photo(whole, **size) is whole
