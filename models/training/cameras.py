"""What cameras, phones and sites do to every photo and nobody minds: the pixels of a photo that is undistorted.

At 100 % a good camera's photo is a little soft, a little noisy, a little sharpened, and a JPEG; and some photos look as they do
on purpose: black and white, grainy, with local contrast raised. None of it is damage.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from ...synth_distort import DISTORTIONS, severity_curve
from ...synth_distort.distortions.color_spaces import luma
from ...synth_distort.distortions.compression import read_back, written
from ...synth_distort.distortions.convolution import gaussian_blurred
from ...synth_distort.photo import as_saved, to_uint8

LOOKS = {"as it is": 0.9, "black and white": 0.04, "grainy": 0.02, "local contrast": 0.04}
HARDLY_SEEN = 0.08  # severity up to which noise and noise reduction of a camera go
DEVELOPED_SHARE = 0.4  # of the views at full size, that have gone through all that a small camera does
SUBSAMPLINGS = ("4:4:4", "4:2:2", "4:2:0")


def as_a_camera_has_it(image: Tensor, generator: np.random.Generator, *, at_full_size: bool = False) -> Tensor:
    """`image` (3, H, W) in [0, 1] with a look, some of a camera's traces and mostly a JPEG's, none of them damage.

    Args:
        image: a photo, or a part of one.
        generator: of all that is random.
        at_full_size: whether the pixels may be those of a sensor, on which a camera leaves more than on a photo made small.
    """
    image = _with_a_look(image, generator)
    if at_full_size and generator.random() < DEVELOPED_SHARE:
        return _saved(_developed(image, generator), generator)
    if generator.random() < 0.3:
        image = gaussian_blurred(image, float(generator.uniform(0.25, 0.6))).float()
    if generator.random() < 0.3:
        image = _noisy(image, generator)
    if generator.random() < 0.15:
        image = _with(image, "denoise", generator)
    if generator.random() < 0.35:
        amount, sigma = generator.uniform(0.1, 0.6), generator.uniform(0.6, 1.5)
        image = image + float(amount) * (image - gaussian_blurred(image, float(sigma)).float())
    return _saved(image, generator) if generator.random() < 0.6 else as_saved(image)


def _saved(image: Tensor, generator: np.random.Generator) -> Tensor:
    """As a JPEG of a quality that cameras use."""
    settings = {"quality": int(generator.integers(82, 100)), "subsampling": str(generator.choice(SUBSAMPLINGS))}
    return read_back(written(as_saved(image), "JPEG", **settings), as_saved(image))


def _developed(image: Tensor, generator: np.random.Generator) -> Tensor:
    """What a small camera makes of a scene: soft by its mosaic, noisy, its noise reduced in luma and chroma, then sharpened."""
    import cv2

    image = gaussian_blurred(image, float(generator.uniform(0.35, 0.75))).float()
    noise = float(generator.uniform(0.003, 0.02))
    image = image + noise * (0.3 + 0.7 * image.clamp(0, 1)).sqrt() * _normal(image, generator)
    tolerance, reach = noise * float(generator.uniform(1, 4)), float(generator.uniform(0.8, 2))
    planes = cv2.bilateralFilter(image.permute(1, 2, 0).contiguous().numpy(), 5, tolerance, reach)
    image = torch.from_numpy(planes).permute(2, 0, 1)
    plane = luma(image)
    image = plane + gaussian_blurred(image - plane, float(generator.uniform(0.5, 2))).float()
    amount, sigma = float(generator.uniform(0.2, 1.2)), float(generator.uniform(0.6, 1.2))
    return image + amount * (plane - gaussian_blurred(plane, sigma).float())


def _with_a_look(image: Tensor, generator: np.random.Generator) -> Tensor:
    look = str(generator.choice(list(LOOKS), p=list(LOOKS.values())))
    if look == "as it is":
        return image
    if look == "local contrast":
        return _local_contrast(image, float(generator.uniform(1, 2.5)))
    weights = image.new_tensor(generator.dirichlet((2, 4, 1)))
    grey = torch.einsum("c,chw->hw", weights, image).expand_as(image)
    if look == "black and white":
        return grey.clone()
    grain = gaussian_blurred(_normal(image[:1], generator), float(generator.uniform(0.4, 0.9)))
    strength = float(generator.uniform(0.015, 0.04)) / float(grain.std())
    base = grey if generator.random() < 0.5 else image
    return (base + strength * grain).float().clamp(0, 1)


def _local_contrast(image: Tensor, limit: float) -> Tensor:
    """Luma equalized in tiles, its contrast limited (CLAHE; Zuiderveld 1994): the look of high dynamic range."""
    import cv2

    plane = to_uint8(luma(image).expand(3, -1, -1))[..., 0]
    equalized = torch.from_numpy(cv2.createCLAHE(limit, (4, 4)).apply(plane)).float() / 255
    return (image + (equalized - luma(image)[0]) * 0.7).clamp(0, 1)


def _noisy(image: Tensor, generator: np.random.Generator) -> Tensor:
    if generator.random() < 0.6:
        return _with(image, "sensor_noise", generator)
    return (image + _normal(image, generator) * float(generator.uniform(0.002, 0.01))).clamp(0, 1)


def _with(image: Tensor, name: str, generator: np.random.Generator) -> Tensor:
    value = severity_curve(name).value(float(generator.uniform(0.01, HARDLY_SEEN)))
    return DISTORTIONS[name](image, value, generator)


def _normal(image: Tensor, generator: np.random.Generator) -> Tensor:
    return torch.from_numpy(generator.standard_normal(tuple(image.shape), dtype=np.float32))
