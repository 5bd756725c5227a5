"""Aggregation: from the regions of a photo to one prediction. The third of a quality CNN's four choices.

Features are pooled before the head. Predictions, one for each region, are pooled after it, as a weighted mixture: the weights
of "mean" are equal, those of "min" and "max" are all on one region. (Spatial pyramid pooling works inside a network and belongs
to its backbone.)
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from .features import PhotoFeatures

OF_FEATURES = ("min", "mean", "max", "concatenation")
OF_PREDICTIONS = ("min", "mean", "max", "saliency", "learned")


@dataclass(frozen=True)
class Aggregation:
    """One way to pool the regions of a photo.

    Attributes:
        of: "features" or "predictions".
        by: for features one of OF_FEATURES, for predictions one of OF_PREDICTIONS.

    Raises:
        ValueError: there is no such way.
    """

    of: str
    by: str

    def __post_init__(self) -> None:
        ways = {"features": OF_FEATURES, "predictions": OF_PREDICTIONS}
        if self.of not in ways:
            raise ValueError(f"of is {self.of!r}; it must be features or predictions")
        if self.by not in ways[self.of]:
            raise ValueError(f"by is {self.by!r}; {self.of} are pooled by {', '.join(ways[self.of])}")

    @property
    def words(self) -> str:
        """For tables."""
        noun = {"features": "feature", "predictions": "prediction"}[self.of]
        return f"{noun} {self.by}" if self.by == "concatenation" else f"{noun} pooling, {self.by}"

    @property
    def learned(self) -> bool:
        """Whether the weights of regions are learned with the head (Bosse et al., TIP 2018)."""
        return self.by == "learned"

    def rows(self, photo: PhotoFeatures) -> Tensor:
        """The rows of features that go into the head: (1, length) where features are pooled, (R, length) otherwise."""
        if self.of == "predictions":
            return photo.regions
        if self.by == "concatenation":
            return photo.regions.flatten()[None]
        pooled = {"min": photo.regions.amin, "mean": photo.regions.mean, "max": photo.regions.amax}[self.by]
        return pooled(dim=0, keepdim=True)

    def weights(self, scores: Tensor, saliency: Tensor) -> Tensor:
        """The weights (R,) of the predictions for a photo's rows, from their scores (R,) and the regions' saliency (R,)."""
        if self.of == "features" or self.by == "mean":
            return torch.ones_like(scores)
        if self.by == "saliency":
            return saliency
        chosen = scores.argmin() if self.by == "min" else scores.argmax()
        return torch.nn.functional.one_hot(chosen, len(scores)).to(scores)
