"""Concept directions: whether a prediction gets worse as a layer moves the way that a distortion moves it (TCAV).

After Kim et al., Interpretability beyond feature attribution: quantitative testing with concept activation vectors, ICML 2018.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import scipy.stats
from captum.attr import LayerActivation, LayerGradientXActivation
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler
from torch import Tensor

from ...synth_distort import distort, severity_curve
from ...synth_distort.photo import as_saved
from .explained import Explained
from .layers import layer_of

SEVERITY = 0.6  # of the distorted photos that an axis is fitted to
RUNS = 25  # of each distortion, and of random axes beside them; each fits an axis to another half of the photos


@dataclass(frozen=True)
class Concept:
    """The axis of one distortion in a layer, and what the prediction does along it.

    Attributes:
        distortion: its name.
        share: of photos that the axis was not fitted to, whose prediction gets worse along it: mean over runs.
        share_at_random: the same of axes between photos of which chance says which one is distorted.
        p_value: that both rows of shares are alike (Mann and Whitney, Ann. Math. Statist. 1947), two-sided.
    """

    distortion: str
    share: float
    share_at_random: float
    p_value: float


def concepts(
    explain: Callable[[Tensor], Explained],
    photos: Sequence[Tensor],
    distortions: Sequence[str],
    *,
    layer: str | None = None,
    seed: int = 0,
) -> Iterator[Concept]:
    """The axis of each of `distortions` in a layer, fitted to a half of the photos and tried on the other, again and again.

    Args:
        explain: what a prediction of an image (3, H, W) is a function of.
        photos: undistorted, (3, H, W) each; 4 at least.
        distortions: of the registry.
        layer: of the explained module; None for the one that methods look into.
        seed: of distortions and random axes.

    Raises:
        ValueError: there are too few photos, or the model has no such layer.
    """
    if len(photos) < 4:
        raise ValueError(f"{len(photos)} photos are given; an axis needs 4 at least")
    explained = [explain(photo) for photo in photos]
    clean = np.stack([_activation(one, layer) for one in explained])
    worse = np.stack([one.target.sign * _gradient(one, layer) for one in explained])
    generator = np.random.default_rng(seed)
    for name in distortions:
        severity = min(SEVERITY, severity_curve(name).ceiling)
        moved = (as_saved(distort(photo, name, severity, seed=seed + number)) for number, photo in enumerate(photos))
        pairs = np.stack([clean, np.stack([_activation(explain(image), layer) for image in moved])])
        runs = [_share_that_gets_worse(pairs, worse, generator) for _ in range(RUNS)]
        at_random = [_share_that_gets_worse(_swapped(pairs, generator), worse, generator) for _ in range(RUNS)]
        is_constant = len({*runs, *at_random}) == 1
        p_value = 1.0 if is_constant else float(scipy.stats.mannwhitneyu(runs, at_random).pvalue)
        yield Concept(name, float(np.mean(runs)), float(np.mean(at_random)), p_value)


def _activation(explained: Explained, layer: str | None) -> np.ndarray:
    """Of a layer, each channel's mean over places, (C,)."""
    _, module = layer_of(explained, layer)
    values = cast(Tensor, LayerActivation(explained.function, module).attribute(explained.inputs))
    return values.detach()[0].flatten(1).mean(1).double().numpy()


def _gradient(explained: Explained, layer: str | None) -> np.ndarray:
    """Of the prediction, by the same amount at all places of each channel, (C,)."""
    _, module = layer_of(explained, layer)
    inputs = tuple(one.detach().clone().requires_grad_() for one in explained.inputs)
    method = LayerGradientXActivation(explained.function, module, multiply_by_inputs=False)
    return cast(Tensor, method.attribute(inputs)).detach()[0].flatten(1).sum(1).double().numpy()


def _share_that_gets_worse(pairs: np.ndarray, worse: np.ndarray, generator: np.random.Generator) -> float:
    """Along the axis between the pairs of a random half, of the photos of the other half.

    Args:
        pairs: (2, P, C) activations of undistorted and of distorted photos.
        worse: (P, C) the direction in which the prediction of each gets worse.
        generator: of the half.
    """
    drawn = generator.permutation(len(worse))
    fitted, tried = np.split(drawn, [len(drawn) // 2])
    rows = pairs[:, fitted].reshape(-1, pairs.shape[2])
    scaler = StandardScaler().fit(rows)
    classifier = LogisticRegression().fit(scaler.transform(rows), np.repeat([False, True], len(fitted)))
    axis = classifier.coef_[0] / np.asarray(scaler.scale_)
    return float((worse[tried] @ axis > 0).mean())


def _swapped(pairs: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """The same pairs, in half of which the undistorted photo is called distorted."""
    swap = generator.permutation(np.arange(pairs.shape[1]) % 2 == 0)
    return np.where(swap[None, :, None], pairs[::-1], pairs)
