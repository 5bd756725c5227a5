"""Photographs pass the classifier, grey ones too; what is drawn does not."""

import numpy as np
import pytest
import skimage.data
import torch

from blemish.explain.photograph_classifier import photograph
from blemish.synth_distort import as_photo, distort


@pytest.mark.parametrize("name", ["coffee", "chelsea", "astronaut", "rocket", "coins", "moon"])
def test_photographs_are_photographs(name):
    assert photograph(as_photo(getattr(skimage.data, name)()).image).is_photograph


def test_a_distorted_photograph_is_still_one(coffee):
    for name in ("white_noise", "jpeg", "gaussian_blur", "underexposure"):
        assert photograph(distort(coffee, name, 0.75)).is_photograph


def drawn() -> dict[str, torch.Tensor]:
    y, x = np.mgrid[0:400, 0:600]
    page = np.full((400, 600), 1.0)
    page[40:360:12, 50:550] = np.random.default_rng(0).random((27, 500)) > 0.5
    chart = np.ones((400, 600, 3))
    chart[100:380, 60:120], chart[200:380, 200:260], chart[50:380, 340:400] = (
        (0.8, 0.2, 0.2),
        (0.2, 0.5, 0.8),
        (0.3, 0.7, 0.3),
    )
    return {
        "constant": torch.full((3, 400, 600), 0.4),
        "checkerboard": torch.from_numpy(((x // 40 + y // 40) % 2).astype(np.float32)).expand(3, -1, -1).contiguous(),
        "page": torch.from_numpy(page).float().expand(3, -1, -1).contiguous(),
        "chart": torch.from_numpy(chart).float().permute(2, 0, 1).contiguous(),
    }


@pytest.mark.parametrize("name", list(drawn()))
def test_what_is_drawn_is_no_photograph_and_the_reason_is_given(name):
    found = photograph(drawn()[name])
    assert not found.is_photograph
    assert found.because
