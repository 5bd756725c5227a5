"""Maps made without the model: what any method has to beat."""

from __future__ import annotations

import numpy as np
import scipy.ndimage
from torch import Tensor

BASELINE_MAPS = ("random", "centre", "edge strength")
_PATCH = 32  # px of the random map's squares, which are as coarse as the methods' own


def baseline_map(name: str, image: Tensor, *, seed: int) -> np.ndarray:
    """One of BASELINE_MAPS for `image` (3, H, W): (H, W)."""
    height, width = image.shape[1:]
    if name == "random":
        rows, columns = -(-height // _PATCH), -(-width // _PATCH)
        squares = np.random.default_rng(seed).normal(size=(rows, columns))
        return squares.repeat(_PATCH, 0).repeat(_PATCH, 1)[:height, :width]
    if name == "centre":
        y, x = np.linspace(-1, 1, height)[:, None], np.linspace(-1, 1, width)[None, :]
        return np.exp(-(x**2 + y**2))
    if name == "edge strength":
        luma = image.mean(0).numpy()
        return scipy.ndimage.gaussian_filter(scipy.ndimage.gaussian_gradient_magnitude(luma, 1.0), 8)
    raise ValueError(f"map is {name!r}; it must be one of {', '.join(BASELINE_MAPS)}")
