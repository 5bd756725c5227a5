"""Post-processing: what happens to a photo after the distortion. It is resized, sharpened, saved again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .distortions.compression import read_back, written
from .distortions.convolution import gaussian_blurred
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
        resized = torch.nn.functional.interpolate(image[None].double(), size=size, mode="bicubic", antialias=True)
        return resized[0].clamp(0, 1).float()

    def __str__(self) -> str:
        """The step in words."""
        return f"resized × {self.factor:.3g}"


@dataclass(frozen=True)
class Save:
    """Saved at `quality` by a lossy `codec`, "JPEG", "WEBP" or "AVIF", and opened again."""

    codec: str
    quality: int

    def __call__(self, image: Tensor) -> Tensor:
        """(3, H, W) to (3, H, W)."""
        settings = {"speed": 8, "max_threads": 1} if self.codec == "AVIF" else {}
        return read_back(written(image, self.codec, quality=self.quality, **settings), image)

    def __str__(self) -> str:
        """The step in words."""
        return f"saved as {self.codec} {self.quality}"


@dataclass(frozen=True)
class Sharpen:
    """Unsharp masking by `amount` against a Gaussian of sigma 1 px, as phones do."""

    amount: float

    def __call__(self, image: Tensor) -> Tensor:
        """(3, H, W) to (3, H, W)."""
        return (image + self.amount * (image - gaussian_blurred(image, 1.0))).clamp(0, 1).float()

    def __str__(self) -> str:
        """The step in words."""
        return f"sharpened by {self.amount:.2g}"


PostProcessing = Sequence[Resize | Save | Sharpen]

# By name, for ladders and data sets. A screenshot is a photo scaled to a window and saved without loss.
POST_PROCESSINGS: dict[str, PostProcessing] = {
    "png": (),
    "jpeg92": (Save("JPEG", 92),),
    "resize88_jpeg90": (Resize(0.88), Save("JPEG", 90)),
    "jpeg_twice": (Save("JPEG", 92), Save("JPEG", 80)),
    "webp80": (Save("WEBP", 80),),
    "avif60": (Save("AVIF", 60),),
    "phone": (Sharpen(0.4), Save("JPEG", 92)),
    "screenshot": (Resize(0.75),),
    "social_network": (Resize(0.5), Save("JPEG", 75)),
}
RANDOM = "random"  # the name of the post-processing that is drawn for each photo


def post_process(image: Tensor, post_processing: PostProcessing) -> Tensor:
    """`image` (3, H, W) after each step of `post_processing` in turn."""
    for step in post_processing:
        image = step(image)
    return image


def named_post_processing(name: str, generator: np.random.Generator) -> PostProcessing:
    """The post-processing called `name`: one of `POST_PROCESSINGS`, or drawn from `generator` where it is "random".

    Raises:
        ValueError: there is no such post-processing; the message lists those there are.
    """
    if name == RANDOM:
        return random_post_processing(generator)
    if name not in POST_PROCESSINGS:
        raise ValueError(f"no post-processing is called {name!r}; there are {', '.join([*POST_PROCESSINGS, RANDOM])}")
    return POST_PROCESSINGS[name]


def post_processing_in_words(post_processing: PostProcessing) -> str:
    """The steps in order: "resized × 0.88, saved as JPEG 90"; empty where there are none."""
    return ", ".join(map(str, post_processing))


def random_post_processing(generator: np.random.Generator) -> PostProcessing:
    """A random chain: nothing in three of ten cases; else resized, sharpened, saved once or twice, or some of these."""
    if generator.random() < 0.3:
        return ()
    steps: list[Resize | Save | Sharpen] = []
    if generator.random() < 0.4:
        steps.append(Resize(float(generator.uniform(0.5, 1))))
    if generator.random() < 0.08:
        steps.append(Sharpen(float(generator.uniform(0.1, 0.5))))
    for _ in range(generator.choice([0, 1, 2], p=[0.15, 0.7, 0.15])):
        codec = str(generator.choice(["JPEG", "WEBP", "AVIF"], p=[0.8, 0.13, 0.07]))
        steps.append(Save(codec, int(generator.integers(80, 99))))
    return tuple(steps)
