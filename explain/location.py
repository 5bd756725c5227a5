"""Where in the photo a finding is: as a map of severity, as a mask, as a box and in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import label

from ..models.distortion_model.prediction import Finding, Prediction
from ..models.distortion_model.statistics import CELL
from ..synth_distort import DISTORTIONS

# Chosen by `benchmarks/parts.py` on calibration photos that were distorted in a part, and all over.
PART_FROM = 0.03  # expected severity from which on a place belongs to the part where a distortion is
LOCALLY_HIGH = 0.48  # expected severity of a part from which on the photo gets no all-clear

EVERYWHERE = 0.85  # share of the photo from which on a finding is not said to be in a part
SMALLEST_PART = 0.04  # share of the photo over which `locally_high` averages
LARGEST_PIECE = 0.6  # share of a part that lies together where it is said to be in one place
SCENE = ("desaturate", "oversaturate")  # a part of a good photo may be so, as it may be dark, bright or hazy


@dataclass(frozen=True)
class SeverityMap:
    """Severity of one distortion (or the worst of several) over a photo, on the fixed scale 0 to 1.

    Attributes:
        values: (rows, columns) severity in squares of `cell` px, from the photo's upper left.
        cell: px of the photo.
        height: px, of the photo.
        width: px, of the photo.
    """

    values: np.ndarray
    cell: int
    height: int
    width: int


def severity_map(prediction: Prediction, names: tuple[str, ...], *, height: int, width: int) -> SeverityMap:
    """The worst expected severity of the distortions `names`, over a photo of `height` × `width` px."""
    return SeverityMap(prediction.map_of(names, height=height, width=width), CELL, height, width)


@dataclass(frozen=True)
class PlacedPart:
    """The part of a photo that a distortion covers.

    Attributes:
        where: in words, such as "in the left half"; "everywhere" where it covers the photo.
        share: of the photo's area, 0 to 1.
        box: left, top, right and bottom px of the worst spot.
        extent: the same of the largest piece of it.
        map: of the expected severity.
        mask: (rows, columns) of the map's squares that belong to it.
    """

    where: str
    share: float
    box: tuple[int, int, int, int]
    extent: tuple[int, int, int, int]
    map: SeverityMap
    mask: np.ndarray

    @property
    def worst(self) -> float:
        """The largest expected severity inside `box`, 0 to 1."""
        left, top, right, bottom = (-(-side // self.map.cell) for side in self.box)
        return float(self.map.values[top:bottom, left:right].max())

    @property
    def is_everywhere(self) -> bool:
        """Whether it covers the photo, so that a map would show nothing."""
        return self.share >= EVERYWHERE


def part_of_finding(prediction: Prediction, finding: Finding, *, height: int, width: int) -> PlacedPart:
    """Where `finding` is in a photo of `height` × `width` px: everywhere, if only the photo as viewed shows it.

    The map is read from the photo's own pixels, and says nothing of what these do not show.
    """
    where = severity_map(prediction, (finding.name,), height=height, width=width)
    return _placed(where, mask_of_finding(finding, where.values))


def mask_of_finding(finding: Finding, values: np.ndarray) -> np.ndarray:
    """The part of a map of its expected severity that `finding` covers, as a mask."""
    return part_of(values) if finding.is_by_pixels else np.ones(values.shape, bool)


def placed_part(prediction: Prediction, names: tuple[str, ...], *, height: int, width: int) -> PlacedPart:
    """Where the distortions `names` are in a photo of `height` × `width` px, by the map."""
    where = severity_map(prediction, names, height=height, width=width)
    return _placed(where, part_of(where.values))


def _placed(where: SeverityMap, mask: np.ndarray) -> PlacedPart:
    share, piece = float(mask.mean()), _largest_piece(mask)
    words = "everywhere" if share >= EVERYWHERE else _words(mask, piece)
    return PlacedPart(words, share, _worst_box(where), _extent(piece, where), where, mask)


def part_of(values: np.ndarray, *, least: float = PART_FROM) -> np.ndarray:
    """The part that a map of expected severity shows, as a mask: all of it where `least` is reached nowhere."""
    part = values >= least
    return part if part.any() else np.ones(values.shape, bool)


def telling(distortions: Sequence[str]) -> tuple[str, ...]:
    """Those of `distortions` of which a part of a photo does not have much by its scene alone."""
    return tuple(name for name in distortions if DISTORTIONS[name].family != "tone" and name not in SCENE)


def locally_high(prediction: Prediction) -> tuple[str, float]:
    """The `telling` distortion that is the most severe in a part of SMALLEST_PART of the photo, and how severe, 0 to 1."""
    names = telling(prediction.distortions)
    expected = np.stack([prediction.expected_severity(name).numpy().ravel() for name in names])
    count = max(1, round(SMALLEST_PART * expected.shape[1]))
    highest = np.sort(expected, axis=1)[:, -count:].mean(1)
    return names[int(highest.argmax())], float(highest.max())


def _worst_box(where: SeverityMap) -> tuple[int, int, int, int]:
    """The square of some eighth of the photo in which the mean is the largest; the middle one where all are alike."""
    side = max(2, round(0.3 * min(where.values.shape)))
    sums = np.lib.stride_tricks.sliding_window_view(where.values, (side, side)).mean((2, 3))
    distance = np.add.outer(np.abs(np.linspace(-1, 1, sums.shape[0])), np.abs(np.linspace(-1, 1, sums.shape[1])))
    row, column = divmod(int((sums - 1e-3 * distance).argmax()), sums.shape[1])
    left, top = column * where.cell, row * where.cell
    return left, top, min(where.width, left + side * where.cell), min(where.height, top + side * where.cell)


def _largest_piece(mask: np.ndarray) -> np.ndarray:
    """The largest of the connected pieces of `mask`, as a mask."""
    pieces, _ = label(mask)  # pyright: ignore[reportGeneralTypeIssues]
    return pieces == 1 + int(np.bincount(pieces.ravel())[1:].argmax())


def _extent(piece: np.ndarray, where: SeverityMap) -> tuple[int, int, int, int]:
    rows, columns = (np.flatnonzero(piece.any(axis=axis)) * where.cell for axis in (1, 0))
    right, bottom = min(where.width, columns[-1] + where.cell), min(where.height, rows[-1] + where.cell)
    return int(columns[0]), int(rows[0]), int(right), int(bottom)


def _words(mask: np.ndarray, piece: np.ndarray) -> str:
    """In which part of the photo `mask` lies, the largest piece of which is `piece`."""
    place = _place(mask)
    if place and piece.sum() >= LARGEST_PIECE * mask.sum():
        return place
    return f"in several parts, the largest {_place(piece) or 'across it'}"


def _place(mask: np.ndarray) -> str:
    """Where `mask` lies; empty where it is in no one place."""
    rows, columns = mask.shape
    y, x = np.mgrid[0:rows, 0:columns]
    y, x = (y + 0.5) / rows, (x + 0.5) / columns
    inner = (np.abs(y - 0.5) < 0.25) & (np.abs(x - 0.5) < 0.25)
    middle, outside = float(mask[inner].mean()) if inner.any() else 0.0, float(mask[~inner].mean())
    if outside > 0.45 and middle < 0.25:
        return "around the middle, which is spared"
    if middle > 0.5 and outside < 0.25:
        return "in the middle"
    across, down = float(x[mask].mean()), float(y[mask].mean())
    sideways = "left" if across < 0.42 else "right" if across > 0.58 else ""
    upwards = "upper" if down < 0.42 else "lower" if down > 0.58 else ""
    if sideways and upwards:
        return f"in the {upwards} {sideways}"
    if sideways or upwards:
        return f"in the {sideways or upwards} part"
    return ""
