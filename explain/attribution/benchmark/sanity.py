"""Whether a map depends on what the model learned, and on nothing else.

After Adebayo et al., "Sanity checks for saliency maps", NeurIPS 2018.
"""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable

import numpy as np
import torch
from captum.metrics import sensitivity_max
from torch import Tensor

from ....models.distortion_model.model import DistortionModel
from ....models.metrics.agreement import srocc

STAGES = ("heads", "embeddings", "everything")  # each with all those before: layers nearest to the prediction first
RADIUS = 2 / 255  # of the change of each pixel, in max-sensitivity


def with_shuffled_weights(model: DistortionModel, stage: str, *, seed: int) -> DistortionModel:
    """A copy of `model` in which the weights of the last layers are shuffled within each tensor.

    Args:
        model: the model.
        stage: one of STAGES: the layers that predict, also those that they read, or all that was learned.
        seed: of the order.

    Raises:
        ValueError: there is no such stage.
    """
    if stage not in STAGES:
        raise ValueError(f"stage is {stage!r}; it must be one of {', '.join(STAGES)}")
    network = copy.deepcopy(model.network)
    generator = torch.Generator().manual_seed(seed)
    for name, tensor in [*network.named_parameters(), *network.named_buffers()]:
        if tensor.is_floating_point() and _stage_of(name) in STAGES[: STAGES.index(stage) + 1]:
            flat = tensor.data.flatten()
            tensor.data.copy_(flat[torch.randperm(len(flat), generator=generator)].view_as(tensor))
    return dataclasses.replace(model, network=network)


def rank_correlation(one: np.ndarray, other: np.ndarray) -> float:
    """Spearman's, over places; 0 where either map is constant."""
    if np.ptp(one) == 0 or np.ptp(other) == 0:
        return 0.0
    return srocc(one.ravel(), other.ravel())


def max_sensitivity(explain: Callable[[Tensor], Tensor], image: Tensor, *, samples: int = 3, seed: int = 0) -> float:
    """The largest relative change of a map when no pixel changes visibly (Yeh et al., NeurIPS 2019), as Captum computes it.

    Args:
        explain: from an image (3, H, W) to its map (h, w).
        image: (3, H, W).
        samples: changed copies.
        seed: of their changes.
    """
    torch.manual_seed(seed)

    def maps(inputs: tuple[Tensor, ...]) -> Tensor:
        return torch.stack([explain(one) for one in inputs[0]])

    found = sensitivity_max(
        maps, image[None], perturb_radius=RADIUS, n_perturb_samples=samples, max_examples_per_batch=1
    )
    return float(found)


def _stage_of(name: str) -> str:
    """How far from the prediction the tensor called `name` is, and "fixed" for what was never learned."""
    if name.startswith(("statistics.statistics", "statistics.out_of_distribution")) or "standardize" in name:
        return "fixed"
    if name == "viewed.word_scores" or {"head", "heads"} & set(name.split(".")):
        return "heads"
    return "everything" if name.startswith("viewed.early") else "embeddings"
