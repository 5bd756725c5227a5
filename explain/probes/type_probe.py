"""Type probes: which distortion an image has, by its features in one layer; always tried on photos left out of the fit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from ...models.metrics.bootstrap import with_interval
from .ladder_features import LadderFeatures

FOLDS = 5
RESAMPLES = 500
NEIGHBOURS = 5
KEPT = 256  # principal components of longer features that probes take
PROBES: dict[str, Callable[[], ClassifierMixin]] = {
    "lda": lambda: LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto"),
    "logistic": lambda: LogisticRegression(C=0.1, max_iter=300),
    "knn": lambda: KNeighborsClassifier(NEIGHBOURS),
}


@dataclass(frozen=True)
class TypeProbe:
    """How well the distortions of images were named, on photos that the probe was not fitted to.

    Attributes:
        layer: whose features it takes.
        probe: one of PROBES.
        names: of the distortions.
        truth, named: (N,) number of the distortion that each image has, and of the one that the probe named.
        photo: (N,) number of each image's photo.
    """

    layer: str
    probe: str
    names: tuple[str, ...]
    truth: np.ndarray
    named: np.ndarray
    photo: np.ndarray

    @property
    def accuracy(self) -> dict[str, float]:
        """Share of images named rightly, with its 95 % bootstrap interval over photos."""
        by_photo = self.right_by_photo
        return with_interval(lambda drawn: float(by_photo[drawn].mean()), len(by_photo), resamples=RESAMPLES)

    @property
    def right_by_photo(self) -> np.ndarray:
        """(P,) the share of each photo's images that were named rightly."""
        right = self.truth == self.named
        return np.array([right[self.photo == photo].mean() for photo in np.unique(self.photo)])

    @property
    def confusion(self) -> np.ndarray:
        """(K, K) share of the images of each distortion (rows) that were given each name."""
        counts = np.zeros((len(self.names),) * 2)
        np.add.at(counts, (self.truth, self.named), 1)
        return counts / counts.sum(1, keepdims=True).clip(min=1)

    def most_confused(self, count: int = 8) -> list[tuple[str, str, float]]:
        """Pairs of distortions by how often one was taken for the other, the mean of both directions; most confused first."""
        both = (self.confusion + self.confusion.T) / 2
        pairs = [(both[a, b], a, b) for a in range(len(both)) for b in range(a)]
        worst = sorted(pairs, reverse=True)[:count]
        return [(self.names[b], self.names[a], float(share)) for share, a, b in worst if share > 0]


def type_probe(
    features: LadderFeatures, layer: str, probe: str = "lda", *, tried: LadderFeatures | None = None
) -> TypeProbe:
    """The distortion of every distorted image, named by a probe that was fitted to other photos.

    Args:
        features: of undistorted and distorted images of several photos, one distortion each.
        layer: one of its layers.
        probe: one of PROBES.
        tried: images of the same photos to name instead, such as the same ladders saved again; None for `features`.

    Raises:
        ValueError: there are fewer than two photos or two distortions.
    """
    train, test = _distorted(features), _distorted(tried or features)
    names = tuple(sorted(set(train.distortion.tolist())))
    if len(names) < 2:
        raise ValueError("a probe of types needs at least 2 distortions")
    number = {name: place for place, name in enumerate(names)}
    truth, others = (np.array([number[name] for name in one.distortion]) for one in (test, train))
    named = np.zeros(len(test), dtype=int)
    for left_out in folds(features.photo):
        fit, try_on = ~np.isin(train.photo, left_out), np.isin(test.photo, left_out)
        if try_on.any():
            fitted = pipeline(probe).fit(train.layers[layer][fit], others[fit])
            named[try_on] = fitted.predict(test.layers[layer][try_on])
    return TypeProbe(layer, probe, names, truth, named, test.photo)


def pipeline(probe: str) -> Pipeline:
    """Standardization, what varies most of it, and one of PROBES."""
    return make_pipeline(StandardScaler(), LeadingComponents(), PROBES[probe]())


class LeadingComponents(TransformerMixin, BaseEstimator):
    """The KEPT principal components of longer rows; shorter rows as they are."""

    def fit(self, rows: np.ndarray, _: object = None) -> LeadingComponents:
        """Find the components of rows (N, length)."""
        fewer = min(rows.shape) > KEPT
        self.pca_ = PCA(KEPT, svd_solver="randomized", random_state=0).fit(rows) if fewer else None
        return self

    def transform(self, rows: np.ndarray) -> np.ndarray:
        """Rows (N, length) to (N, KEPT) at most."""
        return rows if self.pca_ is None else self.pca_.transform(rows)


def folds(photo: np.ndarray) -> list[np.ndarray]:
    """The photos in FOLDS parts (or as many as there are photos), each to be left out once; never a part of a photo.

    Raises:
        ValueError: there is only one photo.
    """
    photos = np.unique(photo)
    if len(photos) < 2:
        raise ValueError("a probe is tried on photos that it was not fitted to; there is only 1 photo")
    splits = GroupKFold(min(FOLDS, len(photos)), shuffle=True, random_state=0)
    return [photos[test] for _, test in splits.split(photos, groups=photos)]


def _distorted(features: LadderFeatures) -> LadderFeatures:
    return features.take(features.distortion != "")
