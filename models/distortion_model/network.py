"""The embedded network: one branch for a photo's own pixels (at 100 %), one for the photo as people view it."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, nn

from .as_viewed import as_viewed
from .statistics_network import HeadOutputs, StatisticsNetwork, StatisticsOutput
from .tiles import described_strips, sampled_strips
from .viewed_network import ViewedNetwork, ViewedOutput


@dataclass(frozen=True)
class NetworkOutput:
    """What the network makes of one photo, before calibration.

    Attributes:
        statistics: by its own pixels.
        viewed: as viewed; N = 1.
    """

    statistics: StatisticsOutput
    viewed: ViewedOutput

    def cpu(self) -> NetworkOutput:
        """The same on the CPU."""
        whole = HeadOutputs(*(tensor.cpu() for tensor in vars(self.statistics.whole).values()))
        statistics = StatisticsOutput(whole, self.statistics.local_severity.cpu(), self.statistics.distance.cpu())
        return NetworkOutput(statistics, ViewedOutput(*(tensor.cpu() for tensor in vars(self.viewed).values())))


class DistortionNetwork(nn.Module):
    """Both branches.

    Args:
        distortions: the names that the heads predict.
        width: of the hidden layer that reads windows.
    """

    def __init__(self, distortions: tuple[str, ...], *, width: int = 1024) -> None:
        super().__init__()
        self.distortions = distortions
        self.statistics = StatisticsNetwork(distortions, width=width)
        self.viewed = ViewedNetwork()

    def extract(self, image: Tensor, *, sampled: bool = False) -> NetworkOutput:
        """`image` (3, H, W), float32 in [0, 1] or uint8; `sampled` as `DistortionModel.predict` has it."""
        strips = sampled_strips if sampled else described_strips
        return NetworkOutput(
            statistics=self.statistics.extract(strips(image, self.statistics.statistics)),
            viewed=self.viewed(as_viewed(image)[None]),
        )
