"""What a photo shows: a small CNN that looks at the whole photo, made small.

How much damage people mind depends on what is damaged, and statistics of windows cannot see that. The weights of this network
start from random; an ImageNet network teaches it (`distillation`), and no weight of the teacher is in it.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .tiles import as_float

SHORTER_SIDE, LONGER_SIDE = 256, 1024  # px; of what it looks at, at most
STRIP = 256  # rows of a photo that are shrunk at once
SHRINK = 0.5  # of small photos: it was taught what the teacher sees in photos twice as large
CHANNELS = (24, 48, 96, 192)  # each at half the resolution of the one before
BLOCKS = (0, 0, 1, 2)  # residual blocks at each of these
TAUGHT = {2: 96, 3: 320}  # of the teacher's maps: at which of these resolutions, and how many channels


class ContentNetwork(nn.Module):
    """Small photos to maps of what is where, at an eighth and a sixteenth of their size."""

    length = sum(TAUGHT.values())

    def __init__(self) -> None:
        super().__init__()
        stages, inputs = [], 3
        for channels, blocks in zip(CHANNELS, BLOCKS, strict=True):
            residual = [Residual(channels) for _ in range(blocks)]
            stages.append(nn.Sequential(_convolution(inputs, channels, stride=2), nn.ReLU(), *residual))
            inputs = channels
        self.stages = nn.ModuleList(stages)
        self.summaries = nn.ModuleDict({str(at): nn.Conv2d(CHANNELS[at], taught, 1) for at, taught in TAUGHT.items()})

    def forward(self, small: Tensor) -> list[Tensor]:
        """(N, 3, h, w) in [0, 1] to one map for each entry of TAUGHT, (N, channels, h', w')."""
        # Channels last in memory: its few channels then take a third less time.
        maps, features = [], (2 * small - 1).contiguous(memory_format=torch.channels_last)
        for number, stage in enumerate(self.stages):
            features = stage(features)
            if number in TAUGHT:
                maps.append(self.summaries[str(number)](features))
        return maps

    def describe(self, image: Tensor) -> Tensor:
        """A photo (3, H, W), float32 in [0, 1] or uint8, to (length,)."""
        return self.means(made_small(image)[None])[0]

    def means(self, small: Tensor) -> Tensor:
        """Small photos (N, 3, h, w) to the means of their maps, (N, length)."""
        return torch.cat([one.mean(dim=(2, 3)) for one in self(small)], dim=1)


class Residual(nn.Module):
    """Two convolutions whose outcome is added to what went in (He et al., CVPR 2016)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.change = nn.Sequential(_convolution(channels, channels), nn.ReLU(), _convolution(channels, channels))

    def forward(self, features: Tensor) -> Tensor:
        """See the class; the shape stays."""
        return (features + self.change(features)).relu()


def made_small(image: Tensor) -> Tensor:
    """`image` (3, H, W) at half its size, or smaller (`shrink_factor`); strip by strip, so that it needs little memory."""
    factor = shrink_factor(*image.shape[1:])
    height, width = (max(1, round(side * factor)) for side in image.shape[1:])
    narrow = [_resized(as_float(strip), strip.shape[1], width) for strip in image.split(STRIP, dim=1)]
    return _resized(torch.cat(narrow, dim=1), height, width).clamp(0, 1)


def shrink_factor(height: int, width: int) -> float:
    """What the sides of a photo are multiplied with before the content network sees it."""
    return min(SHRINK, SHORTER_SIDE / min(height, width), LONGER_SIDE / max(height, width))


def shrinking(side: int, factor: float) -> Tensor:
    """The matrix (side', side) that shrinks an axis as `made_small` does: bicubic, with antialiasing (Keys, IEEE TASSP 1981).

    It is mostly zeros, and for runtimes that can multiply but know no antialiasing.
    """
    count = max(1, round(side * factor))
    scale = side / count
    centres = (torch.arange(count, dtype=torch.float64)[:, None] + 0.5) * scale
    x = ((torch.arange(side) + 0.5 - centres) / scale).abs()
    near, far = (1.5 * x - 2.5) * x * x + 1, ((-0.5 * x + 2.5) * x - 4) * x + 2
    weights = torch.where(x < 1, near, torch.where(x < 2, far, torch.zeros(())))
    return (weights / weights.sum(1, keepdim=True)).float()


def _resized(image: Tensor, height: int, width: int) -> Tensor:
    return F.interpolate(image[None], size=(height, width), mode="bicubic", antialias=True)[0]


def _convolution(inputs: int, outputs: int, *, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1, bias=False), nn.BatchNorm2d(outputs))
