"""Where the physics is: fixed filters over a photo, each response reduced to a few statistics of a window.

Distortions change the statistics of a photo, not its objects: noise lifts the high frequencies, blur empties them, a codec
leaves its grid and its zeros. So the first part of the network computes what is known to carry them: DCT filters at several
scales and on colour planes; correlations of the high-pass residual between neighbours and colour channels (what a sensor or a
resampler leaves); the grid and period of gradients (block codecs, pixelation); mean-subtracted contrast-normalised values
(Mittal, Moorthy and Bovik, IEEE TIP 2012); and the histogram (clipping, gaps). Each is a mean over a cell of 32 x 32 px, means
of cells make windows of 128 x 128 px, and only then come the logarithms and ratios. Everything slides over a photo of any size.
"""

from __future__ import annotations

from typing import Protocol, cast

import torch
from torch import Tensor, nn

from .blocking import GradientPeriods
from .dct import FilterStatistics, dct_filters
from .geometry import luminance_and_chroma
from .histogram import Histogram
from .mscn import ContrastNormalized
from .residuals import ResidualCorrelations


class Part(Protocol):
    """One family of statistics: `moments` means over each cell, of which `length` statistics of a window are made."""

    moments: int
    length: int

    def cells(self, region: Tensor, planes: Tensor) -> Tensor:
        """Means over the cells of `region` (N, 3, H + 2 HALO, W + 2 HALO), of which `planes` is Y', Cb and Cr."""
        ...

    def describe(self, moments: Tensor) -> Tensor:
        """Averaged means (N, moments, h, w) to statistics (N, length, h, w)."""
        ...


class PooledStatistics(nn.Module):
    """Images to windows of statistics, fully convolutional and without trained parameters.

    It is for inference: much is made in place, so that no gradient runs back to the image.
    """

    def __init__(self) -> None:
        super().__init__()
        self._parts = nn.ModuleList(
            [
                FilterStatistics(dct_filters(4), plane=0, scale=1),
                FilterStatistics(dct_filters(8), plane=0, scale=2),
                FilterStatistics(dct_filters(8), plane=0, scale=4),
                *(FilterStatistics(dct_filters(4), plane=plane, scale=scale) for plane in (1, 2) for scale in (1, 2)),
                ResidualCorrelations(scale=1),
                ResidualCorrelations(scale=2),
                GradientPeriods(),
                ContrastNormalized(scale=1),
                ContrastNormalized(scale=2),
                Histogram(),
            ]
        )
        self.length = sum(part.length for part in self.parts)

    @property
    def parts(self) -> list[Part]:
        """The families, in the order in which their statistics come."""
        return cast(list[Part], list(self._parts))

    def cells(self, region: Tensor) -> Tensor:
        """Means over cells, to be averaged over any area before `describe`.

        Args:
            region: (N, 3, H + 2 HALO, W + 2 HALO), sRGB-encoded in [0, 1], H and W multiples of CELL; the outermost HALO
                pixels on each side are context.

        Returns:
            (N, moments, H / CELL, W / CELL).
        """
        planes = luminance_and_chroma(region)
        return torch.cat([part.cells(region, planes) for part in self.parts], dim=1)

    def luminance_and_deviation(self, cells: Tensor) -> tuple[Tensor, Tensor]:
        """How light each cell is, and how much its luminance varies: both (N, h, w), of cells (N, moments, h, w)."""
        *_, contrast, tones = cells.split([part.moments for part in self.parts], dim=1)
        return tones[:, Histogram.luminance], contrast[:, ContrastNormalized.deviation]

    def describe(self, moments: Tensor) -> Tensor:
        """Logarithms, ratios and spectra of averaged moments: (N, moments, h, w) to (N, length, h, w)."""
        pieces = moments.split([part.moments for part in self.parts], dim=1)
        return torch.cat([part.describe(piece) for part, piece in zip(self.parts, pieces, strict=True)], dim=1)
