"""Several distortions at once: how much of each is in an image, as a non-negative combination of the distortions' axes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import nnls
from sklearn.covariance import ledoit_wolf

from ...models.metrics.bootstrap import with_interval
from ..probes.ladder_features import Chain, LadderFeatures
from .subspaces import Displacements

RESAMPLES = 200


@dataclass(frozen=True)
class Axes:
    """The axis of each distortion: where a unit of its severity leads.

    Attributes:
        names: of the K distortions.
        axes: (r, K) whitened, in the reduced space.
        whitening: (r, r) by which displacements are multiplied first, so that directions in which photos differ anyway
            count less.
    """

    names: tuple[str, ...]
    axes: np.ndarray
    whitening: np.ndarray

    def resolve(self, displacement: np.ndarray) -> np.ndarray:
        """Severities (K,), none negative, whose axes together come nearest to a displacement (r,) by least squares."""
        return nnls(self.axes, self.whitening @ displacement)[0]


@dataclass(frozen=True)
class MixtureError:
    """How well chains of several distortions were resolved, on photos that the axes were not fitted to.

    Attributes:
        of: how many distortions were in each chain.
        with_reference: whether displacements were taken from the undistorted photo, or from the mean undistorted photo.
        found: share of distortions in the chains that are among the `of` largest, with a 95 % interval over photos.
        absolute_error: mean absolute error of the severities of those in the chains, with a 95 % interval.
        chance: what `found` would be at random.
        images: how many chains there were.
    """

    of: int
    with_reference: bool
    found: dict[str, float]
    absolute_error: dict[str, float]
    chance: float
    images: int


def fit_axes(moved: Displacements, chosen: np.ndarray | None = None) -> Axes:
    """The axes of all distortions, by least squares through the origin over the photos `chosen` (all without it)."""
    photos = np.arange(len(moved.undistorted)) if chosen is None else chosen
    axes, left = [], []
    for levels, ladders in zip(moved.severities, moved.ladders, strict=True):
        axis = levels @ ladders[photos].mean(0) / (levels @ levels)
        axes.append(axis)
        left.append((ladders[photos] - levels[:, None] * axis).reshape(-1, len(axis)))
    covariance = ledoit_wolf(np.concatenate(left), assume_centered=True)[0]
    values, vectors = np.linalg.eigh(covariance)
    whitening = (vectors / np.sqrt(values.clip(min=1e-12))) @ vectors.T
    return Axes(moved.names, whitening @ np.stack(axes, axis=1), whitening)


def mixture_error(
    moved: Displacements, axes: Axes, mixtures: LadderFeatures, layer: str, *, with_reference: bool
) -> MixtureError:
    """How well `axes` resolve `mixtures`: chains of a number of distortions, with the undistorted photo of each.

    Raises:
        ValueError: there are no mixtures, or none of one size.
    """
    sizes = {len(chain) for chain in mixtures.chains if chain}
    if len(sizes) != 1:
        raise ValueError(f"mixtures are of {sorted(sizes)} distortions; they should be of one number")
    reduced = moved.reduce(mixtures.layers[layer].astype(float))
    clean = {mixtures.photo[row]: reduced[row] for row, chain in enumerate(mixtures.chains) if not chain}
    found: dict[int, list[float]] = {}
    errors: dict[int, list[float]] = {}
    for row, chain in enumerate(mixtures.chains):
        if chain:
            photo = int(mixtures.photo[row])
            origin = clean[photo] if with_reference else np.zeros(reduced.shape[1])
            share, error = _agreement(axes.names, axes.resolve(reduced[row] - origin), chain)
            found.setdefault(photo, []).append(share)
            errors.setdefault(photo, []).append(error)
    means = [np.array([np.mean(one) for one in by_photo.values()]) for by_photo in (found, errors)]
    figures = [
        with_interval(lambda drawn, of=one: float(of[drawn].mean()), len(one), resamples=RESAMPLES) for one in means
    ]
    of = sizes.pop()
    return MixtureError(of, with_reference, *figures, chance=of / len(axes.names), images=sum(map(len, found.values())))


def _agreement(names: tuple[str, ...], severities: np.ndarray, chain: Chain) -> tuple[float, float]:
    """The share of the chain that is among the largest, and the mean absolute error of its severities."""
    largest = {names[place] for place in np.argsort(severities)[::-1][: len(chain)] if severities[place] > 0}
    errors = [abs(severities[names.index(name)] - severity) for name, severity in chain]
    return len(largest & {name for name, _ in chain}) / len(chain), float(np.mean(errors))
