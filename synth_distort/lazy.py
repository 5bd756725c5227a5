"""Heavy packages, imported when first used: the registry of distortions is there without them."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import cv2
    import scipy.interpolate
    import scipy.optimize
    import scipy.special
    import sklearn.isotonic
    import torch
else:
    import lazy_loader

    cv2 = lazy_loader.load("cv2")
    scipy = lazy_loader.load("scipy")
    sklearn = lazy_loader.load("sklearn")
    torch = lazy_loader.load("torch")

__all__ = ["cv2", "scipy", "sklearn", "torch"]
