"""Maps of features in three dimensions: PCA, LDA and UMAP, each fitted once and kept with what places new photos.

Rows are put in an order of their own first, so that the map is the same in whatever order they come. A photo is placed by
itself, whatever else is placed with it, and a map that was loaded places it where the one that was fitted does: both are the
same few arrays.
"""

from __future__ import annotations

import hashlib
import warnings
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import numpy as np
import safetensors.numpy
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.neighbors import NearestNeighbors

from ...synth_distort.files import write_file

COMPONENTS = 3
KEPT = 50  # principal components that LDA and UMAP are fitted to
NEIGHBOURS = 15
METHODS = ("pca", "lda", "umap")


@dataclass(frozen=True)
class FeatureMap:
    """A map, and all that it takes to place rows on it.

    Attributes:
        method: one of METHODS.
        mean, scale: (length,) rows are standardized by.
        projection: (length, components) of standardized rows, to coordinates, or to the space in which neighbours are found.
        offset: (components,) taken from what is projected.
        anchors: (N, components) projected rows that the map was fitted to; empty for linear maps.
        places: (N, COMPONENTS) of the anchors on the map.
    """

    method: str
    mean: np.ndarray
    scale: np.ndarray
    projection: np.ndarray
    offset: np.ndarray
    anchors: np.ndarray
    places: np.ndarray

    def place(self, rows: np.ndarray) -> np.ndarray:
        """Features (N, length) to coordinates (N, COMPONENTS)."""
        return np.array([self._place_one(row) for row in np.asarray(rows, dtype=float)]).reshape(-1, COMPONENTS)

    def _place_one(self, row: np.ndarray) -> np.ndarray:
        projected = ((row - self.mean) / self.scale) @ self.projection - self.offset
        return neighbours_place(projected, self.anchors, self.places) if len(self.anchors) else projected


def fit_map(
    rows: np.ndarray, method: str, *, labels: np.ndarray | None = None, seed: int = 0, cache: Path | None = None
) -> FeatureMap:
    """A map of features (N, length).

    Args:
        rows: one for each image.
        method: one of METHODS.
        labels: (N,) of the rows; LDA asks for them.
        seed: of UMAP.
        cache: a folder where UMAP's places are kept for the next run.

    Raises:
        ValueError: there is no such method, there are too few rows, or LDA has no two labels.
    """
    if method not in METHODS:
        raise ValueError(f"no map is called {method!r}; there are {', '.join(METHODS)}")
    rows = np.asarray(rows, dtype=float)
    if len(rows) < 2 * COMPONENTS:
        raise ValueError(f"a map needs {2 * COMPONENTS} images; there are {len(rows)}")
    kinds = [""] * len(rows) if labels is None else [str(label) for label in labels]
    order = np.array(sorted(range(len(rows)), key=lambda index: (rows[index].tobytes(), kinds[index])))
    rows, labels = rows[order], None if labels is None else labels[order]
    mean, scale = rows.mean(0), rows.std(0)
    scale = scale + 0.05 * np.median(scale) + 1e-9
    standard = (rows - mean) / scale
    kept = COMPONENTS if method == "pca" else min(KEPT, *standard.shape)
    pca = PCA(kept, svd_solver="full" if min(standard.shape) <= 2000 else "covariance_eigh").fit(standard)
    basis = _padded(np.asarray(pca.components_).T)
    none = np.zeros((0, COMPONENTS))
    if method == "pca":
        return FeatureMap(method, mean, scale, basis, np.zeros(COMPONENTS), none, none)
    reduced = standard @ basis
    if method == "lda":
        projection, offset = _lda(reduced, labels)
        return FeatureMap(method, mean, scale, basis @ projection, offset, none, none)
    return FeatureMap(
        method, mean, scale, basis, np.zeros(basis.shape[1]), reduced, umap_places(reduced, seed, cache=cache)
    )


