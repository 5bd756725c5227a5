"""Photos that show nearly the same: duplicates, and bursts of one moment, with the best of each and why it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from .likeness import distances
from .row import score

SAME, BURST = 6, 14  # bits of 64 in which hashes of the same photo, and of one burst, differ at most
SECONDS = 10  # between two photos of a burst
COLOUR = 0.08  # difference of the mean colour, largest channel, that is allowed
POINTS = 5  # of the score, within which the sharpest is the best; farther from the best score, sharpness may be noise
BLOCK = 512


@dataclass(frozen=True)
class Group:
    """Photos that show nearly the same.

    Attributes:
        kind: "duplicates", or "burst" where EXIF says that they were taken within seconds.
        best: path of the one to keep.
        because: why, in a sentence.
        others: path of each other, with what is worse about it.
    """

    kind: str
    best: str
    because: str
    others: tuple[tuple[str, str], ...]


def repeats(rows: Sequence[dict]) -> tuple[Group, ...]:
    """The groups of two and more among `rows`, the largest first."""
    if not rows:
        return ()
    order = sorted(range(len(rows)), key=lambda index: rows[index]["path"])
    rows = [rows[index] for index in order]
    leader = list(range(len(rows)))
    for first, second in _pairs(rows):
        leader[_head(leader, second)] = _head(leader, first)
    groups: dict[int, list[dict]] = {}
    for index, row in enumerate(rows):
        groups.setdefault(_head(leader, index), []).append(row)
    found = [_group(group) for group in groups.values() if len(group) > 1]
    return tuple(sorted(found, key=lambda group: (-len(group.others), group.best)))


def _pairs(rows: Sequence[dict]) -> list[tuple[int, int]]:
    hashes = np.array([int(row["hash"], 16) for row in rows], np.uint64)
    colours = np.array([row["mean_color"] for row in rows])
    pairs = []
    for start in range(0, len(rows), BLOCK):
        block = slice(start, start + BLOCK)
        close = distances(hashes[block], hashes)
        for first, second in np.argwhere(close <= BURST) + np.array([start, 0]):
            if first >= second or np.abs(colours[first] - colours[second]).max() > COLOUR:
                continue
            if close[first - start, second] <= SAME or _seconds_apart(rows[first], rows[second]) <= SECONDS:
                pairs.append((int(first), int(second)))
    return pairs


def _head(leader: list[int], index: int) -> int:
    while leader[index] != index:
        leader[index] = leader[leader[index]]
        index = leader[index]
    return index


def _seconds_apart(first: dict, second: dict) -> float:
    if not first.get("taken") or not second.get("taken") or first.get("camera") != second.get("camera"):
        return float("inf")
    return abs((datetime.fromisoformat(first["taken"]) - datetime.fromisoformat(second["taken"])).total_seconds())


def _group(rows: list[dict]) -> Group:
    largest = max(map(_size, rows))
    whole = [row for row in rows if _size(row) >= 0.5 * largest]  # a thumbnail is no better for being sharp
    highest = max(map(score, whole))
    good = [row for row in whole if score(row) >= highest - POINTS]
    best = max(good, key=lambda row: (-_edge_width(row), _size(row), -len(row["path"])))
    taken = [row["taken"] for row in rows if row.get("taken")]
    same = len({row["sha256"] for row in rows}) == 1
    burst = len(taken) == len(rows) and len(set(taken)) > 1
    because = f"the {len(rows)} files are the same, byte for byte" if same else _why(best, len(good), len(rows))
    others = [row for row in rows if row is not best]
    kind = "burst" if burst and not same else "duplicates"
    return Group(kind, best["path"], because, tuple((row["path"], _worse(row, best)) for row in others))


def _why(best: dict, good: int, count: int) -> str:
    if good == 1:
        return f"the best score, {score(best):.0f}"
    those = f"all {count}" if good == count else f"the {good} of {count} within {POINTS} points of the best score"
    return f"the sharpest of {those}, score {score(best):.0f}"


def _edge_width(row: dict) -> float:
    """Of the sharpest tenth of the edges, px on a screen, to a hundredth; endless where there are none."""
    width = row["edge_width_sharpest"]
    return float("inf") if width is None else round(max(width, 0.1), 2)


def _size(row: dict) -> int:
    return (row.get("width") or 0) * (row.get("height") or 0)


def _worse(row: dict, best: dict) -> str:
    """What is worse about `row`; noise only where it is more than a sharper picture would bring with it."""
    if row["sha256"] == best["sha256"]:
        return "the same file"
    said = []
    width, narrowest = _edge_width(row), _edge_width(best)
    noisier = max(0.5, row["noise_luma"] or 0.0) / max(0.5, best["noise_luma"] or 0.0)
    if score(row) < score(best) - 1:
        said.append(f"score {score(row):.0f}")
    if width >= 1.1 * narrowest and width > narrowest:
        said.append("no sharp edges" if np.isinf(width) else f"edges {width / narrowest:.1f} times as wide")
    if noisier > 1.3 * max(1.0, narrowest / width if width < narrowest else 1.0):
        said.append(f"{noisier:.1f} times the noise")
    if _size(row) < 0.9 * _size(best):
        said.append("fewer pixels")
    return ", ".join(said) or "nearly as good"
