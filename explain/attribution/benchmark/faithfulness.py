"""Whether a map says what the model does: parts of the photo are replaced by the undistorted photo, and it predicts again."""

from __future__ import annotations

import numpy as np
import torch
from captum.metrics import infidelity as captum_infidelity
from torch import Tensor

from ..explained import Explained
from ..mosaic import Mosaic

AREA = 0.2  # of the photo, that is repaired


def recovered(undistorted: Explained, damage: np.ndarray) -> float | None:
    """What share of all that the distortion changed comes back as the worst places of a map are repaired.

    Args:
        undistorted: the prediction, with the undistorted photo as its baseline.
        damage: (h, w) at the places of its first input, larger where there is more damage.

    Returns:
        The share once AREA of the photo, the worst places of the map, is the undistorted photo's; None where the distortion
        changed nothing.
    """
    mosaic = Mosaic(undistorted, torch.arange(damage.size).reshape(damage.shape))
    worst = np.argsort(-damage.ravel(), kind="stable")[: round(AREA * damage.size)]
    present = torch.ones(1, damage.size)
    present[0, worst.tolist()] = 0
    whole = undistorted.of_photo - undistorted.of_baseline
    return (undistorted.of_photo - float(mosaic(present))) / whole if whole else None


def infidelity(undistorted: Explained, values: np.ndarray, *, samples: int = 10, seed: int = 0) -> float:
    """How far values are from what replacing squares at random really changes (Yeh et al., NeurIPS 2019), by Captum.

    It is normalized, so that a factor on all values does not count, and over that of a map of zeros: 0 is faithful, 1 is no
    better than zeros.

    Args:
        undistorted: the prediction, with the undistorted photo as its baseline.
        values: (h, w) signed, at the places of its first input.
        samples: random replacements.
        seed: of these.
    """
    labels = torch.arange(values.size).reshape(values.shape)
    mosaic = Mosaic(undistorted, labels)

    def mean_square(attribution: np.ndarray) -> float:
        generator = np.random.default_rng(seed)

        def replaced(present: Tensor) -> tuple[Tensor, Tensor]:
            away = torch.stack([_random_box(values.shape, generator) for _ in present])
            return away, present - away

        maps = torch.from_numpy(attribution).float()[None]
        present = torch.ones(1, *values.shape)
        return float(captum_infidelity(mosaic, replaced, present, maps, n_perturb_samples=samples, normalize=True))

    nothing = mean_square(np.zeros_like(values))
    return mean_square(values) / nothing if nothing else 0.0


def _random_box(shape: tuple[int, ...], generator: np.random.Generator) -> Tensor:
    """1 in a box of a quarter to a half of each side."""
    box = torch.zeros(shape)
    sides = [max(1, int(length * generator.uniform(0.25, 0.5))) for length in shape]
    top, left = (int(generator.integers(length - side + 1)) for length, side in zip(shape, sides, strict=True))
    box[top : top + sides[0], left : left + sides[1]] = 1
    return box
