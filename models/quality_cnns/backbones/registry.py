"""Backbones: the network that a region goes through, and the layers taken from it. The second of the four choices.

A backbone is any classifier of torchvision by its name there, EfficientNet-Lite or Inception-ResNet-v2 (timm), CaffeNet, or
`blemish`: the embedding of the embedded model, trained on distortions as the others are on content.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import torch
import torchvision
from torch import Tensor, nn
from torchvision.models.feature_extraction import create_feature_extractor, get_graph_node_names

from ...distortion_model.files import load_model
from ...distortion_model.tiles import windows_and_averages
from .caffenet import CaffeNet, CaffePreprocessing
from .efficientnet_lite import EFFICIENTNETS, MEAN, STD, random_efficientnet
from .weights import read_backbone_weights

PYRAMID = (1, 2, 4)  # cells a side at each level of the spatial pyramid (He et al., ECCV 2014)
DAMAGE = "blemish"
OTHERS = ("caffenet", *EFFICIENTNETS, "inception_resnet_v2", DAMAGE)


def list_backbones() -> list[str]:
    """The names of all backbones."""
    return [*OTHERS, *torchvision.models.list_models(module=torchvision.models)]


@dataclass(frozen=True)
class Backbone:
    """A network and its layers; two with the same settings are equal.

    Attributes:
        name: one of `list_backbones()`.
        layers: nodes of the network's graph, as torchvision's `get_graph_node_names` calls them, whose outputs are pooled and
            concatenated; empty for the input of the classifier ("features off the shelf").
        pooling: of a layer's map over its places: "mean", or "pyramid" (the means of 1, 2 × 2 and 4 × 4 cells).

    Raises:
        ValueError: there is no such backbone or pooling.
    """

    name: str
    layers: tuple[str, ...] = ()
    pooling: str = "mean"

    def __post_init__(self) -> None:
        if self.name not in list_backbones():
            raise ValueError(f"no backbone is called {self.name!r}; `blemish models` lists them")
        if self.pooling not in _POOLINGS:
            raise ValueError(f"pooling is {self.pooling!r}; it must be one of {', '.join(_POOLINGS)}")

    @property
    def words(self) -> str:
        """The backbone in a few words, for tables."""
        layers = f" ({', '.join(self.layers)})" if self.layers else ""
        return self.name + layers + (", pyramid" if self.pooling == "pyramid" else "")


class BackboneNetwork(nn.Module):
    """The network of a backbone, from regions to features.

    Args:
        backbone: what it is.
        weights: a folder that holds NAME.pth, .safetensors or .caffemodel; "download" for torchvision's or timm's own; None
            for random ones, for tests alone.

    Raises:
        WeightsError: the weights are not there, or do not fit.
        ValueError: the network has no such layer.
    """

    def __init__(self, backbone: Backbone, weights: Path | str | None) -> None:
        super().__init__()
        self.backbone = backbone
        network, self.preprocessing = random_network(backbone.name), preprocessing_of(backbone.name)
        if weights is not None:
            network.load_state_dict(read_backbone_weights(backbone.name, weights, network))
        nodes = get_graph_node_names(network, _tracing(network))[1]
        layers = backbone.layers or (_last_layer_before_classes(network, nodes),)
        for layer in layers:  # the name of a block stands for its last node
            if not any(node == layer or node.startswith(f"{layer}.") for node in nodes):
                blocks = ", ".join(dict.fromkeys(node.partition(".")[0] for node in nodes))
                raise ValueError(f"{backbone.name} has no layer {layer!r}; its layers are {blocks}")
        self.network = create_feature_extractor(
            network, {layer: layer for layer in layers}, tracer_kwargs=_tracing(network)
        )

    def forward(self, regions: Tensor) -> Tensor:
        """Regions (N, 3, h, w) in [0, 1] to features (N, length).

        Raises:
            ValueError: the network cannot take regions of this size.
        """
        return torch.cat([_POOLINGS[self.backbone.pooling](one) for one in self.maps(regions)], dim=1)

    def maps(self, regions: Tensor) -> list[Tensor]:
        """Regions (N, 3, h, w) in [0, 1] to the map of each layer (N, C, h', w').

        Raises:
            ValueError: the network cannot take regions of this size.
        """
        try:
            return [_as_map(one) for one in self.network(self.preprocessing(regions)).values()]
        except (AssertionError, RuntimeError) as error:
            size = f"{regions.shape[3]} × {regions.shape[2]} px"
            reason = str(error).partition("\n")[0]
            raise ValueError(f"{self.backbone.name} cannot take regions of {size} ({reason})") from error

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the weights, part of the key of cached features."""
        return digest_of(self.network)


