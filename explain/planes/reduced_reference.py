"""Reduced-reference quality: how far a photo is from a short signature of its reference, against how severe its distortion
is.

After Bianco, Celona and Napoletano, Disentangling Image Distortions in Deep Feature Space (Pattern Recognition Letters,
2021): distances in a reduced space of deep features order images by quality.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...models.metrics.agreement import srocc
from ...models.metrics.bootstrap import with_interval
from ..probes.type_probe import folds
from .subspaces import Displacements, subspace

LENGTH = 16  # numbers in a signature
RESAMPLES = 200


@dataclass(frozen=True)
class ReducedReference:
    """How distances from signatures rank severities, on photos that the reduced space was not fitted to.

    Attributes:
        length: numbers that are stored of a reference.
        overall: Spearman's correlation over images of all distortions together, with a 95 % interval over photos.
        by_distortion: of each distortion alone.
    """

    length: int
    overall: dict[str, float]
    by_distortion: dict[str, float]


def reduced_reference(moved: Displacements, *, length: int = LENGTH) -> ReducedReference:
    """Distances between images and their references in `length` dimensions, against severity."""
    photos = np.arange(len(moved.undistorted))
    distances = [np.zeros(ladders.shape[:2]) for ladders in moved.ladders]
    for left_out in folds(photos):
        rows = [np.delete(one, left_out, axis=0).reshape(-1, one.shape[-1]) for one in moved.ladders]
        basis = subspace(np.concatenate(rows), length)
        for distance, ladders in zip(distances, moved.ladders, strict=True):
            distance[left_out] = np.linalg.norm(ladders[left_out] @ basis, axis=-1)
    severities = np.concatenate(moved.severities)
    wide = np.concatenate(distances, axis=1)  # (P, all levels)

    def overall(drawn: np.ndarray) -> float:
        return srocc(wide[drawn].ravel(), np.tile(severities, len(drawn)))

    return ReducedReference(
        length,
        with_interval(overall, len(photos), resamples=RESAMPLES),
        {
            name: round(srocc(distance.ravel(), np.tile(levels, len(photos))), 4)
            for name, distance, levels in zip(moved.names, distances, moved.severities, strict=True)
        },
    )
