"""Times one library in its own environment: started by `distortions.py` with the arguments LIBRARY PHOTOS.

It answers on standard output, one line of JSON each: first its versions, then for each question on standard input
(`[call, settings, form, seconds]`) the shortest time on each photo, ms. It imports nothing but the library and what that needs.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from importlib import metadata

import cv2
import numpy as np

RELIED_ON = ("numpy", "opencv-python-headless", "scipy", "pillow", "torch", "scikit-image", "albucore")
Timed = Callable[[object], object]


def blemish(call: str, settings: dict) -> Timed:
    """The kernel and its clamp, on a float32 tensor (3, H, W)."""
    from blemish.synth_distort import DISTORTIONS

    distortion = DISTORTIONS[call]
    return lambda photo: distortion(photo, settings["value"], np.random.default_rng(0))


def imagecorruptions(call: str, settings: dict) -> Timed:
    """The public function, on uint8 (H, W, 3), the only form that it takes."""
    # It is of 2020: NumPy 2 and scikit-image 0.20 renamed what it calls.
    np.float_ = np.float64
    from imagecorruptions import corrupt, corruptions

    corruptions.gaussian = _gaussian

    return lambda photo: corrupt(photo, corruption_name=call, **settings)


def _gaussian(image: np.ndarray, *, sigma: float, multichannel: bool) -> np.ndarray:
    from skimage.filters import gaussian

    return gaussian(image, sigma=sigma, channel_axis=-1 if multichannel else None)


def albumentations(call: str, settings: dict) -> Timed:
    """A transform that always acts, made beforehand, on uint8 or float32 (H, W, 3)."""
    import albumentations

    fixed = {name: tuple(value) if isinstance(value, list) else value for name, value in settings.items()}
    transform = getattr(albumentations, call)(p=1, **fixed)
    return lambda photo: transform(image=photo)["image"]


LIBRARIES = {"blemish": blemish, "imagecorruptions": imagecorruptions, "albumentations": albumentations}


def photos_as(form: str, pixels: np.ndarray) -> list:
    """`pixels`, (photos, H, W, 3) uint8, in the `form` that a library takes: "tensor", "float32" or "uint8"."""
    if form == "uint8":
        return list(pixels)
    floats = pixels.astype(np.float32) / 255
    if form == "float32":
        return list(floats)
    import torch

    torch.set_num_threads(1)
    return [torch.from_numpy(photo).permute(2, 0, 1).contiguous() for photo in floats]


def shortest(call: Timed, photo: object, seconds: float) -> float:
    """Of as many calls as begin within `seconds`, one at least, the time of the shortest, ms."""
    best, end = float("inf"), time.perf_counter() + seconds
    while best == float("inf") or time.perf_counter() < end:
        begin = time.perf_counter()
        call(photo)
        best = min(best, time.perf_counter() - begin)
    return 1000 * best


def main(library: str, photos: str) -> None:
    """Answer until standard input ends."""
    cv2.setNumThreads(1)
    installed = {package.name.lower(): package.version for package in metadata.distributions()}
    replies, pixels, forms = sys.stdout, np.load(photos), {}
    print(json.dumps({name: installed[name] for name in (library, *RELIED_ON) if name in installed}), flush=True)
    with redirect_stdout(None):  # imagecorruptions prints as it works
        for line in sys.stdin:
            call, settings, form, seconds = json.loads(line)
            if form not in forms:
                forms[form] = photos_as(form, pixels)
            timed = LIBRARIES[library](call, settings)
            times = [shortest(timed, photo, seconds / len(pixels)) for photo in forms[form]]
            print(json.dumps(times), file=replies, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
