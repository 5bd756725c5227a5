"""The embedded model as a function of what its filters measured: from the cells of a photo to every prediction.

The filters of the embedded model run once over a photo and leave a few hundred means in each cell of 32 px. All that comes
afterwards is differentiable, and averages the cells linearly before anything else. Cells that lie on the straight line
between those of two photos are therefore what a mosaic of both photos would give, and replacing some of them is what
replacing these parts of the photo would do (but for the filters' reach into neighbouring cells).

How the network is put together is written here alone; everything else of attribution takes functions of tensors.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ....models.distortion_model.as_viewed import as_viewed
from ....models.distortion_model.averages import described_averages, weighted_sums
from ....models.distortion_model.calibration import either, seen_only_as_viewed
from ....models.distortion_model.kinds import kinds_of
from ....models.distortion_model.model import DistortionModel
from ....models.distortion_model.statistics import CELL, HALO, WINDOW, PooledStatistics
from ....models.distortion_model.statistics_network import HeadOutputs, StatisticsNetwork
from ....models.distortion_model.tiles import PATCH, TILE, as_float, places
from ....models.distortion_model.viewed_network import ViewedOutput
from ....synth_distort import PhotoError
from ..targets import Target
from .good_cells import GoodCells


@dataclass(frozen=True)
class Cells:
    """A photo as the network's learned part gets it.

    Attributes:
        cells: (1, moments, h, w) what the filters measured in each cell.
        view: (1, 3, h', w') the photo as viewed, which the other branch gets.
    """

    cells: Tensor
    view: Tensor


@dataclass(frozen=True)
class CellPredictions:
    """Predictions for N sets of cells, as `DistortionModel.predict` gives them. K distortions.

    Attributes:
        overall_severity: (N,) 0 to 1.
        severity: (N, K) 0 to 1.
        probability: (N, K).
    """

    overall_severity: Tensor
    severity: Tensor
    probability: Tensor


class CellGraph(nn.Module):
    """All of a distortion model that comes after the filters.

    It takes cells in deviations from those of good photos, so that a step, or noise, is as large in one moment as in another.

    A severity that the photo's pixels say nothing of is that of the photo as viewed. Which of the two is explained is decided
    by the photo, and holds on the way from the baseline: a path that changed from one to the other would leap.

    Args:
        model: whose predictions they are.
        target: the one that `forward` returns.
        good: cells of good photos.
        photo: what is explained.
    """

    def __init__(self, model: DistortionModel, target: Target, good: GoodCells, photo: Cells) -> None:
        super().__init__()
        self.network, self.viewed = model.network.statistics, model.network.viewed
        self.calibration, self.target, self.good = model.calibration, target, good
        self.kinds = kinds_of(model.distortions)
        self.embedding = _Embedding(self.network)
        with torch.no_grad():
            self.only_viewed = seen_only_as_viewed(self.kind_logits(self.whole(photo.cells), self.viewed(photo.view)))

    def forward(self, cells: Tensor, view: Tensor) -> Tensor:
        """Standardized cells (N, moments, h, w) and views (N, 3, h', w') to the target (N,)."""
        return self.beside(cells, self.viewed(view))

    def beside(self, cells: Tensor, viewed: ViewedOutput) -> Tensor:
        """The same with one output of the other branch for all cells, which then need not run again.

        The root in the spectrum of the grid has no slope at zero, in areas without any step; it is taken as zero there.
        """
        if cells.requires_grad:
            cells.register_hook(torch.nan_to_num)
        predicted = getattr(self.predictions(self.good.cells(cells), viewed), self.target.kind)
        if self.target.distortion is None:
            return predicted
        return predicted[:, self.network.distortions.index(self.target.distortion)]

    def predictions(self, cells: Tensor, viewed: ViewedOutput) -> CellPredictions:
        """Cells as they are (N, moments, h, w), and the other branch's output for N photos or for one, to all predictions."""
        calibration, whole = self.calibration, self.whole(cells)
        viewed = ViewedOutput(*(one.expand(len(cells), *one.shape[1:]) for one in vars(viewed).values()))
        kind_probability = either(self.kind_logits(whole, viewed).sigmoid())
        return CellPredictions(
            overall_severity=calibration.overall_severity(whole, viewed),
            severity=calibration.severities(whole, viewed, self.only_viewed.expand(len(cells), -1), self.kinds),
            probability=calibration.name_probabilities(whole, kind_probability, self.kinds),
        )

    def whole(self, cells: Tensor) -> HeadOutputs:
        """What the heads predict of N photos by their cells as they are (N, moments, h, w)."""
        network = self.network
        shape = cells.shape[2] - WINDOW + 1, cells.shape[3] - WINDOW + 1
        pooled = network.pool(self.embedding(self._windows(cells), shape).flatten(2).mT)
        sums = weighted_sums(cells, places(*cells.shape[2:]), network.statistics)
        return network.combine(pooled, network.averages(described_averages(sums, network.statistics)))

    def kind_logits(self, whole: HeadOutputs, viewed: ViewedOutput) -> Tensor:
        """Of each kind that it is there, by pixels and as viewed, (N, 2, KINDS)."""
        return self.calibration.kind_logits(whole, viewed, self.kinds)

    def local(self, cells: Tensor) -> HeadOutputs:
        """What the heads predict of each patch of cells by itself, in reading order: (N, patches, ...)."""
        return self.network.read(self.network.embed(self._described(F.avg_pool2d(cells, PATCH, stride=1))))

    def _windows(self, cells: Tensor) -> Tensor:
        """(N, moments, h, w) to the described windows, (N, windows, length)."""
        return self._described(F.avg_pool2d(cells, WINDOW, stride=1))

    def _described(self, means: Tensor) -> Tensor:
        """Means of cells (N, moments, h, w), each a window, to (N, h w, length)."""
        described = self.network.statistics.describe(means)
        where = places(*described.shape[2:]).expand(len(means), -1, -1, -1)
        return torch.cat([described, where], dim=1).flatten(2).mT


