"""Regions that are damaged so that the truth is known: rectangles, feathered blobs, and parts shaped like things."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from ....synth_distort.masks import feathered

SHAPES = ("rectangle", "blob", "object")
SMALLEST, LARGEST = 0.05, 0.30  # share of the photo
_SUPERPIXELS = 120


def known_mask(image: Tensor, shape: str, generator: np.random.Generator) -> Tensor:
    """A mask (H, W) of 5 to 30 % of `image` (3, H, W), 0 to 1.

    Args:
        image: the undistorted photo; "object" follows its edges.
        shape: one of SHAPES.
        generator: of the area and the place.

    Raises:
        ValueError: there is no such shape.
    """
    if shape not in SHAPES:
        raise ValueError(f"shape is {shape!r}; it must be one of {', '.join(SHAPES)}")
    share = math.exp(generator.uniform(math.log(SMALLEST), math.log(LARGEST)))
    return {"rectangle": _rectangle, "blob": _blob, "object": _object}[shape](image, share, generator)


def _rectangle(image: Tensor, share: float, generator: np.random.Generator) -> Tensor:
    height, width = image.shape[1:]
    tall, wide = _box(height, width, share, generator)
    top, left = (int(generator.integers(side - inside + 1)) for side, inside in ((height, tall), (width, wide)))
    mask = torch.zeros(height, width)
    mask[top : top + tall, left : left + wide] = 1
    return mask


def _blob(image: Tensor, share: float, generator: np.random.Generator) -> Tensor:
    height, width = image.shape[1:]
    tall, wide = _box(height, width, min(1.0, share * 4 / math.pi), generator)
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    centre = [
        side / 2 + generator.uniform(-1, 1) * (side - inside) / 2 for side, inside in ((height, tall), (width, wide))
    ]
    inside = ((y - centre[0]) / (tall / 2)) ** 2 + ((x - centre[1]) / (wide / 2)) ** 2 < 1
    return feathered(inside.float(), generator.uniform(0.01, 0.04) * min(height, width))


def _object(image: Tensor, share: float, generator: np.random.Generator) -> Tensor:
    """Superpixels that touch, the next always the one most alike in colour: a part bounded by edges of the photo."""
    from skimage.color import rgb2lab
    from skimage.segmentation import slic

    pixels = image.permute(1, 2, 0).double().numpy()
    labels = slic(pixels, _SUPERPIXELS, compactness=10, start_label=0, channel_axis=2)
    lab, count = rgb2lab(pixels), int(labels.max()) + 1
    sizes = np.bincount(labels.ravel(), minlength=count)
    colors = np.stack([np.bincount(labels.ravel(), lab[..., i].ravel(), count) / sizes for i in range(3)], axis=1)
    touching = _touching(labels, count)
    chosen = {int(generator.integers(count))}
    while sum(sizes[i] for i in chosen) < share * labels.size and len(chosen) < count:
        beside = sorted({j for i in chosen for j in touching[i]} - chosen)
        middle = colors[sorted(chosen)].mean(0)
        chosen.add(min(beside, key=lambda j: float(np.linalg.norm(colors[j] - middle))))
    return torch.from_numpy(np.isin(labels, sorted(chosen)).astype(np.float32))


def _box(height: int, width: int, share: float, generator: np.random.Generator) -> tuple[int, int]:
    """Sides of a box of this share of the photo, up to twice as long one way as the other."""
    stretch = math.exp(generator.uniform(-0.5, 0.5) * math.log(2))
    tall = min(height, round(height * math.sqrt(share) * stretch))
    return tall, min(width, round(share * height * width / tall))


def _touching(labels: np.ndarray, count: int) -> list[set[int]]:
    """The superpixels that lie beside each."""
    beside: list[set[int]] = [set() for _ in range(count)]
    for a, b in ((labels[1:], labels[:-1]), (labels[:, 1:], labels[:, :-1])):
        pairs = np.unique(np.stack([a[a != b], b[a != b]], axis=1), axis=0)
        for one, other in pairs.tolist():
            beside[one].add(other)
            beside[other].add(one)
    return beside