class DamageNetwork(nn.Module):
    """The embedded model as a backbone: the embedding before its heads.

    It was trained on distortions alone. People's scores trained its MOS head, which is not used here.
    """

    def __init__(self) -> None:
        super().__init__()
        self.network = load_model().network.statistics

    def forward(self, regions: Tensor) -> Tensor:
        """Regions (N, 3, h, w) in [0, 1] to features (N, length)."""
        windows = [self.network.embed(windows_and_averages(region)[0]) for region in regions]
        return torch.stack([self.network.pool(one) for one in windows])

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the weights."""
        return digest_of(self.network)


def build_backbone(backbone: Backbone, weights: Path | str | None) -> BackboneNetwork | DamageNetwork:
    """The network of `backbone`, in evaluation mode; `weights` as `BackboneNetwork` takes them."""
    network = DamageNetwork() if backbone.name == DAMAGE else BackboneNetwork(backbone, weights)
    return network.eval()


def digest_of(network: nn.Module) -> str:
    """SHA-256 of all weights of `network`, in the order of their names."""
    digest = hashlib.sha256()
    for name, tensor in sorted(network.state_dict().items()):
        digest.update(name.encode())
        digest.update(tensor.detach().cpu().float().numpy().tobytes())
    return digest.hexdigest()


def random_network(name: str) -> nn.Module:
    """The whole classifier called `name`, with random weights."""
    if name == "caffenet":
        return CaffeNet().eval()
    if name in EFFICIENTNETS:
        return random_efficientnet(name)
    if name == "inception_resnet_v2":
        try:
            import timm
        except ModuleNotFoundError as error:
            raise ValueError(f"{name} needs timm: pip install 'blemish[backbones]'") from error
        return timm.create_model(name, pretrained=False).eval()
    # Networks that came from TensorFlow transform their input themselves, as torchvision does with its own weights.
    extra = {"init_weights": False, "transform_input": True} if name in ("googlenet", "inception_v3") else {}
    return torchvision.models.get_model(name, weights=None, **extra).eval()


def preprocessing_of(name: str) -> nn.Module:
    """The preprocessing that the network called `name` was trained with."""
    if name == "caffenet":
        return CaffePreprocessing()
    if name in EFFICIENTNETS:
        return Standardized(MEAN, STD)
    if name == "inception_resnet_v2":
        return Standardized([0.5] * 3, [0.5] * 3)
    transforms = torchvision.models.get_model_weights(name)["DEFAULT"].transforms()
    return Standardized(transforms.mean, transforms.std)


class Standardized(nn.Module):
    """Regions (N, 3, h, w) standardized as in the training of the network; no resize."""

    mean: Tensor
    std: Tensor

    def __init__(self, mean: Sequence[float], std: Sequence[float]) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(mean).view(3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(std).view(3, 1, 1), persistent=False)

    def forward(self, regions: Tensor) -> Tensor:
        """See the class."""
        return (regions - self.mean) / self.std


def _tracing(network: nn.Module) -> dict:
    """For torch.fx: timm's convolutions, which pad by the size of what comes in, are nodes and not traced."""
    return {"leaf_modules": list({type(module) for module in network.modules() if isinstance(module, nn.Conv2d)})}


def _last_layer_before_classes(network: nn.Module, nodes: Sequence[str]) -> str:
    """That of `nodes` whose output goes into the layer of the classes."""
    classifier = [name for name, module in network.named_modules() if isinstance(module, nn.Linear | nn.Conv2d)][-1]
    return nodes[nodes.index(classifier) - 1]


def _as_map(output: Tensor) -> Tensor:
    """A layer's output as (N, C, h, w): a vector has one place, the tokens of a transformer are places in a row."""
    if output.ndim == 2:
        return output[:, :, None, None]
    return output.transpose(1, 2)[:, :, None] if output.ndim == 3 else output


def _mean(maps: Tensor) -> Tensor:
    return maps.mean(dim=(2, 3))


def _pyramid(maps: Tensor) -> Tensor:
    """The same length for a map (N, C, h, w) of any size: C times 1 + 4 + 16."""
    return torch.cat([nn.functional.adaptive_avg_pool2d(maps, squares).flatten(1) for squares in PYRAMID], dim=1)


_POOLINGS = {"mean": _mean, "pyramid": _pyramid}
