"""What people named as wrong with photos, by logistic regressions on the statistics of the severity trunk.

Photos without distortion take part, of which nobody would name anything: without them the soft background, the night and the
snow of good photos would count as faults.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from torch import Tensor

from ...synth_distort import read_photo
from ...synth_distort.photo import as_saved
from ...synth_distort.post_processing import Resize, Save
from ...synth_distort.pristine_photos import LARGEST_SCALE, PristinePhoto, load_uint8
from ...synth_distort.progress import advancing
from ..distortion_model.as_viewed import LONGER_SIDE, as_viewed
from ..distortion_model.calibration import LEAST_LOGIT
from ..distortion_model.viewed_network import LABELS, ViewedNetwork

INVERSE_PENALTY = (
    1e-3  # of the squared weights; up to 1e-2 the areas under the ROC curves of photos left out are the same
)
QUALITY = 92  # of the JPEG as which each photo without distortion takes part once more


def fit_names(
    network: ViewedNetwork, photos: Sequence[Path], labels: Tensor, clean: Sequence[PristinePhoto], folds: Tensor
) -> dict[str, Tensor]:
    """Regressions of what people named.

    Args:
        network: its severity trunk is fitted.
        photos: N photos that people looked at.
        labels: (N, LABELS) what they named, NaN where nobody was asked.
        clean: photos without distortion.
        folds: (N,) the fold of each photo.

    Returns:
        weight (LABELS, length) and bias (LABELS,) of all photos, and left_out (N, LABELS), the logits of each by the others.
    """
    images = (read_photo(path).image for path in photos)
    looked_at = described(network, advancing(images, "Photos that people named", total=len(photos)))
    good = described(network, advancing(_without_distortion(clean), "Photos to name nothing of", total=2 * len(clean)))
    weight, bias = _regressions(looked_at, labels, good)
    left_out = torch.zeros(len(photos), len(LABELS))
    for fold in folds.unique():
        inside = folds == fold
        by_others, shift = _regressions(looked_at[~inside], labels[~inside], good)
        left_out[inside] = looked_at[inside] @ by_others.T + shift
    return {"weight": weight, "bias": bias, "left_out": left_out}


@torch.inference_mode()
def described(network: ViewedNetwork, images: Iterable[Tensor]) -> Tensor:
    """What the head of the severity trunk takes of photos (3, H, W) of any sizes: (N, length)."""
    trunk = network.cpu().severity
    rows = (trunk.statistics(*network.early_stages(as_viewed(image)[None])) for image in images)
    return trunk.standardize(torch.cat(list(rows)))


def _without_distortion(photos: Sequence[PristinePhoto]) -> Iterator[Tensor]:
    """Each photo as viewed, and the same as a JPEG; little ones are made smaller, against traces of their own codec."""
    for one in photos:
        photo = load_uint8(one.path)
        image = (
            as_viewed(photo) if max(photo.shape[1:]) > 2 * LONGER_SIDE else Resize(LARGEST_SCALE)(photo.float() / 255)
        )
        image = as_saved(image)
        yield image
        yield Save("JPEG", QUALITY)(image)


def _regressions(looked_at: Tensor, labels: Tensor, good: Tensor) -> tuple[Tensor, Tensor]:
    """Weights (LABELS, length) and shifts (LABELS,)."""
    known = ~labels.isnan().any(1)
    rows = torch.cat([looked_at[known], good]).double().numpy()
    truths = torch.cat([labels[known], torch.zeros(len(good), len(LABELS))]).numpy()
    fitted = [_regression(rows, truth) for truth in truths.T]
    weights, shifts = (torch.from_numpy(np.array(parts, dtype=np.float32)) for parts in zip(*fitted, strict=True))
    return weights, shifts


def _regression(rows: np.ndarray, truth: np.ndarray) -> tuple[np.ndarray, float]:
    """Weights and shift of one label; one that nobody named is never expected."""
    if not truth.any():
        return np.zeros(rows.shape[1]), LEAST_LOGIT
    fit = LogisticRegression(C=INVERSE_PENALTY, max_iter=3000).fit(rows, truth)
    return fit.coef_[0], float(fit.intercept_[0])
