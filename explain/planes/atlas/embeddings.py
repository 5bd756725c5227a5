"""The embeddings that the heads of the embedded model read, kept from the pass that predicts: a photo is not seen twice."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from torch import Tensor

from ....models.distortion_model.model import DistortionModel
from ....models.distortion_model.network import DistortionNetwork
from ....models.distortion_model.prediction import Prediction

# At 100 %: the photo's windows, and its averages. As viewed: the statistics of all maps up to the end of the severity trunk.
EMBEDDINGS = ("windows", "averages", "severity")


def predict_with_embeddings(model: DistortionModel, image: Tensor) -> tuple[Prediction, dict[str, np.ndarray]]:
    """What `model` predicts of `image`, as `predict` takes it, and each of EMBEDDINGS, (length,) float32."""
    with kept_embeddings(model.network) as kept:
        prediction = model.predict(image)
    return prediction, {name: kept[name].float().numpy() for name in EMBEDDINGS}


@contextmanager
def kept_embeddings(network: DistortionNetwork) -> Iterator[dict[str, Tensor]]:
    """A dictionary into which, within the block, this thread's passes through `network` put the embeddings of a photo."""
    kept: dict[str, Tensor] = {}
    thread = threading.get_ident()
    heads = {
        "windows": network.statistics.heads,
        "averages": network.statistics.averages.heads,
        "severity": network.viewed.severity.head,
    }

    def keep(name: str, read: Tensor) -> None:
        # The heads read each window too, of which there are many in a tensor; a photo's embedding is one alone.
        if threading.get_ident() == thread and read.numel() == read.shape[-1]:
            kept[name] = read.detach().flatten()

    hooks = [
        head.register_forward_pre_hook(lambda _, inputs, name=name: keep(name, inputs[0]))
        for name, head in heads.items()
    ]
    try:
        yield kept
    finally:
        for hook in hooks:
            hook.remove()
