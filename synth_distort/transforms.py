"""Distortions as a torchvision transform: into `v2.Compose`, on single images and batches, on any device."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import torch
from PIL import Image as PILImages
from torch import Tensor
from torchvision import tv_tensors
from torchvision.transforms import v2
from torchvision.transforms.v2.functional import is_pure_tensor, pil_to_tensor, to_pil_image

from .ladder import distort
from .severity import severity_curve


class Distort(v2.Transform):
    """Distort images by one distortion, each at a severity drawn for it.

    Images may be PIL, tensors or `tv_tensors`, uint8 or float in [0, 1], (..., 3, H, W); type, device and shape are kept.
    Boxes, masks and labels beside them are left alone. The draw for an image depends on the seed and on the image
    itself, not on its place in a batch.

    Args:
        distortion: a key of `DISTORTIONS`.
        severity: of all images, or the lowest and the highest; None for any up to its ceiling.
        seed: the same for every call, so that an image always comes out the same; None to draw one from torch's own
            generator at each call, for training.

    Raises:
        ValueError: no such distortion, or a severity above its ceiling.
    """

    _transformed_types = (is_pure_tensor, tv_tensors.Image, tv_tensors.Video, PILImages.Image)

    def __init__(
        self, distortion: str, severity: float | tuple[float, float] | None = None, *, seed: int | None = None
    ) -> None:
        super().__init__()
        curve = severity_curve(distortion)
        if severity is None:
            severity = (0.0, curve.ceiling)
        self.distortion, self.seed = distortion, seed
        self.lowest, self.highest = severity if isinstance(severity, tuple) else (severity, severity)
        if self.lowest > self.highest:
            raise ValueError(f"severity is {severity}; the lowest comes first")
        for end in (self.lowest, self.highest):
            curve.value(end)

    def make_params(self, flat_inputs: list[Any]) -> dict[str, int]:
        """The seed of this call."""
        return {"seed": int(torch.randint(2**31, ())) if self.seed is None else self.seed}

    def transform(self, inpt: Any, params: dict[str, int]) -> Any:
        """One input of the call, distorted.

        Raises:
            TypeError: the image is neither uint8 nor float.
            ValueError: the image has not three channels.
        """
        if isinstance(inpt, PILImages.Image):
            return to_pil_image(self.transform(pil_to_tensor(inpt), params))
        if inpt.ndim < 3 or inpt.shape[-3] != 3:
            raise ValueError(f"image is of shape {tuple(inpt.shape)}; it should be (..., 3, height, width)")
        if inpt.dtype != torch.uint8 and not inpt.is_floating_point():
            raise TypeError(f"image is of {inpt.dtype}; it should be uint8 or a float type")
        images = inpt.as_subclass(Tensor).reshape(-1, *inpt.shape[-3:])
        damaged = torch.stack([self._damaged(image, params["seed"]) for image in images])
        return tv_tensors.wrap(damaged.reshape(inpt.shape), like=inpt)  # pyright: ignore[reportCallIssue]  a decorator hides it

    def extra_repr(self) -> str:
        """The settings."""
        return f"{self.distortion}, severity={self.lowest:g} to {self.highest:g}, seed={self.seed}"

    def _damaged(self, image: Tensor, seed: int) -> Tensor:
        whole_levels = image.dtype == torch.uint8
        floats = image.float() / 255 if whole_levels else image.float()
        content = hashlib.sha256(floats.contiguous().cpu().numpy().tobytes()).digest()
        generator = np.random.default_rng([seed, *content])
        severity = round(float(generator.uniform(self.lowest, self.highest)), 4)
        damaged = distort(floats, self.distortion, severity, seed=int(generator.integers(2**31)))
        return (damaged * 255).round().to(torch.uint8) if whole_levels else damaged.to(image.dtype)
