"""Pooled features of several layers at once: mean and standard deviation of each channel over a whole photo, of any network.

What a layer puts out is pooled where it leaves the layer, so that no map is kept and later operations in place cannot
change it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import torch
from torch import Tensor, nn

from ...distortion_model.as_viewed import as_viewed
from ...distortion_model.files import load_model
from ...distortion_model.tiles import windows_and_averages
from .registry import DAMAGE, digest_of, list_backbones, preprocessing_of, random_network
from .weights import read_backbone_weights

PROBE_SIDE = 128  # px; of the image whose way through a network shows at which resolution each layer works
BLOCK_DEPTH = 1  # dots in the name of a block: "layer1", "features.3"
SKIPPED = (nn.Dropout, nn.Identity)


class LayerNetwork(nn.Module):
    """A network from one photo to the pooled features of some of its layers.

    Args:
        network: takes standardized photos (1, 3, H, W).
        preprocessing: what is done to a photo in [0, 1] first.
        layers: names of its modules; empty for the last one at each resolution, before the classifier.
        name: for messages.

    Raises:
        ValueError: the network has no such layer, or none that could be pooled.
    """

    def __init__(self, network: nn.Module, preprocessing: nn.Module, layers: Sequence[str], *, name: str) -> None:
        super().__init__()
        self.name = name
        self.network = network.eval().to(memory_format=torch.channels_last)
        self.preprocessing = preprocessing
        modules = dict(self.network.named_modules())
        if unknown := [layer for layer in layers if layer not in modules or not layer]:
            known = [key for key in modules if key and key.count(".") < 2]
            raise ValueError(f"{name} has no layer {unknown[0]!r}; its layers are {', '.join(known)}")
        self.layers = tuple(layers) or self._last_at_each_resolution()
        self._pooled: dict[str, Tensor] = {}
        self._maps: dict[str, Tensor] | None = None
        for layer in self.layers:
            modules[layer].register_forward_hook(lambda _, __, output, layer=layer: self._keep(layer, output))

    @torch.inference_mode()
    def forward(self, image: Tensor) -> dict[str, Tensor]:
        """A photo (3, H, W) in [0, 1] to (2 · channels,) of each layer: means over the photo, then standard deviations.

        One photo at a time: what its features are then cannot depend on the photos beside it.

        Raises:
            ValueError: the network cannot take a photo of this size, or a layer puts out no map.
        """
        self._pooled.clear()
        batch = self.preprocessing(image[None]).contiguous(memory_format=torch.channels_last)
        try:
            self.network(batch)
        except (AssertionError, RuntimeError) as error:
            size, reason = f"{image.shape[2]} × {image.shape[1]} px", str(error).partition("\n")[0]
            raise ValueError(f"{self.name} cannot take photos of {size} ({reason})") from error
        if missing := [layer for layer in self.layers if layer not in self._pooled]:
            raise ValueError(f"{self.name}: the layer {missing[0]} was not used, or its output is no map of channels")
        return {layer: self._pooled[layer] for layer in self.layers}

    def maps(self, image: Tensor) -> dict[str, Tensor]:
        """The same photo to what each layer puts out before pooling, (channels, h, w); layers without places are left out."""
        self._maps = {}
        try:
            self(image)
            return self._maps
        finally:
            self._maps = None

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the weights, by which features are known again."""
        return digest_of(self.network)

    def _keep(self, layer: str, output: object) -> None:
        if isinstance(output, Tensor) and output.ndim in (2, 3, 4):
            self._pooled[layer] = mean_and_deviation(output)
            if self._maps is not None and output.ndim == 4:
                self._maps[layer] = output[0].clone()

    @torch.inference_mode()
    def _last_at_each_resolution(self) -> tuple[str, ...]:
        """The last module at each resolution, by the order in which they end, up to the layer with the classes."""
        modules = dict(self.network.named_modules())
        weighted = [key for key, module in modules.items() if isinstance(module, nn.Linear | nn.Conv2d)]
        ended: list[tuple[str, int]] = []  # name and places

        def note(name: str, output: object) -> None:
            if isinstance(output, Tensor) and output.ndim in (3, 4) and not isinstance(modules[name], SKIPPED):
                places = output.shape[2] * output.shape[3] if output.ndim == 4 else output.shape[1]
                ended.append((name, places))

        hooks = [
            module.register_forward_hook(lambda _, __, output, key=key: note(key, output))
            for key, module in modules.items()
            if key
        ]
        try:
            self.network(self.preprocessing(torch.rand(1, 3, PROBE_SIDE, PROBE_SIDE)))
        except (AssertionError, RuntimeError) as error:
            raise ValueError(f"{self.name}: name its layers; {PROBE_SIDE} px are not to its size ({error})") from error
        finally:
            for hook in hooks:
                hook.remove()
        return _chosen(ended, weighted[-1] if weighted else "", self.name)


