"""Quality models of others, from packages on PyPI that bundle what they need, as callables and as a program.

    blemish sensitivity models_of_others:brisque FOLDER                          # in this folder
    blemish sensitivity 'command:python models_of_others.py pypiqe' FOLDER

They are installed by hand, without what they would bring along (`pip install --no-deps brisque pypiqe cpbd image-quality
libsvm-official pyiqa`). Three were written for older NumPy, SciPy or scikit-image; what was renamed since is handed to
them under its old name, and nothing else of them is changed.
"""

from __future__ import annotations

import sys
from functools import cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

if TYPE_CHECKING:
    from torch import Tensor


def brisque(images: Tensor) -> list[float]:
    """BRISQUE (Mittal et al., TIP 2012) of the package brisque, lower is better."""
    return [float(_brisque().score(image)) for image in _pixels(images)]


def image_quality(images: Tensor) -> list[float]:
    """BRISQUE of the package image-quality, lower is better."""
    from PIL import Image

    return [float(_image_quality().score(Image.fromarray(image))) for image in _pixels(images)]


def cpbd(images: Tensor) -> list[float]:
    """Cumulative probability of blur detection (Narvekar and Karam, TIP 2011) of the package cpbd, higher is better."""
    return [float(_cpbd().compute(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY))) for image in _pixels(images)]


def pypiqe(paths: list[str]) -> list[float]:
    """PIQE (Venkatanath et al., NCC 2015) of the package pypiqe, lower is better, of image files."""
    from pypiqe import piqe

    return [float(piqe(cv2.imread(path))[0]) for path in paths]


@cache
def _brisque() -> Any:
    from brisque import BRISQUE

    class Flat(BRISQUE):
        def scale_features(self, features: Any) -> Any:  # NumPy made numbers of arrays with one element until 2.4
            return super().scale_features([float(np.ravel(one)[0]) for one in features])

    return Flat(url=False)


@cache
def _image_quality() -> Any:
    import skimage.color
    import skimage.transform
    from imquality import brisque as package

    def rescale(image: np.ndarray, scale: float, multichannel: bool | None = None, **settings: Any) -> np.ndarray:
        return skimage.transform.rescale(image, scale, **settings)  # `multichannel` is `channel_axis` since 0.19

    def rgb2gray(image: np.ndarray) -> np.ndarray:
        return image if image.ndim == 2 else skimage.color.rgb2gray(image)  # grey went through until 0.19

    package.svmutil.PRECOMPUTED = package.svmutil.kernel_names.PRECOMPUTED  # an enumeration since libsvm 3.36
    package.skimage = SimpleNamespace(
        color=SimpleNamespace(rgb2gray=rgb2gray), transform=SimpleNamespace(rescale=rescale)
    )
    return package


@cache
def _cpbd() -> Any:
    import scipy.ndimage

    if not hasattr(scipy.ndimage, "imread"):
        scipy.ndimage.imread = None  # imported by the package, for its own command line alone
    import cpbd as package

    return package


def _pixels(images: Tensor) -> list[np.ndarray]:
    return [np.ascontiguousarray((image * 255).round().byte().permute(1, 2, 0).numpy()) for image in images]


if __name__ == "__main__":
    measure = {"pypiqe": pypiqe}[sys.argv[1]]
    for score in measure(sys.stdin.read().split()):
        print(score)