class _Embedding(nn.Module):
    """Embeddings of windows as a map, which is a layer that methods can look into."""

    def __init__(self, network: StatisticsNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, windows: Tensor, shape: tuple[int, int]) -> Tensor:
        """Described windows (N, windows, length) in reading order to (N, embedding, rows, columns)."""
        return self.network.embed(windows).mT.unflatten(2, shape)


@torch.no_grad()
def cells_of(image: Tensor, model: DistortionModel) -> Cells:
    """What the filters of `model` measure in `image` (3, H, W), strip by strip.

    Up to CELL - 1 px at the right and the bottom are left out, as in a prediction.

    Raises:
        PhotoError: the photo is smaller than a window.
    """
    image = as_float(image)
    height, width = (side // CELL * CELL for side in image.shape[1:])
    if min(height, width) < WINDOW * CELL:
        size = f"{image.shape[2]} × {image.shape[1]} px"
        raise PhotoError(f"is {size}; attribution needs {WINDOW * CELL} px on each side")
    padded = F.pad(image[None, :, :height, :width], (HALO,) * 4, mode="reflect")
    statistics = model.network.statistics.statistics
    strips = [
        statistics.cells(padded[:, :, top : min(top + TILE, height) + 2 * HALO]) for top in range(0, height, TILE)
    ]
    return Cells(torch.cat(strips, dim=2), as_viewed(image)[None])


def family_slices(statistics: PooledStatistics) -> dict[str, slice]:
    """Which of a cell's moments belong to which family of statistics, in plain words."""
    slices, first = {}, 0
    for part in statistics.parts:
        scale, plane = getattr(part, "scale", None), getattr(part, "plane", 0)
        name = FAMILIES[type(part).__name__] if plane == 0 else "detail of colour"
        where = f"{name}, 1/{scale}" if scale and scale > 1 else name
        where = f"{where} ({('Cb', 'Cr')[plane - 1]})" if plane else where
        slices[where] = slice(first, first + part.moments)
        first += part.moments
    return slices


FAMILIES = {
    "FilterStatistics": "detail of luminance",
    "ResidualCorrelations": "noise residual",
    "GradientPeriods": "grid and period",
    "ContrastNormalized": "local contrast",
    "Histogram": "tone and colour",
}
