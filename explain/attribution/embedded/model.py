"""The embedded model, or one like it, as something to be explained."""

from __future__ import annotations

from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor

from ....models.distortion_model.device import CPU
from ....models.distortion_model.model import DistortionModel
from ....models.distortion_model.prediction import by_cell
from ....models.distortion_model.statistics import CELL, WINDOW
from ....models.distortion_model.tiles import PATCH
from ..explained import Baseline, Explained
from ..targets import parse_target
from .cells import CellGraph, cells_of, family_slices
from .good_cells import GoodCells, load_good_cells
from .viewed import BYTES_PER_PIXEL, explained_by_view

_BYTES_PER_MOMENT = 60  # of a cell, in a forward and a backward pass, as measured


def explained_by_model(
    model: DistortionModel, image: Tensor, target: str, *, reference: Tensor | None = None
) -> Explained:
    """A prediction of `model` for `image` as a function of the photo's cells and of the photo as viewed.

    Args:
        model: the model.
        image: (3, H, W).
        target: as `parse_target` takes it.
        reference: (3, H, W) the undistorted photo, as baseline; without it cells of good photos are, and what the photo shows
            as a whole stays as it is.

    Raises:
        PhotoError: the photo is too small.
        ValueError: there is no such target.
    """
    parsed, model = parse_target(target, model.distortions), model.on(CPU)
    if parsed.name == "mos":
        return explained_by_view(model, image, parsed, reference=reference)
    statistics = model.network.statistics.statistics
    good = load_good_cells(sum(part.moments for part in statistics.parts))
    photo = cells_of(image, model)
    graph = CellGraph(model, parsed, good, photo).eval()
    cells = good.standardized(photo.cells)
    height, width = (CELL * count for count in photo.cells.shape[2:])
    if reference is None:
        with torch.no_grad():
            function, inputs = partial(graph.beside, viewed=graph.viewed(photo.view)), (cells,)
        baseline = Baseline((torch.zeros_like(cells),), "mean cells of good photos")
    else:
        function, inputs, baseline = graph, (cells, photo.view), _undistorted(model, good, image, reference)
    return Explained(
        target=parsed,
        function=function,
        inputs=inputs,
        baseline=baseline,
        image=image[:, :height, :width],
        families=family_slices(statistics),
        module=graph,
        layer="embedding",
        layer_map=_over_windows,
        pieces=(0.0, 0.01, 0.1, 0.4, 1.0),  # logarithms of measurements change most near the baseline
        bytes_per_example=_BYTES_PER_MOMENT * cells.numel() * 4 + BYTES_PER_PIXEL * photo.view[0, 0].numel(),
        maps={
            "local": lambda: parsed.sign * local_map(graph, photo.cells),
        },
    )


@torch.no_grad()
def local_map(graph: CellGraph, cells: Tensor) -> Tensor:
    """The map that a report draws, (h, w) of cells: what the heads predict of the patches that hold a cell.

    It is the expected severity of the target's distortion, or the overall severity where the target is of the whole photo.
    """
    heads = graph.local(cells)
    severity = heads.damage[0]
    if graph.target.distortion is not None:
        severity = heads.expected_severity[0, :, graph.network.distortions.index(graph.target.distortion)]
    return by_cell(severity.unflatten(0, [side - PATCH + 1 for side in cells.shape[2:]]))


def _undistorted(model: DistortionModel, good: GoodCells, image: Tensor, reference: Tensor) -> Baseline:
    undistorted = cells_of(reference, model)
    return Baseline((good.standardized(undistorted.cells), undistorted.view), "the undistorted photo")


def _over_windows(values: Tensor) -> Tensor:
    """Values of windows (h - 3, w - 3), each evenly over the window's cells: (h, w)."""
    return F.conv_transpose2d(values[None, None], torch.full((1, 1, WINDOW, WINDOW), 1 / WINDOW**2))[0, 0]