class EmbeddedLayers(nn.Module):
    """The embedded model's layers. At 100 %: fixed statistics, embeddings of windows, and of averages. As viewed: the early
    stages, and the last maps of the trunks for opinions and for severity.
    """

    names = ("statistics", "windows", "averages", "viewed", "opinion", "severity")

    def __init__(self, layers: Sequence[str] = ()) -> None:
        super().__init__()
        if unknown := [layer for layer in layers if layer not in self.names]:
            raise ValueError(f"{DAMAGE} has no layer {unknown[0]!r}; its layers are {', '.join(self.names)}")
        self.layers, self.name = tuple(layers) or self.names, DAMAGE
        self.network = load_model().network

    @torch.inference_mode()
    def forward(self, image: Tensor) -> dict[str, Tensor]:
        """A photo (3, H, W) in [0, 1] to the features of each layer; means and deviations are over its windows or maps."""
        (windows, averages), own = windows_and_averages(image), self.network.statistics
        standard = own.standardize(windows)
        viewed = self.network.viewed
        maps, early = viewed.early_stages(as_viewed(image)[None])
        features = {
            "statistics": mean_and_deviation(standard[None]),
            "windows": mean_and_deviation(own.encoder(standard)[None]),
            "averages": own.averages(averages[None])[0],
            "viewed": early[0],
            "opinion": mean_and_deviation(viewed.opinion.late(maps)[0]),
            "severity": mean_and_deviation(viewed.severity.late(maps)[0]),
        }
        return {layer: features[layer] for layer in self.layers}

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the weights."""
        return digest_of(self.network)


Network = LayerNetwork | EmbeddedLayers


def layer_network(backbone: str | nn.Module, layers: Sequence[str], weights: Path | str | None) -> Network:
    """The network of a backbone by name, or any module that takes photos (1, 3, H, W) in [0, 1].

    Args:
        backbone: one of `list_backbones()`, or a module.
        layers: names of its layers; empty for the last one at each resolution.
        weights: of a backbone by name, as `BackboneNetwork` takes them.

    Raises:
        ValueError: there is no such backbone or layer.
        WeightsError: the weights are not there, or do not fit.
    """
    if isinstance(backbone, nn.Module):
        return LayerNetwork(backbone, nn.Identity(), layers, name=type(backbone).__name__)
    if backbone not in list_backbones():
        raise ValueError(f"no backbone is called {backbone!r}; `blemish models` lists them")
    if backbone == DAMAGE:
        return EmbeddedLayers(layers)
    network = random_network(backbone)
    if weights is not None:
        network.load_state_dict(read_backbone_weights(backbone, weights, network))
    return LayerNetwork(network, preprocessing_of(backbone), layers, name=backbone)


def mean_and_deviation(output: Tensor) -> Tensor:
    """A layer's output, (1, C, H, W), tokens (1, T, C) or a vector (1, C), as (2 C,): means, then deviations over its places.

    A vector has one place: it is returned as it is, (C,).
    """
    if output.ndim == 2:
        return output[0].float()
    places = (output[0].flatten(1).T if output.ndim == 4 else output[0]).float()
    mean = places.mean(0)
    return torch.cat([mean, (places - mean).square().mean(0).sqrt()])  # torch.std_mean takes twice the time


def _chosen(ended: Sequence[tuple[str, int]], classifier: str, name: str) -> tuple[str, ...]:
    """Of modules in the order in which they ended: the last block at each number of places above 1, before `classifier`."""
    names = [one for one, _ in ended]
    before = ended[: names.index(classifier)] if classifier in names else ended
    # The parts of a block are left out: what they put out inside it may have another resolution than the block.
    last = {places: module for module, places in before if places > 1 and module.count(".") <= BLOCK_DEPTH}
    if not last:
        raise ValueError(f"{name} has no layer with a map that could be pooled; name its layers")
    return tuple(last[places] for places in sorted(last, reverse=True))
