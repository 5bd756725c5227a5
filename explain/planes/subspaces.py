"""The subspace of each distortion: where its ladders lead from the undistorted photo, in the features of one layer.

Displacements are taken photo by photo, so that what a photo shows drops out, and in units of how far undistorted photos lie
apart.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...models.metrics.bootstrap import with_interval
from ..probes.ladder_features import LadderFeatures
from ..probes.type_probe import folds

REDUCED = 48  # dimensions that displacements of all distortions are reduced to before subspaces are fitted
MOST_DIMENSIONS = 12
PLANE = 2
ENOUGH = 0.9  # share of the displacement that a subspace must hold to be called large enough
RESAMPLES = 200


@dataclass(frozen=True)
class Displacements:
    """Where ladders lead, in a reduced space that all distortions share.

    Attributes:
        names: of the K distortions.
        severities: of each distortion, (levels,).
        ladders: of each distortion, (P, levels, r): each photo's displacements at each level.
        undistorted: (P, r) the photos themselves.
        mean, scale: (length,) of the undistorted photos' features, by which they are standardized.
        basis: (length, r) orthonormal; standardized features times it are the reduced space.
    """

    names: tuple[str, ...]
    severities: tuple[np.ndarray, ...]
    ladders: tuple[np.ndarray, ...]
    undistorted: np.ndarray
    mean: np.ndarray
    scale: np.ndarray
    basis: np.ndarray

    def reduce(self, features: np.ndarray) -> np.ndarray:
        """Features (..., length) in the reduced space, (..., r), seen from the mean undistorted photo."""
        return (features - self.mean) / self.scale @ self.basis


@dataclass(frozen=True)
class SubspaceShape:
    """Whether a distortion's ladders lie on a line, on a plane or in more dimensions.

    Attributes:
        distortion: a key of `DISTORTIONS`.
        explained: (MOST_DIMENSIONS,) share of the displacements of photos left out of the fit that subspaces of 1, 2, …
            dimensions hold.
        plane: that of PLANE dimensions, with its 95 % interval over photos.
        dimensions: the fewest that hold ENOUGH of it; MOST_DIMENSIONS + 1 where even those do not.
        straightness: of the mean ladder, its chord over its length: 1 for a straight line.
        turning: degrees by which the mean ladder turns from its first step to its last.
    """

    distortion: str
    explained: tuple[float, ...]
    plane: dict[str, float]
    dimensions: int
    straightness: float
    turning: float


def displacements(features: LadderFeatures, layer: str, *, dimensions: int = REDUCED) -> Displacements:
    """The ladders of `features` at `layer`, seen from their undistorted photos and reduced to what moves most.

    Raises:
        ValueError: there is only one photo.
    """
    photos = np.unique(features.photo)
    if len(photos) < 2:
        raise ValueError("planes are tried on photos that they were not fitted to; there is only 1 photo")
    rows, names, severity = features.layers[layer].astype(float), features.distortion, features.severity
    clean = np.stack([rows[(features.photo == photo) & (names == "")][0] for photo in photos])
    scale = clean.std(0)
    scale = (
        scale + 0.05 * np.median(scale) + 1e-9
    )  # a channel that is silent in undistorted photos does not rule all others
    kinds = tuple(sorted(set(names.tolist()) - {""}))
    severities = tuple(np.unique(severity[names == name]) for name in kinds)
    moved = []
    for name, levels in zip(kinds, severities, strict=True):
        index = {(features.photo[row], severity[row]): row for row in np.flatnonzero(names == name)}
        ladders = np.stack([[rows[index[photo, level]] for level in levels] for photo in photos])
        moved.append((ladders - clean[:, None]) / scale)
    energy = [
        one.reshape(-1, one.shape[-1]) / np.sqrt((one**2).sum() + 1e-12) for one in moved
    ]  # each distortion counts alike
    basis = _leading(np.concatenate(energy), dimensions)
    mean = clean.mean(0)
    return Displacements(
        kinds, severities, tuple(one @ basis for one in moved), (clean - mean) / scale @ basis, mean, scale, basis
    )


def subspace(ladders: np.ndarray, dimensions: int = PLANE) -> np.ndarray:
    """An orthonormal basis (r, dimensions) of what displacements (..., r) have most of; seen from the origin, not from
    their mean.
    """
    rows = ladders.reshape(-1, ladders.shape[-1])
    return np.linalg.eigh(rows.T @ rows)[1][:, ::-1][:, :dimensions]


def subspace_shape(moved: Displacements, distortion: str) -> SubspaceShape:
    """How many dimensions the ladders of `distortion` take, measured on photos that the subspace was not fitted to."""
    ladders = moved.ladders[moved.names.index(distortion)]
    photos = np.arange(len(ladders))
    most = min(MOST_DIMENSIONS, ladders.shape[-1])
    held, whole = np.zeros((len(photos), most)), (ladders**2).sum((1, 2))
    for left_out in folds(photos):
        basis = subspace(np.delete(ladders, left_out, axis=0), most)
        held[left_out] = np.cumsum(((ladders[left_out] @ basis) ** 2).sum(1), axis=1)
    explained = held.sum(0) / whole.sum()
    enough = np.flatnonzero(explained >= ENOUGH)
    plane = held[:, min(PLANE, most) - 1]
    path = np.concatenate([np.zeros((1, ladders.shape[-1])), ladders.mean(0)])
    return SubspaceShape(
        distortion,
        tuple(np.round(explained, 4).tolist()),
        with_interval(lambda drawn: float(plane[drawn].sum() / whole[drawn].sum()), len(photos), resamples=RESAMPLES),
        int(enough[0]) + 1 if len(enough) else MOST_DIMENSIONS + 1,
        *curvature(path),
    )


def curvature(path: np.ndarray) -> tuple[float, float]:
    """Of a path (points, r): its chord over its length, and the angle between its first step and its last in degrees."""
    steps = np.diff(path, axis=0)
    length = np.linalg.norm(steps, axis=1).sum()
    straightness = np.linalg.norm(path[-1] - path[0]) / max(length, 1e-12)
    first, last = steps[0], steps[-1]
    cosine = first @ last / max(float(np.linalg.norm(first) * np.linalg.norm(last)), 1e-12)
    return round(float(straightness), 4), round(float(np.degrees(np.arccos(np.clip(cosine, -1, 1)))), 2)


def _leading(rows: np.ndarray, dimensions: int) -> np.ndarray:
    """The leading right singular vectors of `rows` (N, length), (length, dimensions), each with its largest entry
    positive.
    """
    if len(rows) >= rows.shape[1]:
        vectors = np.linalg.eigh(rows.T @ rows)[1][:, ::-1][:, :dimensions]
    else:
        values, left = np.linalg.eigh(rows @ rows.T)
        kept = [place for place in np.argsort(values)[::-1][:dimensions] if values[place] > 1e-10 * values[-1]]
        vectors = rows.T @ left[:, kept] / np.sqrt(values[kept])
    signs = np.sign(vectors[np.abs(vectors).argmax(0), np.arange(vectors.shape[1])])
    return vectors * signs
