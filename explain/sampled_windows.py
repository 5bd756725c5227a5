"""The windows of an even sample of a large photo, put where they are in it, so that they make a map of all of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from ..models.distortion_model.prediction import Prediction
from ..models.distortion_model.statistics import CELL, WINDOW
from ..models.distortion_model.tiles import SAMPLED, TILE


def over_the_photo(prediction: Prediction, *, height: int, width: int) -> Prediction:
    """`prediction` of a photo of `height` × `width` px by a sample, with windows everywhere: linear between those sampled.

    What was predicted of all windows stays as it is.
    """
    rows, columns = (max(1, side // CELL - WINDOW + 1) for side in (height, width))
    if prediction.local_probability.shape[1:] == (rows, columns):
        return prediction
    down, across = _weights(rows), _weights(columns)

    def spread(local: Tensor) -> Tensor:
        return torch.einsum("rh,khw,cw->krc", down, local, across)

    return replace(
        prediction,
        local_probability=spread(prediction.local_probability),
        local_severity=spread(prediction.local_severity),
    )


def _weights(count: int) -> Tensor:
    """What each of `count` windows on a side takes of each of those sampled, (count, sampled)."""
    in_tile = TILE // CELL
    starts = np.linspace(0, count + WINDOW - 1 - in_tile, SAMPLED).round().astype(int)
    sampled = (starts[:, None] + np.arange(in_tile - WINDOW + 1)).ravel()
    places, first = np.unique(sampled, return_index=True)  # tiles overlap on a short side
    weights = np.zeros((count, len(sampled)), np.float32)
    weights[:, first] = np.stack([np.interp(np.arange(count), places, unit) for unit in np.eye(len(places))], axis=1)
    return torch.from_numpy(weights)
