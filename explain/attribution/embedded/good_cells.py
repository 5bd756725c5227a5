"""Cells of good photos, with which a photo is compared where its undistorted self is unknown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import safetensors.torch
import torch
from torch import Tensor

from ....synth_distort.files import write_file

SHIPPED = Path(__file__).with_name("good_cells.safetensors")
LEAST = 1e-4  # deviation of any moment: of shares of levels that no good photo has


@dataclass(frozen=True)
class GoodCells:
    """Mean and spread of the cells of photos without visible damage.

    Attributes:
        mean: (moments,) of cells, each photo counting the same.
        deviation: (moments,) of cells about it.
        lowest: (moments,) zero for moments that no photo has below zero, as means of sizes and squares; else -inf.
    """

    mean: Tensor
    deviation: Tensor
    lowest: Tensor

    def standardized(self, cells: Tensor) -> Tensor:
        """Cells (N, moments, h, w) in deviations from the mean."""
        return (cells - self.mean[:, None, None]) / self.deviation[:, None, None]

    def cells(self, standardized: Tensor) -> Tensor:
        """Back to cells; those that no photo can have become the nearest that one can."""
        cells = standardized * self.deviation[:, None, None] + self.mean[:, None, None]
        return torch.maximum(cells, self.lowest[:, None, None])

    def save(self, path: Path) -> None:
        """Write them to a safetensors file."""
        write_file(path, safetensors.torch.save(vars(self)))


def measure_good_cells(photos: Iterable[Tensor]) -> GoodCells:
    """Of the cells of several photos, (1, moments, h, w) each."""
    means, squares, lowest = [], [], []
    for cells in photos:
        flat = cells.double().flatten(2)[0]
        means.append(flat.mean(1))
        squares.append(flat.square().mean(1))
        lowest.append(flat.amin(1))
    mean = torch.stack(means).mean(0)
    deviation = (torch.stack(squares).mean(0) - mean.square()).clamp(min=0).sqrt().clamp(min=LEAST)
    floor = torch.where(torch.stack(lowest).amin(0) >= 0, 0.0, -torch.inf)
    return GoodCells(mean.float(), deviation.float(), floor.float())


def load_good_cells(moments: int, path: Path = SHIPPED) -> GoodCells:
    """Those in the file at `path`, by default the ones that come with blemish.

    Raises:
        ValueError: they are of other filters than the model's.
    """
    good = _load(path)
    if len(good.mean) != moments:
        raise ValueError(
            f"{path}: is of {len(good.mean)} moments a cell, and the model has {moments}; "
            "`blemish attribution-baseline` makes it anew"
        )
    return good


@cache
def _load(path: Path) -> GoodCells:
    return GoodCells(**safetensors.torch.load_file(path))
