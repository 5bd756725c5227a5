"""Weights of backbones: from a user's folder, or downloaded from their makers. No other module of blemish downloads."""

from __future__ import annotations

from pathlib import Path
from urllib.error import URLError

import safetensors.torch
import torch
import torchvision
from torch import Tensor, nn

from ...distortion_model.files import WeightsError
from .caffe_files import read_caffe_weights

ENDINGS = (".safetensors", ".pth", ".caffemodel")
DOWNLOAD = "download"


def read_backbone_weights(name: str, weights: Path | str, network: nn.Module) -> dict[str, Tensor]:
    """The state dict of the backbone called `name`.

    Args:
        name: of the backbone.
        weights: a folder that holds NAME with one of ENDINGS, or "download".
        network: that the weights are for.

    Raises:
        WeightsError: there are none, they cannot be read, or they are of another network.
    """
    if weights == DOWNLOAD:
        return _downloaded(name)
    files = [Path(weights) / f"{name}{ending}" for ending in ENDINGS]
    found = next((file for file in files if file.is_file()), None)
    if found is None:
        raise WeightsError(f"{weights}: holds no {', '.join(file.name for file in files)}")
    return read_state(found, name, network)


def read_state(file: Path, name: str, network: nn.Module) -> dict[str, Tensor]:
    """The state dict of the backbone called `name` in a file with one of ENDINGS, checked against `network`.

    Raises:
        WeightsError: it cannot be read, or is of another network.
    """
    state = _read(file)
    expected = network.state_dict()
    for key, tensor in expected.items():
        if key.endswith("num_batches_tracked"):  # used in training alone; some files leave it out
            state.setdefault(key, tensor)
        if not isinstance(state.get(key), Tensor):
            raise WeightsError(f"{file}: is not {name}; it lacks {key}")
        if state[key].shape != tensor.shape:
            shapes = f"{tuple(state[key].shape)}, not {tuple(tensor.shape)}"
            raise WeightsError(f"{file}: is not {name}; {key} has the shape {shapes}")
    return {key: state[key] for key in expected}


def _read(file: Path) -> dict[str, Tensor]:
    if not file.is_file():
        raise WeightsError(f"{file}: there is no such file")
    if file.suffix == ".caffemodel":
        return read_caffe_weights(file)
    try:
        if file.suffix == ".safetensors":
            return safetensors.torch.load_file(file)
        return dict(torch.load(file, weights_only=True, map_location="cpu"))
    except Exception as error:  # a broken file raises errors of many kinds, some of many lines
        raise WeightsError(f"{file}: cannot be read as a state dict") from error


def _downloaded(name: str) -> dict[str, Tensor]:
    try:
        if name == "inception_resnet_v2":
            import timm

            return timm.create_model(name, pretrained=True).state_dict()
        if name in torchvision.models.list_models(module=torchvision.models):
            return torchvision.models.get_model(name, weights="DEFAULT").state_dict()
    except (URLError, OSError, RuntimeError) as error:
        raise WeightsError(f"{name}: its weights cannot be downloaded ({error})") from error
    raise WeightsError(f"{name}: its weights cannot be downloaded; give a folder that holds {name}.caffemodel")
