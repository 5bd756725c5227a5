"""The embeddings that the embedded model's heads read, kept from the pass that predicts: no photo is passed twice.

They are those of the branch that takes a photo's own pixels. With the statistics of the severity trunk, which takes the
photo as viewed, beside them, the nearest levels of training photos left out of the fit were less often of the right kind.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor

from ....models.distortion_model.device import CPU
from ....models.distortion_model.model import DistortionModel
from ....models.distortion_model.prediction import Prediction
from ....models.distortion_model.statistics_network import StatisticsNetwork
from ....models.distortion_model.tiles import described_strips

EMBEDDINGS = ("windows", "averages")


def predict_with_embedding(model: DistortionModel, image: Tensor) -> tuple[Prediction, np.ndarray]:
    """What `model` predicts of `image`, as `predict` takes it, and its embedding, (length,)."""
    with kept_embeddings(model.network.statistics) as kept:
        prediction = model.predict(image)
    return prediction, joined(kept)


@torch.inference_mode()
def embedding_of(model: DistortionModel, image: Tensor) -> np.ndarray:
    """The same embedding, (length,), of `image` (3, H, W) in [0, 1], without a prediction."""
    network = model.on(CPU).network.statistics
    with kept_embeddings(network) as kept:
        network.extract(described_strips(image, network.statistics))
    return joined(kept)


@contextmanager
def kept_embeddings(network: StatisticsNetwork) -> Iterator[dict[str, Tensor]]:
    """A dictionary into which, within the block, this thread's passes through `network` put EMBEDDINGS of a photo."""
    kept: dict[str, Tensor] = {}
    thread = threading.get_ident()

    def keep(name: str, read: Tensor) -> None:
        # The heads read each window too, of which there are many in a tensor; a photo's embedding is one alone.
        if threading.get_ident() == thread and read.ndim == 1:
            kept[name] = read.detach()

    def keeping(name: str) -> Callable[..., None]:
        return lambda _, inputs: keep(name, inputs[0])

    heads = dict(zip(EMBEDDINGS, (network.heads, network.averages.heads), strict=True))
    hooks = [head.register_forward_pre_hook(keeping(name)) for name, head in heads.items()]
    try:
        yield kept
    finally:
        for hook in hooks:
            hook.remove()


def joined(embeddings: dict[str, Tensor]) -> np.ndarray:
    """EMBEDDINGS of a photo, one behind the other, (length,)."""
    return torch.cat([embeddings[name].float().cpu() for name in EMBEDDINGS]).double().numpy()
