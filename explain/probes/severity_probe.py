"""Severity probes: how severe a distortion is, given which, by the features of one layer; tried on photos left out of
the fit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import RidgeCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from ...models.metrics.agreement import srocc
from ...models.metrics.bootstrap import with_interval
from .ladder_features import LadderFeatures
from .type_probe import folds

RESAMPLES = 200
PENALTIES = (1e1, 1e2, 1e3, 1e4)


@dataclass(frozen=True)
class SeverityProbe:
    """Severity of images of one distortion and of their undistorted photos, as probes predict it from one layer.

    Attributes:
        layer: whose features they take.
        distortion: a key of `DISTORTIONS`.
        severity: (N,) the true one, 0 for undistorted photos.
        by_ridge: (N,) as a ridge regression predicts it.
        along_axis: (N,) by position along the distortion's axis, from the mean undistorted photo to the mean distorted one,
            scaled to severity.
        photo: (N,) number of each image's photo.
    """

    layer: str
    distortion: str
    severity: np.ndarray
    by_ridge: np.ndarray
    along_axis: np.ndarray
    photo: np.ndarray

    @property
    def rank_correlation(self) -> float:
        """Spearman's correlation of the ridge regression over all images."""
        return srocc(self.by_ridge, self.severity)

    @property
    def spearman(self) -> dict[str, float]:
        """Of the ridge regression, over all images, with a 95 % bootstrap interval over photos."""
        return self._spearman(self.by_ridge)

    @property
    def spearman_along_axis(self) -> dict[str, float]:
        """Of the position along the axis."""
        return self._spearman(self.along_axis)

    @property
    def absolute_error(self) -> float:
        """Mean absolute error of the ridge regression."""
        return float(np.abs(self.by_ridge - self.severity).mean())

    def _spearman(self, predicted: np.ndarray) -> dict[str, float]:
        rows = [np.flatnonzero(self.photo == photo) for photo in np.unique(self.photo)]

        def measure(drawn: np.ndarray) -> float:
            images = np.concatenate([rows[photo] for photo in drawn])
            return srocc(predicted[images], self.severity[images])

        return with_interval(measure, len(rows), resamples=RESAMPLES)


def severity_probe(features: LadderFeatures, layer: str, distortion: str) -> SeverityProbe:
    """Severity of every image of `distortion`, by probes that were fitted to other photos.

    Raises:
        ValueError: there is only one photo.
    """
    ladder = features.take(np.isin(features.distortion, ["", distortion]))
    rows, severity = ladder.layers[layer].astype(float), ladder.severity
    by_ridge, along_axis = np.zeros(len(ladder)), np.zeros(len(ladder))
    for left_out in folds(ladder.photo):
        tried = np.isin(ladder.photo, left_out)
        ridge = make_pipeline(StandardScaler(), RidgeCV(PENALTIES)).fit(rows[~tried], severity[~tried])
        by_ridge[tried] = ridge.predict(rows[tried])
        along_axis[tried] = _position(rows[~tried], severity[~tried], rows[tried])
    return SeverityProbe(layer, distortion, severity, by_ridge, along_axis, ladder.photo)


def _position(rows: np.ndarray, severity: np.ndarray, tried: np.ndarray) -> np.ndarray:
    """Severity of `tried` by where they project to on the line along which the mean of `rows` moves with `severity`."""
    origin, scale = rows[severity == 0].mean(0), rows[severity == 0].std(0) + 1e-6
    moved = (rows - origin) / scale
    axis = severity @ moved / (severity @ severity)  # per unit of severity, by least squares through the origin
    return (tried - origin) / scale @ axis / (axis @ axis)
