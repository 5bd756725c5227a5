"""The patches of an even sample of a large photo, put where they are in it, so that they make a map of all of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from ..models.distortion_model.prediction import Prediction
from ..models.distortion_model.statistics import CELL
from ..models.distortion_model.tiles import PATCH, SAMPLED, TILE


def over_the_photo(prediction: Prediction, *, height: int, width: int) -> Prediction:
    """`prediction` of a photo of `height` × `width` px by a sample, with patches everywhere: linear between those sampled.

    A prediction of all of it stays as it is.
    """
    local = prediction.local_severity
    rows, columns = (side // CELL - PATCH + 1 for side in (height, width))
    if rows <= local.shape[1] and columns <= local.shape[2]:
        return prediction
    return replace(prediction, local_severity=torch.einsum("rh,khw,cw->krc", _weights(rows), local, _weights(columns)))


def _weights(count: int) -> Tensor:
    """What each of `count` patches on a side takes of each of those sampled, (count, sampled)."""
    in_tile = TILE // CELL
    starts = np.linspace(0, count + PATCH - 1 - in_tile, SAMPLED).round().astype(int)
    sampled = (starts[:, None] + np.arange(in_tile - PATCH + 1)).ravel()
    places, first = np.unique(sampled, return_index=True)  # tiles overlap on a short side
    weights = np.zeros((count, len(sampled)), np.float32)
    weights[:, first] = np.stack([np.interp(np.arange(count), places, unit) for unit in np.eye(len(places))], axis=1)
    return torch.from_numpy(weights)
