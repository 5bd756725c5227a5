"""How far the neighbourhoods of a UMAP map can be trusted: do they come back with another seed, or with other photos?"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.spatial import procrustes
from sklearn.neighbors import NearestNeighbors

from .maps import NEIGHBOURS, FeatureMap, umap_places

RUNS = 2  # of each kind
SHARE = 0.8  # of the photos in a subsample
MOST_POINTS = 1500


@dataclass(frozen=True)
class Stability:
    """Agreement of a map with maps of the same images, 0 to 1.

    Attributes:
        seeds: mean share of each image's nearest neighbours that it has with other seeds too.
        subsamples: the same, with maps fitted to some of the photos.
        chance: what would be shared at random.
        disparity: mean squared distance left after Procrustes superposition, 0 for maps of one shape (Gower, 1975).
        images: how many were compared.
    """

    seeds: float
    subsamples: float
    chance: float
    disparity: float
    images: int

    @property
    def index(self) -> float:
        """The smaller of both agreements: the figure that is printed on the map."""
        return min(self.seeds, self.subsamples)


def stability(fitted: FeatureMap, photo: np.ndarray, *, cache: Path | None = None) -> Stability:
    """Of a UMAP map; `photo` (N,) says which anchors belong together, and `cache` is as `umap_places` has it.

    Raises:
        ValueError: the map is not UMAP's.
    """
    if not len(fitted.anchors):
        raise ValueError(f"{fitted.method} has no seeds: it comes out the same each time")
    generator = np.random.default_rng(0)
    order = generator.permutation(np.unique(photo))
    chosen = np.isin(photo, order[: max(2, int(len(order) * min(1.0, MOST_POINTS / len(photo))))])
    anchors, photo = fitted.anchors[chosen], photo[chosen]
    whole = umap_places(anchors, 0, cache=cache)
    seeds, subsamples, disparities = [], [], []
    for run in range(1, RUNS + 1):
        again = umap_places(anchors, run, cache=cache)
        seeds.append(shared_neighbours(whole, again))
        disparities.append(procrustes(whole, again)[2])
        photos = generator.permutation(np.unique(photo))
        some = np.isin(photo, photos[: max(2, int(SHARE * len(photos)))])
        part = umap_places(anchors[some], 0, cache=cache)
        subsamples.append(shared_neighbours(whole[some], part))
        disparities.append(procrustes(whole[some], part)[2])
    chance = min(NEIGHBOURS, len(whole) - 1) / max(1, len(whole) - 1)
    figures = (np.mean(seeds), np.mean(subsamples), chance, np.mean(disparities))
    return Stability(*(round(float(one), 4) for one in figures), images=len(whole))


def shared_neighbours(first: np.ndarray, second: np.ndarray) -> float:
    """The mean share of nearest neighbours that points (N, r) have in both of two maps."""
    count = min(NEIGHBOURS, len(first) - 1)
    near = [NearestNeighbors(n_neighbors=count).fit(one).kneighbors(return_distance=False) for one in (first, second)]
    return float(np.mean([len(set(a) & set(b)) / count for a, b in zip(*near, strict=True)]))
