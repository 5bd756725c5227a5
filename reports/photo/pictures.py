"""The pictures of a report's page: photo, crops, maps, ladder and histogram, each as a data address."""

from __future__ import annotations

import io
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from matplotlib.figure import Figure
from torch import Tensor

from ...explain.counterfactuals import Counterfactuals
from ...explain.diagnosis import Diagnosis
from ...explain.location import PlacedPart
from ...explain.own_ladder import ScoredLadder
from ...synth_distort import DISTORTIONS
from ...synth_distort.photo import to_pil
from ..encoding import data_address, figure_bytes
from ..figures import draw_histogram, draw_levels, draw_scores, draw_severity_map

LONGEST_SIDE = 1000  # px of the photo as it is shown
LARGEST_CROP, SMALLEST_CROP = 256, 96  # px, sides of the crops at 100 %
DETAIL = 160  # px, sides of the detail of each level
WIDTH = 5.4  # inches, of figures; narrow, so that their words can be read on a phone


@dataclass(frozen=True)
class Crop:
    """A square of the photo at 100 %.

    Attributes:
        picture: its address.
        left, top, width, height: in percent of the photo, for a frame drawn on it.
    """

    picture: str
    left: float
    top: float
    width: float
    height: float


def shown_photo(image: Tensor) -> str:
    """`image`, which fits a page, as an address."""
    stream = io.BytesIO()
    to_pil(image).save(stream, "JPEG", quality=90)
    return data_address(stream.getvalue(), "jpeg")


def to_fit(image: Tensor) -> Tensor:
    """`image` with its longer side at most LONGEST_SIDE px."""
    factor = LONGEST_SIDE / max(image.shape[1:])
    if factor >= 1:
        return image
    height, width = (max(1, round(side * factor)) for side in image.shape[1:])
    planes = [cv2.resize(plane.numpy(), (width, height), interpolation=cv2.INTER_AREA) for plane in image]
    return torch.from_numpy(np.stack(planes))


def crops(diagnosis: Diagnosis) -> dict[str, Crop]:
    """At 100 %, the worst spot and a good one with detail; empty where nothing is wrong, or the photo no larger than both."""
    part, image = diagnosis.worst_part, diagnosis.photo.image
    if part is None or diagnosis.undistorted or min(image.shape[1:]) < 2 * SMALLEST_CROP:
        return {}
    side = max(SMALLEST_CROP, min(LARGEST_CROP, round(0.4 * min(image.shape[1:]))))
    left, top, right, bottom = part.box
    worst = _crop(image, (top + bottom) // 2, (left + right) // 2, side)
    return {"worst": worst, "good": _crop(image, *_good_spot(part, image, side), side)}


def map_picture(part: PlacedPart, shown: Tensor) -> str:
    """Where a finding is, over the photo."""
    where = part.map
    figure = Figure(figsize=(WIDTH, min(7.0, WIDTH * where.height / where.width + 0.9)), layout="constrained")
    draw_severity_map(figure.add_subplot(), shown, where)
    return _picture(figure)


def ladder_picture(ladder: ScoredLadder) -> str:
    """The photo's own ladder: a detail of each level, and the score along it."""
    entry = DISTORTIONS[ladder.distortion]
    figure = Figure(figsize=(WIDTH, 3.2), layout="constrained")
    grid = figure.add_gridspec(2, len(ladder.levels), height_ratios=(1, 1.5))
    axes = [figure.add_subplot(grid[0, column]) for column in range(len(ladder.levels))]
    captions = ["as it is", *(f"+ {severity:.1f}" for severity in ladder.severities[1:])]
    draw_levels(axes, [_detail(level) for level in ladder.levels], captions)
    draw_scores(figure.add_subplot(grid[1, :]), ladder).set_xlabel(f"severity of the {entry.title} added")
    return _picture(figure)


def mended_pictures(tried: Counterfactuals | None) -> tuple[str, str] | None:
    """The middle of what was changed at 100 %, as it is and with the remedy that gains most; None where none gains."""
    if tried is None or not tried.gains:
        return None
    height, width = tried.image.shape[1:]
    before, after = (
        _crop(one, height // 2, width // 2, min(LARGEST_CROP, height, width))
        for one in (tried.image, tried.gains[0].image)
    )
    return before.picture, after.picture


def histogram_picture(image: Tensor) -> str:
    """How often each level occurs in red, green and blue, with what is clipped."""
    step = max(1, int((image[0].numel() / 1e6) ** 0.5))
    levels = (image[:, ::step, ::step] * 255 + 0.5).byte().numpy()
    counts = np.stack([np.bincount(plane.ravel(), minlength=256) for plane in levels])
    figure = Figure(figsize=(WIDTH, 2.1), layout="constrained")
    draw_histogram(figure.add_subplot(), counts / levels[0].size)
    return _picture(figure)


def _good_spot(part: PlacedPart, image: Tensor, side: int) -> tuple[int, int]:
    """Row and column, px, of the least distorted place that has detail, away from the worst one."""
    values, cell = part.map.values, part.map.cell
    rows, columns = (min(count, side // cell) for count, side in zip(values.shape, image.shape[1:], strict=True))
    green = image[1, : rows * cell : 2, : columns * cell : 2].reshape(rows, cell // 2, columns, cell // 2)
    detail = green.permute(0, 2, 1, 3).flatten(2).std(2).numpy()
    left, top, right, bottom = (edge // cell for edge in part.box)
    cost = values[:rows, :columns] - 0.2 * np.minimum(detail / (np.median(detail) + 1e-6), 1)
    apart = side // cell // 2
    cost[max(0, top - apart) : bottom + apart, max(0, left - apart) : right + apart] += 1
    margin = side // cell // 2
    inside = np.full_like(cost, 1.0)
    inside[margin : rows - margin or None, margin : columns - margin or None] = 0
    row, column = divmod(int((cost + inside).argmin()), columns)
    return row * cell + cell // 2, column * cell + cell // 2


def _crop(image: Tensor, row: int, column: int, side: int) -> Crop:
    height, width = image.shape[1:]
    top = max(0, min(row - side // 2, height - side))
    left = max(0, min(column - side // 2, width - side))
    stream = io.BytesIO()
    to_pil(image[:, top : top + side, left : left + side]).save(stream, "WEBP", lossless=True, quality=20)
    place = 100 * left / width, 100 * top / height, 100 * side / width, 100 * side / height
    return Crop(data_address(stream.getvalue(), "webp"), *place)


def _detail(image: Tensor) -> Tensor:
    height, width = image.shape[1:]
    top, left = max(0, (height - DETAIL) // 2), max(0, (width - DETAIL) // 2)
    return image[:, top : top + DETAIL, left : left + DETAIL]


def _picture(figure: Figure) -> str:
    return data_address(figure_bytes(figure, "webp"), "webp")
