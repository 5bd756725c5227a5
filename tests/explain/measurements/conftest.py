"""Measuring one thing of an image."""

from collections.abc import Callable

import pytest
import torch

from blemish.explain.measurements import MEASUREMENTS, Pixels


@pytest.fixture(scope="session")
def value() -> Callable[[str, torch.Tensor], float]:
    """The measurement called `name` of `image` (3, H, W) in [0, 1]."""
    return lambda name, image: MEASUREMENTS[name].function(Pixels(image.numpy()))
