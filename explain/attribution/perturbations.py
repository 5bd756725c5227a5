"""Attribution by taking parts away, through Captum: a part that is away shows the baseline."""

from __future__ import annotations

import torch
from captum.attr import FeatureAblation, KernelShap, Occlusion
from torch import Tensor

from .explained import Explained
from .memory import examples_at_once
from .mosaic import Mosaic, squares, superpixels

SUPERPIXELS = 40
SAMPLES = 10  # of KernelSHAP, for each part


def occlusion(explained: Explained, *, side: int = 32, window: int = 3) -> tuple[Tensor, dict]:
    """What the prediction loses when a square is taken away, mean over the squares over a place (Zeiler and Fergus, ECCV 2014).

    Args:
        explained: the prediction.
        side: px by which the square moves.
        window: its own side, in these steps.
    """
    labels = squares(explained, side)
    mosaic, (rows, columns) = Mosaic(explained, labels), _grid(labels)
    window = min(window, rows, columns)
    lost = Occlusion(mosaic).attribute(
        torch.ones(1, rows, columns),
        sliding_window_shapes=(window, window),
        strides=(1, 1),
        baselines=0,
        perturbations_per_eval=examples_at_once(explained.bytes_per_example),
    )[0]
    settings = {"side": side, "window": window, "evaluations": (rows - window + 1) * (columns - window + 1)}
    return mosaic.spread(lost.detach().flatten() / window**2), settings


def feature_ablation(explained: Explained, *, parts: int = SUPERPIXELS) -> tuple[Tensor, dict]:
    """What the prediction loses when each superpixel is taken away by itself."""
    mosaic = Mosaic(explained, superpixels(explained, parts))
    lost = FeatureAblation(mosaic).attribute(
        torch.ones(1, mosaic.count),
        baselines=0,
        perturbations_per_eval=examples_at_once(explained.bytes_per_example),
    )[0]
    return mosaic.spread(lost.detach()), {"superpixels": mosaic.count, "evaluations": mosaic.count}


def kernel_shap(
    explained: Explained, *, parts: int = SUPERPIXELS, samples: int | None = None, seed: int = 0
) -> tuple[Tensor, dict]:
    """Shapley values of superpixels, by regression on random mosaics (Lundberg and Lee, NIPS 2017)."""
    mosaic = Mosaic(explained, superpixels(explained, parts))
    samples = SAMPLES * mosaic.count if samples is None else samples
    torch.manual_seed(seed)
    values = KernelShap(mosaic).attribute(
        torch.ones(1, mosaic.count),
        baselines=0,
        n_samples=samples,
        perturbations_per_eval=examples_at_once(explained.bytes_per_example),
    )[0]
    return mosaic.spread(values.detach()), {"superpixels": mosaic.count, "samples": samples, "seed": seed}


def _grid(labels: Tensor) -> tuple[int, int]:
    """Rows and columns of squares."""
    columns = len(labels[0].unique())
    return (int(labels.max()) + 1) // columns, columns
