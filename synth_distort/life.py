"""Life: what happens to a photo after the distortion. It is resized, saved again, sharpened by a phone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .compression import through_codec
from .convolution import gaussian_blurred
from .lazy import torch

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Resize:
    """Scaled by `factor` with antialiasing (bicubic)."""

    factor: float

    def __call__(self, image: Tensor) -> Tensor:
        """(3, H, W) to (3, H', W')."""
        size = [max(1, round(side * self.factor)) for side in image.shape[-2:]]
        return torch.nn.functional.interpolate(image[None], size=size, mode="bicubic", antialias=True)[0].clamp(0, 1)


@dataclass(frozen=True)
class Save:
    """Saved at `quality` by a lossy `codec`, "JPEG" or "WEBP", and opened again."""

    codec: str
    quality: int

    def __call__(self, image: Tensor) -> Tensor:
        """(3, H, W) to (3, H, W)."""
        return through_codec(image, self.codec, quality=self.quality)


@dataclass(frozen=True)
class Sharpen:
    """Unsharp masking by `amount` against a Gaussian of sigma 1 px, as phones do."""

    amount: float

    def __call__(self, image: Tensor) -> Tensor:
        """(3, H, W) to (3, H, W)."""
        return (image + self.amount * (image - gaussian_blurred(image, 1.0))).clamp(0, 1)


Life = Sequence[Resize | Save | Sharpen]

# The lives under which every figure of this project is reported.
LIVES: dict[str, Life] = {
    "png": (),
    "jpeg92": (Save("JPEG", 92),),
    "resize88_jpeg90": (Resize(0.88), Save("JPEG", 90)),
}


def live(image: Tensor, life: Life) -> Tensor:
    """`image` (3, H, W) after each step of `life` in turn."""
    for step in life:
        image = step(image)
    return image


def random_life(generator: np.random.Generator) -> Life:
    """A life as photos have it: nothing for three in ten; else resized, sharpened, saved once or twice, or some of these."""
    if generator.random() < 0.3:
        return ()
    steps: list[Resize | Save | Sharpen] = []
    if generator.random() < 0.4:
        steps.append(Resize(float(generator.uniform(0.75, 1))))
    if generator.random() < 0.08:
        steps.append(Sharpen(float(generator.uniform(0.1, 0.5))))
    for _ in range(generator.choice([0, 1, 2], p=[0.15, 0.7, 0.15])):
        codec = "WEBP" if generator.random() < 0.15 else "JPEG"
        steps.append(Save(codec, int(generator.integers(80, 99))))
    return tuple(steps)
