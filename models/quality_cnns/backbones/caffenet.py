"""CaffeNet, the AlexNet that comes with Caffe, in Caffe's own layer names so that its published weights fit.

BVLC Reference CaffeNet, github.com/BVLC/caffe/tree/master/models/bvlc_reference_caffenet; after Krizhevsky, Sutskever and
Hinton, ImageNet classification with deep convolutional neural networks, NIPS 2012, but normalized after pooling.
"""

from __future__ import annotations

import torch.fx
from torch import Tensor, nn

SIDE = 227  # px
CLASSES = 1000  # of ImageNet
MEAN_BGR = (104.007, 116.669, 122.679)  # of ImageNet's training photos, 0 to 255


class CaffeNet(nn.Module):
    """Preprocessed photos (N, 3, 227, 227) to logits of ImageNet's classes (N, 1000).

    Caffe overwrites conv1 … fc7 with what the rectifier makes of them, so that its blob "fc7" is this network's "relu7".
    Here "fc7" is what comes before the rectifier, and a feature extractor that stops at "pool5" or sooner takes other sizes.
    """

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 96, 11, stride=4)
        self.relu1 = nn.ReLU()
        self.pool1 = _pooling()
        self.norm1 = nn.LocalResponseNorm(5, alpha=1e-4, beta=0.75)
        self.conv2 = nn.Conv2d(96, 256, 5, padding=2, groups=2)
        self.relu2 = nn.ReLU()
        self.pool2 = _pooling()
        self.norm2 = nn.LocalResponseNorm(5, alpha=1e-4, beta=0.75)
        self.conv3 = nn.Conv2d(256, 384, 3, padding=1)
        self.relu3 = nn.ReLU()
        self.conv4 = nn.Conv2d(384, 384, 3, padding=1, groups=2)
        self.relu4 = nn.ReLU()
        self.conv5 = nn.Conv2d(384, 256, 3, padding=1, groups=2)
        self.relu5 = nn.ReLU()
        self.pool5 = _pooling()
        self.fc6 = nn.Linear(256 * 6 * 6, 4096)
        self.relu6 = nn.ReLU()
        self.drop6 = nn.Dropout(0.5)
        self.fc7 = nn.Linear(4096, 4096)
        self.relu7 = nn.ReLU()
        self.drop7 = nn.Dropout(0.5)
        self.fc8 = nn.Linear(4096, CLASSES)

    def forward(self, images: Tensor) -> Tensor:
        """See the class.

        Raises:
            ValueError: the photos are of a size that does not leave 6 × 6 places for fc6.
        """
        maps = self.norm1(self.pool1(self.relu1(self.conv1(images))))
        maps = self.norm2(self.pool2(self.relu2(self.conv2(maps))))
        maps = self.relu4(self.conv4(self.relu3(self.conv3(maps))))
        maps = self.pool5(self.relu5(self.conv5(maps)))
        features = self.drop6(self.relu6(self.fc6(_six_by_six(maps, images))))
        return self.fc8(self.drop7(self.relu7(self.fc7(features))))


class CaffePreprocessing(nn.Module):
    """Photos (N, 3, H, W), RGB in [0, 1], as in the training of CaffeNet: BGR in 0 to 255, less the mean; no resize."""

    mean: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(MEAN_BGR).view(3, 1, 1), persistent=False)

    def forward(self, images: Tensor) -> Tensor:
        """See the class."""
        return 255 * images.flip(-3) - self.mean


def _pooling() -> nn.MaxPool2d:
    """Caffe rounds the number of places up."""
    return nn.MaxPool2d(3, stride=2, ceil_mode=True)


@torch.fx.wrap  # a tracer cannot follow a branch on a shape
def _six_by_six(maps: Tensor, images: Tensor) -> Tensor:
    """Maps (N, 256, 6, 6) as vectors (N, 9216)."""
    if maps.shape[-2:] != (6, 6):
        raise ValueError(
            f"the photos have the shape {tuple(images.shape)}, but from fc6 on CaffeNet takes (N, 3, {SIDE}, {SIDE})"
        )
    return maps.flatten(1)
