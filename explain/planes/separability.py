"""How well each layer separates each distortion from the others, and which layer does it best."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.metrics import silhouette_samples

from ..probes.type_probe import TypeProbe
from .subspaces import Displacements

RESAMPLES = 500
MOST_POINTS = 1500  # for silhouettes, which take time and memory by the square


@dataclass(frozen=True)
class LayerScore:
    """One distortion in one layer.

    Attributes:
        layer, distortion: names.
        accuracy: share of its images that the type probe named rightly, on photos left out.
        silhouette: mean silhouette of its displacements among those of all distortions, by directions; -1 to 1 (Rousseeuw,
            1987).
        fisher: squared distance of its mean displacement from the others' mean, over the variances along that line (Fisher,
            1936).
    """

    layer: str
    distortion: str
    accuracy: float
    silhouette: float
    fisher: float


@dataclass(frozen=True)
class BestLayer:
    """The layer whose type probe names most images rightly, and what that choice is worth.

    Attributes:
        layer: the best on all photos.
        share: of each layer, how often it is the best when photos are drawn anew.
        accuracy: of the layer that is best on the photos drawn, measured on those not drawn: a figure that the choice did
            not help; with its 95 % interval.
    """

    layer: str
    share: dict[str, float]
    accuracy: dict[str, float]


def layer_scores(probe: TypeProbe, moved: Displacements) -> list[LayerScore]:
    """Every distortion at the layer of `probe`, whose displacements `moved` are."""
    counts = [one.shape[0] * one.shape[1] for one in moved.ladders]
    rows = np.concatenate([one.reshape(-1, one.shape[-1]) for one in moved.ladders])
    kind = np.repeat(np.arange(len(counts)), counts)
    directions = rows / np.linalg.norm(rows, axis=1, keepdims=True).clip(min=1e-12)
    chosen = np.random.default_rng(0).permutation(len(rows))[:MOST_POINTS]
    silhouettes = np.asarray(silhouette_samples(directions[chosen], kind[chosen]))
    right = np.diag(probe.confusion)
    return [
        LayerScore(
            probe.layer,
            name,
            round(float(right[probe.names.index(name)]), 4),
            round(float(silhouettes[kind[chosen] == number].mean()) if np.any(kind[chosen] == number) else 0.0, 4),
            round(fisher_ratio(rows[kind == number], rows[kind != number]), 4),
        )
        for number, name in enumerate(moved.names)
    ]


def fisher_ratio(some: np.ndarray, others: np.ndarray) -> float:
    """Squared distance of the means of rows (N, r) and (M, r), over the sum of the variances along the line between them."""
    line = some.mean(0) - others.mean(0)
    spread = (some @ line).var() + (others @ line).var()
    return float((line @ line) ** 2 / max(spread, 1e-12))


def best_layer(probes: list[TypeProbe]) -> BestLayer:
    """The best of the layers whose probes named the images of the same photos."""
    right = np.stack([probe.right_by_photo for probe in probes])
    layers, count = [probe.layer for probe in probes], right.shape[1]
    generator, wins, values = np.random.default_rng(0), np.zeros(len(layers)), []
    for _ in range(RESAMPLES):
        drawn = generator.integers(count, size=count)
        winner = int(right[:, drawn].mean(1).argmax())
        wins[winner] += 1
        if len(rest := np.setdiff1d(np.arange(count), drawn)):
            values.append(float(np.mean(right[winner, rest])))
    low, high = np.quantile(values, [0.025, 0.975])
    ends = {"value": float(np.mean(values)), "low": float(low), "high": float(high)}
    return BestLayer(
        layers[int(right.mean(1).argmax())],
        {layer: round(float(share), 3) for layer, share in zip(layers, wins / RESAMPLES, strict=True)},
        {name: round(value, 4) for name, value in ends.items()},
    )