def umap_places(rows: np.ndarray, seed: int, *, cache: Path | None = None) -> np.ndarray:
    """UMAP (McInnes, Healy and Melville, 2018) of rows (N, r), (N, COMPONENTS).

    Args:
        rows: in the order in which they are fitted.
        seed: gives one map, since one thread works on it.
        cache: a folder; what is kept there of the same rows is taken, and umap-learn, which compiles for long, is not loaded.
    """
    if cache is None:
        return _fitted_places(rows, seed)
    made_of = rows.tobytes() + repr((rows.shape, seed, NEIGHBOURS, metadata.version("umap-learn"))).encode()
    file = cache / f"umap-{hashlib.sha256(made_of).hexdigest()[:16]}.safetensors"
    if not file.exists():
        write_file(file, safetensors.numpy.save({"places": _fitted_places(rows, seed)}))
    return safetensors.numpy.load_file(file)["places"]


def _fitted_places(rows: np.ndarray, seed: int) -> np.ndarray:
    """Neighbours are exact: umap-learn's search for approximate ones compiles for longer than these take."""
    count = min(NEIGHBOURS, len(rows) - 1)
    distances, indices = NearestNeighbors(n_neighbors=count, algorithm="brute").fit(rows).kneighbors(rows)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ImportWarning)  # umap-learn speaks of TensorFlow, which is not needed here
        warnings.filterwarnings("ignore", message=".*n_jobs value|precomputed_knn")
        warnings.filterwarnings("ignore", category=DeprecationWarning)
        from umap import UMAP

        fitted = UMAP(
            n_components=COMPONENTS,
            n_neighbors=count,
            precomputed_knn=(indices, distances),
            min_dist=0.1,
            init="pca" if rows.shape[1] >= COMPONENTS else "random",
            random_state=seed,
            n_jobs=1,
        ).fit_transform(rows)
    return np.asarray(fitted, dtype=float)


def neighbours_place(row: np.ndarray, anchors: np.ndarray, places: np.ndarray) -> np.ndarray:
    """A new row (r,) among the places of its nearest neighbours, by closeness; an anchor itself is put on its own place.

    UMAP too sets out from the mean of a new row's neighbours; the stochastic descent that umap-learn then adds is left out,
    since it would move a photo by those that are placed with it. The weights are those of Franke and Nielson (1980): ((R -
    d) / (R d))^2, with R the distance of the first neighbour left out, so that places follow rows without a jump.
    """
    distances = np.sqrt(((anchors - row) ** 2).sum(1))
    count = min(NEIGHBOURS, len(anchors) - 1)
    nearest = np.argsort(distances, kind="stable")[: count + 1]
    reach, near = distances[nearest[-1]], distances[nearest[:-1]]
    if near[0] < 1e-9 * max(reach, 1e-9):
        return places[nearest[0]]
    weights = ((reach - near) / (reach * near)) ** 2
    weights = weights if weights.sum() > 0 else np.ones(count)
    return weights @ places[nearest[:-1]] / weights.sum()


def _lda(reduced: np.ndarray, labels: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """Discriminants of rows (N, r) by label, (r, COMPONENTS), and what to take from what they project to."""
    if labels is None or len(set(labels)) < 2:
        raise ValueError("LDA needs labels of at least 2 kinds")
    fitted = LinearDiscriminantAnalysis(solver="eigen", shrinkage=0.01).fit(reduced, labels)
    count = min(COMPONENTS, len(set(labels)) - 1)
    projection = _padded(fitted.scalings_[:, :count])
    signs = np.sign(projection[np.abs(projection).argmax(0), np.arange(COMPONENTS)])
    projection = projection * np.where(signs == 0, 1, signs)
    return projection, reduced.mean(0) @ projection


def _padded(basis: np.ndarray) -> np.ndarray:
    """`basis` (r, k) with columns of zeros up to COMPONENTS."""
    return np.pad(basis, ((0, 0), (0, max(0, COMPONENTS - basis.shape[1]))))
