"""Whole photos to calibrate with, damaged as those are that the model is evaluated on, from other collections.

Probabilities hold for photos of one population. Those of this one have no, one or two distortions, all over, and are looked at
as they are or after one of the post-processings that the model is evaluated with.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from ...synth_distort import DISTORTIONS, distort_chain, severity_curve
from ...synth_distort.photo import as_saved
from ...synth_distort.post_processing import POST_PROCESSINGS, Resize, post_process
from ...synth_distort.pristine_photos import PristinePhoto
from ..evaluation.conditions import CLEAR, EVALUATED_POST_PROCESSINGS, MILD
from .samples import LARGEST_SCALE, SMALLEST_SCALE, Sample, load_uint8

KINDS = {0: 0.4, 1: 0.5, 2: 0.1}  # how many distortions, and the share of photos that have so many


def draw_calibration_sample(photos: Sequence[PristinePhoto], seed: Sequence[int]) -> Sample:
    """One sample of a photo of `photos`, drawn evenly; the same `seed` always gives the same one."""
    generator = np.random.default_rng(list(seed))
    photo = photos[int(generator.integers(len(photos)))]
    scale = generator.uniform(SMALLEST_SCALE, LARGEST_SCALE)
    image = as_saved(Resize(scale)(load_uint8(photo.path).float() / 255))
    return _damaged(image, KINDS, EVALUATED_POST_PROCESSINGS, generator)


def _damaged(
    image: Tensor, kinds: dict[int, float], post_processings: Sequence[str], generator: np.random.Generator
) -> Sample:
    severities = _severities(kinds, generator)
    damaged = as_saved(distort_chain(image, severities, seed=int(generator.integers(2**32))))
    damaged = as_saved(post_process(damaged, POST_PROCESSINGS[str(generator.choice(post_processings))]))
    truth = torch.tensor([severities.get(name, 0.0) for name in DISTORTIONS])
    return Sample(damaged, truth, torch.ones(damaged.shape[1:]))


def _severities(kinds: dict[int, float], generator: np.random.Generator) -> dict[str, float]:
    names, chosen = list(DISTORTIONS), []
    for _ in range(int(generator.choice(list(kinds), p=list(kinds.values())))):
        chosen.append(str(generator.choice(names)))
        names = [name for name in names if DISTORTIONS[name].family != DISTORTIONS[chosen[-1]].family]
    return {name: _severity(severity_curve(name).ceiling, generator) for name in chosen}


def _severity(ceiling: float, generator: np.random.Generator) -> float:
    """Mild or clear, as the evaluation has them."""
    low, high = (MILD, CLEAR) if generator.random() < 0.5 else (CLEAR, ceiling)
    return float(generator.uniform(low, high))
