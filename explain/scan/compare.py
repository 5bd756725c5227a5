"""Two scans side by side: which findings rose, by how much, and whether chance would do as much."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import scipy.stats

from ...models.metrics.many_tests import holm
from .collection import Scan
from .row import score


@dataclass(frozen=True)
class Change:
    """How a figure differs between two sets.

    Attributes:
        name: of the figure: "score", "overall severity", or of a distortion, whose figure is the share of photos with it.
        before, after: its mean, or share.
        p: of a two-sided test that nothing changed, corrected for the number of figures (Holm 1979).
        test: which one.
    """

    name: str
    before: float
    after: float
    p: float
    test: str

    @property
    def difference(self) -> float:
        """`after` less `before`."""
        return self.after - self.before


@dataclass(frozen=True)
class PhotoChange:
    """How one photo that is in both sets changed: score, and findings that came and went."""

    name: str
    before: float
    after: float
    came: tuple[str, ...]
    went: tuple[str, ...]


@dataclass(frozen=True)
class SetComparison:
    """Two scans side by side.

    Attributes:
        sizes: photos that were read, of each.
        changes: of figures, the surest first.
        photos: those whose names match, the largest fall of the score first; empty where fewer than half match.
    """

    sizes: tuple[int, int]
    changes: tuple[Change, ...]
    photos: tuple[PhotoChange, ...]


def compare_sets(before: Scan | str | os.PathLike, after: Scan | str | os.PathLike) -> SetComparison:
    """Compare two scans; photo by photo where the names of their files match, without folders and endings.

    Scores are compared by Wilcoxon's signed-rank test where photos match, else by Mann and Whitney's; findings by McNemar's
    exact test, else by Fisher's.

    Raises:
        ValueError: there is no scan, or it has no photos.
    """
    scans = [one if isinstance(one, Scan) else Scan.read(one) for one in (before, after)]
    first, second = ({_stem(row): row for row in one.rows} for one in scans)
    if not first or not second:
        raise ValueError("one of the two scans has no photos that could be read")
    names = sorted(first.keys() & second.keys())
    matched = len(names) >= 0.5 * max(len(first), len(second))
    sets = (
        [[first[name] for name in names], [second[name] for name in names]]
        if matched
        else [
            list(first.values()),
            list(second.values()),
        ]
    )
    figures = [_of_scores("score", score, sets, matched=matched)]
    figures.append(_of_scores("overall severity", lambda row: row["overall_severity"], sets, matched=matched))
    found = [[_found(row) for row in rows] for rows in sets]
    figures += [_of_finding(name, found, matched=matched) for name in sorted(set().union(*found[0], *found[1]))]
    photos = [_photo(name, first[name], second[name]) for name in names] if matched else []
    return SetComparison(
        (len(first), len(second)),
        tuple(sorted(_corrected(figures), key=lambda change: (change.p, -abs(change.difference)))),
        tuple(sorted(photos, key=lambda photo: photo.after - photo.before)),
    )


def _stem(row: dict) -> str:
    return Path(row["path"]).stem


def _found(row: dict) -> set[str]:
    return {one["name"] for one in row["findings"]}


def _of_scores(name: str, value, sets: Sequence[Sequence[dict]], *, matched: bool) -> Change:
    a, b = (np.array([value(row) for row in rows]) for rows in sets)
    if matched:
        p = 1.0 if bool((a == b).all()) else float(scipy.stats.wilcoxon(a, b).pvalue)  # pyright: ignore[reportAttributeAccessIssue]  a decorator hides it
        return Change(name, a.mean(), b.mean(), p, "Wilcoxon's signed-rank test")
    return Change(name, a.mean(), b.mean(), float(scipy.stats.mannwhitneyu(a, b)[1]), "Mann and Whitney's test")


def _of_finding(name: str, found: Sequence[Sequence[set[str]]], *, matched: bool) -> Change:
    a, b = (np.array([name in one for one in photos]) for photos in found)
    if matched:
        came, went = int((b & ~a).sum()), int((a & ~b).sum())
        p = scipy.stats.binomtest(came, came + went).pvalue if came + went else 1.0
        return Change(name, a.mean(), b.mean(), float(p), "McNemar's exact test")
    counts = [[a.sum(), (~a).sum()], [b.sum(), (~b).sum()]]
    p = scipy.stats.fisher_exact(counts).pvalue  # pyright: ignore[reportAttributeAccessIssue]
    return Change(name, a.mean(), b.mean(), float(p), "Fisher's exact test")


def _corrected(changes: Sequence[Change]) -> list[Change]:
    """With p-values corrected for their number."""
    return [
        Change(change.name, float(change.before), float(change.after), p, change.test)
        for change, p in zip(changes, holm([change.p for change in changes]), strict=True)
    ]


def _photo(name: str, before: dict, after: dict) -> PhotoChange:
    had, has = _found(before), _found(after)
    return PhotoChange(name, score(before), score(after), tuple(sorted(has - had)), tuple(sorted(had - has)))
