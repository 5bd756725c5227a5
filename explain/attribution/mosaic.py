"""Mosaics of a photo and its baseline: a prediction as a function of which parts of the photo are there."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from .explained import Explained


class Mosaic:
    """Which parts are there, to predictions.

    Args:
        explained: the prediction.
        labels: (h, w) the number of the part that each place of the first input belongs to, counted from 0; places of the
            other inputs belong to the nearest one's.
    """

    def __init__(self, explained: Explained, labels: Tensor) -> None:
        self.explained, self.count = explained, int(labels.max()) + 1
        self.labels = [
            F.interpolate(labels[None, None].float(), size=tuple(one.shape[2:]), mode="nearest-exact")[0, 0].long()
            for one in explained.inputs
        ]

    def __call__(self, present: Tensor) -> Tensor:
        """Shares of the photo, the rest being baseline, in each part (N, parts), or in parts in rows (N, h, w): to (N,)."""
        present = present.flatten(1)
        triples = zip(self.labels, self.explained.inputs, self.explained.baseline.inputs, strict=True)
        mixed = []
        for labels, of_photo, baseline in triples:
            share = present[:, labels.flatten()].unflatten(1, labels.shape)[:, None]
            mixed.append(baseline + share * (of_photo - baseline))
        with torch.no_grad():
            return self.explained.function(*mixed)

    def spread(self, values: Tensor) -> Tensor:
        """Values of parts (parts,) evenly over the places of each (h, w): the sum stays."""
        sizes = torch.bincount(self.labels[0].flatten(), minlength=self.count).clamp(min=1)
        return (values / sizes)[self.labels[0]]


def squares(explained: Explained, side: int) -> Tensor:
    """Labels of squares of `side` px of the photo, in reading order; of single places where these are larger."""
    height, width = explained.inputs[0].shape[2:]
    places = max(1, round(side * height / explained.image.shape[1]))
    rows, columns = torch.arange(height) // places, torch.arange(width) // places
    return rows[:, None] * (int(columns[-1]) + 1) + columns[None, :]


def superpixels(explained: Explained, count: int) -> Tensor:
    """Labels of some `count` superpixels (SLIC; Achanta et al., IEEE TPAMI 2012), at the places of the first input."""
    from skimage.segmentation import slic

    pixels = explained.image.permute(1, 2, 0).double().numpy()
    labels = torch.from_numpy(slic(pixels, count, compactness=10, sigma=2, start_label=0, channel_axis=2))
    at_places = F.interpolate(
        labels[None, None].float(), size=tuple(explained.inputs[0].shape[2:]), mode="nearest-exact"
    )
    if at_places.unique().numel() < 2:  # in a photo of one colour
        return squares(explained, min(explained.image.shape[1:]) // 4)
    _, numbered = np.unique(at_places[0, 0].numpy(), return_inverse=True)
    return torch.from_numpy(numbered.reshape(at_places.shape[2:]))
