"""Activation maps: what single filters of a layer put out for a photo, for its distorted version, and how the two differ."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from torch import Tensor

from ...models.quality_cnns.backbones.layer_features import LayerNetwork


@dataclass(frozen=True)
class FilterMaps:
    """One filter.

    Attributes:
        filter: its number in the layer.
        undistorted, distorted: (h, w) what it puts out.
        reaction: mean absolute difference, in standard deviations of what it puts out for the undistorted photo.
    """

    filter: int
    undistorted: np.ndarray
    distorted: np.ndarray
    reaction: float


def strongest_filters(
    network: LayerNetwork, layer: str, photo: Tensor, distorted: Tensor, *, count: int = 3
) -> list[FilterMaps]:
    """The filters of `layer` that react most to a distortion of a photo, the strongest first.

    Args:
        network: with `layer` among its layers.
        layer: whose filters.
        photo, distorted: (3, H, W) of one size.
        count: how many filters.

    Raises:
        ValueError: the layer puts out no maps, or the images are of different sizes.
    """
    if photo.shape != distorted.shape:
        raise ValueError(
            f"the photo is {tuple(photo.shape)} and its distorted version {tuple(distorted.shape)}; one size is needed"
        )
    pair = [network.maps(one).get(layer) for one in (photo, distorted)]
    before, after = pair
    if before is None or after is None:
        raise ValueError(f"{network.name}: the layer {layer} puts out no maps")
    spread = before.flatten(1).std(1, correction=0)
    reaction = (after - before).abs().mean((1, 2)) / (spread + 0.05 * spread.median() + 1e-9)
    strongest = reaction.argsort(descending=True)[:count].tolist()
    return [
        FilterMaps(one, before[one].numpy(), after[one].numpy(), round(float(reaction[one]), 3)) for one in strongest
    ]
