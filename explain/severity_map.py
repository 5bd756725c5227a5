"""Where a distortion is: its severity over a photo."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..models.distortion_model.prediction import Prediction
from ..models.distortion_model.statistics import CELL


@dataclass(frozen=True)
class SeverityMap:
    """Severity of one distortion (or the worst of several) over a photo, on the fixed scale 0 to 1.

    Attributes:
        values: (rows, columns) severity in squares of `cell` px, from the photo's upper left.
        cell: px of the photo.
        height: px, of the photo.
        width: px, of the photo.
    """

    values: np.ndarray
    cell: int
    height: int
    width: int


def severity_map(prediction: Prediction, names: tuple[str, ...], *, height: int, width: int) -> SeverityMap:
    """The worst expected severity of the distortions `names`, over a photo of `height` × `width` px."""
    return SeverityMap(prediction.map_of(names, height=height, width=width), CELL, height, width)
