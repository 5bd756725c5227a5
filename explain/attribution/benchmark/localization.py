"""How well a map finds a region that is known: figures of one map and one mask."""

from __future__ import annotations

import numpy as np
from sklearn.metrics import average_precision_score, roc_auc_score

FIGURES = ("auc", "average_precision", "mass_over_share", "pointing")
STRIDE = 2  # px; every second pixel of every second row is enough


def localization(damage: np.ndarray, mask: np.ndarray) -> dict[str, float]:
    """The figures of a map.

    Args:
        damage: (H, W) signed, larger where there is more damage.
        mask: (H, W) 0 to 1; more than a half is inside.

    Returns:
        auc: that a pixel inside has more than one outside (area under the ROC curve); a half for a random map.
        average_precision: area under precision against recall.
        mass_over_share: share of the positive values that lies inside, over the mask's share of the photo; 1 for a random
            map, and 0 for one without positive values.
        pointing: 1 where the largest value lies inside (pointing game; Zhang et al., IJCV 2018).
    """
    inside = mask[::STRIDE, ::STRIDE].ravel() > 0.5
    values = damage[::STRIDE, ::STRIDE].ravel()
    positive = np.clip(values, 0, None)
    mass = positive[inside].sum() / positive.sum() if positive.any() else 0.0
    return {
        "auc": float(roc_auc_score(inside, values)),
        "average_precision": float(average_precision_score(inside, values)),
        "mass_over_share": float(mass / inside.mean()),
        "pointing": float(inside[values.argmax()]),
    }
