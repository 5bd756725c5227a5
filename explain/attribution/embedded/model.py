"""The embedded model, or one like it, as something to be explained."""

from __future__ import annotations

from functools import partial

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ....models.distortion_model.model import DistortionModel
from ....models.distortion_model.statistics import CELL, WINDOW
from ....models.distortion_model.statistics_network import HeadOutputs
from ..explained import Baseline, Explained
from ..targets import parse_target
from .cells import CellGraph, cells_of, family_slices
from .good_cells import GoodCells, load_good_cells
from .viewed import BYTES_PER_PIXEL, explained_by_view

REACHES = (0, 1)  # cells
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
    parsed = parse_target(target, model.distortions)
    if parsed.name == "mos":
        return explained_by_view(model, image, parsed, reference=reference)
    statistics = model.network.statistics.statistics
    good = load_good_cells(sum(part.moments for part in statistics.parts))
    graph = CellGraph(model, parsed, good).eval()
    photo = cells_of(image, model)
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
            "local_cells": lambda: parsed.sign * local_cells_map(graph, photo.cells),
        },
    )


@torch.no_grad()
def local_map(graph: CellGraph, cells: Tensor) -> Tensor:
    """The model's own map, (h, w) of cells: its heads on each window by itself, bilinear between the windows' middles.

    It is the expected severity of the target's distortion, or the overall severity where the target is of the whole photo.
    """
    windows = _severity(graph, graph.local(cells))
    rows, columns = cells.shape[2:]
    down, across = rows - WINDOW + 1, columns - WINDOW + 1
    values = windows.unflatten(0, (down, across)).numpy()
    middle = (WINDOW - 1) / 2
    by_row = np.stack([np.interp(np.arange(columns), np.arange(across) + middle, line) for line in values])
    spread = np.stack([np.interp(np.arange(rows), np.arange(down) + middle, line) for line in by_row.T], axis=1)
    return torch.from_numpy(spread.astype(np.float32))


@torch.no_grad()
def local_cells_map(graph: CellGraph, cells: Tensor) -> Tensor:
    """The same at the resolution of cells, (h, w): the mean over REACHES of what the heads predict around each cell."""
    around = [_severity(graph, graph.around(cells, reach=reach)) for reach in REACHES]
    return torch.stack(around).mean(0).unflatten(0, tuple(cells.shape[2:]))


def _severity(graph: CellGraph, heads: HeadOutputs) -> Tensor:
    """Of each of several places, (places,): that of the target's distortion, times its probability, or of all together."""
    if graph.target.distortion is None:
        return heads.damage[0]
    index = graph.network.distortions.index(graph.target.distortion)
    return (heads.presence.sigmoid() * heads.severity)[0, :, index]


def _undistorted(model: DistortionModel, good: GoodCells, image: Tensor, reference: Tensor) -> Baseline:
    undistorted = cells_of(reference, model)
    return Baseline((good.standardized(undistorted.cells), undistorted.view), "the undistorted photo")


def _over_windows(values: Tensor) -> Tensor:
    """Values of windows (h - 3, w - 3), each evenly over the window's cells: (h, w)."""
    return F.conv_transpose2d(values[None, None], torch.full((1, 1, WINDOW, WINDOW), 1 / WINDOW**2))[0, 0]
