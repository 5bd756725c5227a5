"""One attribution: which places, and which kinds of measurement, a prediction comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import torch
import torch.nn.functional as F

from .targets import Target


@dataclass(frozen=True)
class Attribution:
    """A signed map of one prediction of one photo. Nothing in it is stretched, clipped or made positive.

    Attributes:
        target: the prediction.
        method: one of `METHODS`.
        baseline: what the photo is compared with, in words.
        settings: of the method.
        values: (rows, columns) in `unit`; squares of equal size that cover the part of the photo that the model was given.
        height: px, of that part, from the photo's top.
        width: px, of that part, from the photo's left.
        unit: of `values`; the target's own where they sum up to `difference`.
        prediction: of the photo.
        baseline_prediction: of the baseline; None for methods without one.
        families: the same by family of statistics, for models that have them: what, where `values` say where.
    """

    target: Target
    method: str
    baseline: str
    settings: Mapping[str, float | str]
    values: np.ndarray
    height: int
    width: int
    unit: str
    prediction: float
    baseline_prediction: float | None = None
    families: Mapping[str, float] = field(default_factory=dict)

    @property
    def difference(self) -> float | None:
        """By how much the prediction of the photo differs from that of the baseline, in the target's unit."""
        return None if self.baseline_prediction is None else self.prediction - self.baseline_prediction

    @property
    def completeness_error(self) -> float | None:
        """By how much the values miss that difference, as a share of it; None where they are not in the target's unit.

        Completeness is the axiom that they sum up to it (Sundararajan, Taly and Yan, ICML 2017).
        """
        if self.difference is None or self.unit != self.target.unit:
            return None
        error = abs(float(self.values.sum()) - self.difference)
        return error / max(abs(self.difference), 1e-6)

    def map_of(self, height: int, width: int) -> np.ndarray:
        """`values` in each of `height` × `width` pixels, bilinear between the middles of squares; not stretched."""
        values = torch.from_numpy(np.ascontiguousarray(self.values, dtype=np.float32))[None, None]
        return F.interpolate(values, size=(height, width), mode="bilinear", align_corners=False)[0, 0].numpy()

    def in_squares(self, side: int) -> Attribution:
        """The same, summed in squares of about `side` px; itself where they are as large already."""
        rows, columns = (max(1, round(length / side)) for length in (self.height, self.width))
        down, across = self.values.shape
        if rows >= down or columns >= across:
            return self
        edges = [np.arange(few) * many // few for few, many in ((rows, down), (columns, across))]
        summed = np.add.reduceat(np.add.reduceat(self.values, edges[0], axis=0), edges[1], axis=1)
        return replace(self, values=summed)

    def to_dict(self) -> dict:
        """All of it for JSON; the map to four significant digits."""
        return {
            "target": self.target.name,
            "unit": self.unit,
            "method": self.method,
            "baseline": self.baseline,
            "settings": dict(self.settings),
            "prediction": self.prediction,
            "baseline_prediction": self.baseline_prediction,
            "difference": self.difference,
            "completeness_error": self.completeness_error,
            "families": dict(self.families),
            "height": self.height,
            "width": self.width,
            "values": [[float(f"{value:.4g}") for value in row] for row in self.values.tolist()],
        }
