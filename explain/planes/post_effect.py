"""What post-processing does to planes: how far it turns them, and what it leaves of a probe's accuracy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...models.metrics.bootstrap import with_interval
from ..probes.ladder_features import LadderFeatures
from ..probes.type_probe import type_probe
from .subspaces import Displacements, displacements, subspace

RESAMPLES = 200


@dataclass(frozen=True)
class PostEffect:
    """Ladders as made and after a post-processing, in one layer.

    Attributes:
        post_processing: its name.
        layer: whose features these are.
        transferred: accuracy of the type probe that was fitted to ladders as made, on other photos' ladders after it.
        refitted: accuracy of a probe that was fitted to ladders after it.
        turned: mean over distortions of the share of displacements after it that lies outside the distortion's plane as
            made; with its interval.
        turned_as_made: the same share of displacements as made: what lies outside anyway.
        by_distortion: `turned` of each.
    """

    post_processing: str
    layer: str
    transferred: dict[str, float]
    refitted: dict[str, float]
    turned: dict[str, float]
    turned_as_made: float
    by_distortion: dict[str, float]


def post_effect(made: LadderFeatures, after: LadderFeatures, layer: str) -> PostEffect:
    """Compare ladders `made` with those of some of the same photos `after` a post-processing."""
    both = made.take(np.isin(made.photo, after.photo))
    moved = displacements(made, layer)
    before, later = (_by_photo(one, layer, moved) for one in (both, after))
    planes = [subspace(ladders) for ladders in moved.ladders]
    outside = np.stack([_outside(ladders, plane) for ladders, plane in zip(later, planes, strict=True)], axis=1)
    anyway = np.stack([_outside(ladders, plane) for ladders, plane in zip(before, planes, strict=True)], axis=1)
    return PostEffect(
        after.post_processing,
        layer,
        type_probe(made, layer, tried=after).accuracy,
        type_probe(after, layer).accuracy,
        with_interval(lambda drawn: float(outside[drawn].mean()), len(outside), resamples=RESAMPLES),
        round(float(anyway.mean()), 4),
        {name: round(float(one), 4) for name, one in zip(moved.names, outside.mean(0), strict=True)},
    )


def _by_photo(features: LadderFeatures, layer: str, space: Displacements) -> list[np.ndarray]:
    """Of each distortion, (P, levels, r): displacements from each photo after the same post-processing, in `space`."""
    rows, names = space.reduce(features.layers[layer].astype(float)), features.distortion
    photos = np.unique(features.photo)
    clean = {photo: rows[(features.photo == photo) & (names == "")][0] for photo in photos}
    return [
        np.stack([rows[(features.photo == photo) & (names == name)] - clean[photo] for photo in photos])
        for name in space.names
    ]


def _outside(ladders: np.ndarray, plane: np.ndarray) -> np.ndarray:
    """(P,) share of each photo's ladder that lies outside a plane (r, dimensions)."""
    energy = (ladders**2).sum((1, 2)).clip(min=1e-12)
    return 1 - ((ladders @ plane) ** 2).sum((1, 2)) / energy
