"""Principal angles between the planes of distortions, and whether two planes are more than chance apart."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Any, cast

import numpy as np
from scipy.cluster.hierarchy import leaves_list, linkage
from scipy.linalg import subspace_angles
from scipy.spatial.distance import squareform
from scipy.stats import wilcoxon

from ...models.metrics.many_tests import holm
from ..probes.type_probe import folds
from .subspaces import PLANE, Displacements, subspace

RESAMPLES = 200
SIGNIFICANT = 0.05


@dataclass(frozen=True)
class Angle:
    """Two distortions' planes.

    Attributes:
        first, second: names of the distortions.
        smallest, largest: principal angles between the planes, in degrees: 0 and 0 for one plane, 90 and 90 for planes at
            right angles.
        low, high: of the largest, a 95 % bootstrap interval over photos.
        p: of the permutation test that both planes are one; see `plane_test`.
        corrected: the same, corrected for the number of pairs (Holm, 1979).
    """

    first: str
    second: str
    smallest: float
    largest: float
    low: float
    high: float
    p: float
    corrected: float

    @property
    def distinct(self) -> bool:
        """Whether the planes are more than chance apart."""
        return self.corrected < SIGNIFICANT


@dataclass(frozen=True)
class Angles:
    """Angles between every two distortions' planes.

    Attributes:
        names: of the distortions.
        pairs: one for each two of them.
        same: (K,) the largest angle between planes of one distortion that were fitted to two halves of the photos: how far
            apart chance puts what is the same.
    """

    names: tuple[str, ...]
    pairs: tuple[Angle, ...]
    same: tuple[float, ...]

    @property
    def matrix(self) -> np.ndarray:
        """(K, K) the largest angles, in degrees; `same` on the diagonal."""
        place = {name: number for number, name in enumerate(self.names)}
        degrees = np.diag(np.array(self.same, dtype=float))
        for pair in self.pairs:
            a, b = place[pair.first], place[pair.second]
            degrees[a, b] = degrees[b, a] = pair.largest
        return degrees

    @property
    def clustered(self) -> list[int]:
        """The order in which distortions of like planes stand side by side: the leaves of average-linkage clustering."""
        if len(self.names) < 3:
            return list(range(len(self.names)))
        apart = self.matrix - np.diag(np.diag(self.matrix))
        return leaves_list(linkage(squareform(apart, checks=False), "average", optimal_ordering=True)).tolist()

    @property
    def shared(self) -> list[Angle]:
        """The pairs whose planes are not told apart, the nearest first."""
        return sorted((pair for pair in self.pairs if not pair.distinct), key=lambda pair: pair.largest)

    def testable(self, photos: int) -> bool:
        """Whether any pair can pass the test: the smallest p of signed ranks of so many `photos`, for all pairs."""
        return len(self.pairs) / 2**photos < SIGNIFICANT


def plane_angles(moved: Displacements, *, dimensions: int = PLANE) -> Angles:
    """Angles between the planes of every two distortions, with intervals and tests over photos."""
    planes = [subspace(ladders, dimensions) for ladders in moved.ladders]
    pairs = list(combinations(range(len(planes)), 2))
    drawn = _resampled_planes(moved, dimensions)
    residuals = [_residuals(moved, number, dimensions) for number in range(len(planes))]
    tests = [plane_test(residuals[a][:, [a, b]], residuals[b][:, [b, a]]) for a, b in pairs]
    angles = []
    for (a, b), p, corrected in zip(pairs, tests, holm(tests), strict=True):
        degrees = np.degrees(subspace_angles(planes[a], planes[b]))
        resampled = _largest_angle(drawn[a], drawn[b])
        low, high = np.quantile(resampled, [0.025, 0.975])
        numbers = (degrees.min(), degrees.max(), low, high)
        smallest, largest, low, high = (round(float(one), 2) for one in numbers)
        angles.append(Angle(moved.names[a], moved.names[b], smallest, largest, low, high, p, corrected))
    return Angles(moved.names, tuple(angles), tuple(_same(ladders, dimensions) for ladders in moved.ladders))


def plane_test(first: np.ndarray, second: np.ndarray) -> float:
    """Probability, if two distortions shared one plane, that photos' ladders lie so much nearer their own than the other's.

    Under that hypothesis own and other plane may change places in every photo: the exact permutation distribution of signed
    ranks (Wilcoxon, 1945) of the difference, one-sided. Planes are fitted to other photos than they are tried on.

    Args:
        first: (P, 2) share of each photo's ladder of the one distortion that lies outside its own plane, and outside the
            other's.
        second: (P, 2) the same of the other distortion.
    """
    nearer = (first[:, 1] - first[:, 0]) + (second[:, 1] - second[:, 0])
    if not np.any(nearer):
        return 1.0
    return float(cast(Any, wilcoxon(nearer, alternative="greater"))[1])


def _residuals(moved: Displacements, number: int, dimensions: int) -> np.ndarray:
    """(P, K) share of each photo's ladder of one distortion that lies outside each distortion's plane, fitted to other
    photos.
    """
    ladders = moved.ladders[number]
    outside = np.zeros((len(ladders), len(moved.names)))
    for left_out in folds(np.arange(len(ladders))):
        energy = (ladders[left_out] ** 2).sum((1, 2)).clip(min=1e-12)
        for other, others in enumerate(moved.ladders):
            basis = subspace(np.delete(others, left_out, axis=0), dimensions)
            outside[left_out, other] = 1 - ((ladders[left_out] @ basis) ** 2).sum((1, 2)) / energy
    return outside


def _resampled_planes(moved: Displacements, dimensions: int) -> list[np.ndarray]:
    """Of each distortion, (RESAMPLES, r, dimensions): planes of photos drawn with replacement."""
    count = len(moved.undistorted)
    draws = np.random.default_rng(0).multinomial(count, np.full(count, 1 / count), size=RESAMPLES)
    planes = []
    for ladders in moved.ladders:
        squares = np.einsum("pla,plb->pab", ladders, ladders)
        drawn = np.tensordot(draws, squares, axes=1)
        planes.append(np.linalg.eigh(drawn)[1][..., ::-1][..., :dimensions])
    return planes


def _largest_angle(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """In degrees, between planes (N, r, dimensions) in pairs."""
    cosines = np.linalg.svd(np.swapaxes(first, 1, 2) @ second, compute_uv=False)
    return np.degrees(np.arccos(np.clip(cosines.min(-1), -1, 1)))


def _same(ladders: np.ndarray, dimensions: int, halvings: int = 20) -> float:
    """The mean largest angle between planes fitted to two halves of the photos, drawn several times."""
    generator, degrees = np.random.default_rng(0), []
    for _ in range(halvings):
        order = generator.permutation(len(ladders))
        halves = np.array_split(ladders[order], 2)
        degrees.append(np.degrees(subspace_angles(*(subspace(half, dimensions) for half in halves))).max())
    return round(float(np.mean(degrees)), 2)
