"""torch and SciPy, imported when first used: the table of distortions answers without waiting for them."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import scipy.interpolate
    import torch
else:
    import lazy_loader

    scipy = lazy_loader.load("scipy")
    torch = lazy_loader.load("torch")

__all__ = ["scipy", "torch"]
