"""What the tests of the kernels share."""

from collections.abc import Callable

import numpy as np
import pytest
import torch

from blemish.synth_distort import DISTORTIONS

Apply = Callable[..., torch.Tensor]


@pytest.fixture(scope="session")
def apply() -> Apply:
    """`apply(name, image, value, seed=0)`: the image damaged by the table's entry."""
    return lambda name, image, value, seed=0: DISTORTIONS[name](image, value, np.random.default_rng(seed))


@pytest.fixture(scope="session")
def light() -> Callable[[torch.Tensor], np.ndarray]:
    """sRGB to linear light by the formula of IEC 61966-2-1, in NumPy."""

    def decoded(image: torch.Tensor) -> np.ndarray:
        samples = image.numpy().astype(np.float64)
        return np.where(samples <= 0.04045, samples / 12.92, ((samples + 0.055) / 1.055) ** 2.4)

    return decoded


@pytest.fixture(scope="session")
def grey() -> torch.Tensor:
    """(3, 256, 256) of mid-grey."""
    return torch.full((3, 256, 256), 0.5)


@pytest.fixture(scope="session")
def speckled() -> torch.Tensor:
    """(3, 384, 512), the size of the rated photos, no two neighbours alike, so that whatever moves shows."""
    return torch.from_numpy(np.random.default_rng(5).random((3, 384, 512), dtype=np.float32))


@pytest.fixture(scope="session")
def pale(small) -> torch.Tensor:
    """`small` with less contrast and colour, so that what is added to it stays inside sRGB."""
    return 0.5 + 0.4 * (small - 0.5)
