"""What several tests need: sample photos that ship with scikit-image, and the data that lies beside a checkout."""

from pathlib import Path

import numpy as np
import pytest
import skimage.data
import torch

from blemish.synth_distort import as_photo

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def coffee() -> torch.Tensor:
    """A photo of a cup, (3, 400, 600), without visible damage."""
    return as_photo(skimage.data.coffee()).image


@pytest.fixture(scope="session")
def cat() -> torch.Tensor:
    """A photo of a cat, (3, 300, 451), that neither camera nor codec left a trace on."""
    return as_photo(skimage.data.chelsea()).image


@pytest.fixture(scope="session")
def small(coffee) -> torch.Tensor:
    """A detail of it, (3, 192, 192)."""
    return coffee[:, 80:272, 200:392].contiguous()


@pytest.fixture(scope="session")
def ratings() -> Path:
    """KADID-10k's levels as people rated them."""
    return _beside_the_checkout("kadid10k_levels.csv")


@pytest.fixture(scope="session")
def pristine() -> Path:
    """Pristine photos of several collections."""
    return _beside_the_checkout("pristine")


@pytest.fixture(scope="session")
def live_itw() -> Path:
    """Photos of LIVE In the Wild with people's scores."""
    return _beside_the_checkout("live_itw")


@pytest.fixture(scope="session")
def backbone_weights() -> Path:
    """Weights of classifiers, by name."""
    return _beside_the_checkout("weights")


@pytest.fixture
def generator() -> np.random.Generator:
    return np.random.default_rng(0)


def _beside_the_checkout(name: str) -> Path:
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"../shared/data/{name} is not beside this checkout")
    return path
