"""A data set as an entry of the registry, as its reader returns it, and as it is opened: checked, on the scale 0 to 100."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from .file_lookup import Lookup
from .rated_photos import RatedPhoto


@dataclass(frozen=True)
class ScoreList:
    """The content of a score file, not yet checked.

    Attributes:
        source: the file, for messages.
        photos: with score and spread on the scale of the data set, and paths that may differ in case from those on disk.
        is_part: whether this is a part of the data set, so that fewer photos are allowed.
    """

    source: Path
    photos: list[RatedPhoto]
    is_part: bool = False


@dataclass(frozen=True)
class RatedDataSet:
    """A data set on disk, checked.

    Attributes:
        name: as in the registry.
        photos: with scores and spreads on the scale 0 to 100.
        folder: in which it was unpacked.
    """

    name: str
    photos: tuple[RatedPhoto, ...]
    folder: Path


@dataclass(frozen=True)
class DataSetEntry:
    """An entry of the registry: how a data set is recognized, checked and read.

    Attributes:
        name: on the command line.
        title: in sentences.
        photos: number of its photos with a score; None where any number is allowed.
        low: least score of its scale.
        high: greatest score of its scale.
        higher_is_better: True for mean opinion scores, False for differences from an undistorted original.
        citation: in one line.
        looked_for: the files that it is recognized by, in words, for messages.
        read: reads the score file at a path; returns None where the files looked for are not there.
    """

    name: str
    title: str
    photos: int | None
    low: float
    high: float
    higher_is_better: bool
    citation: str
    looked_for: str
    read: Callable[[Path], ScoreList | None]

    def open(self, path: Path) -> RatedDataSet:
        """The data set at `path`.

        Raises:
            ValueError: it is not there, its score file cannot be read or has wrong values, or photos are missing.
        """
        if not path.exists():
            raise ValueError(f"{path}: there is no such file or folder; looked for {self.title}")
        scores = self.read(path)
        if scores is None:
            raise ValueError(f"{path}: is not {self.title}; looked for {self.looked_for}")
        self._check_count(scores)
        for photo in scores.photos:
            self._check_scores(photo, scores.source)
        photos = _on_disk(scores)
        folder = path if path.is_dir() else path.parent
        return RatedDataSet(self.name, tuple(self._to_points(photo) for photo in photos), folder)

    def _check_count(self, scores: ScoreList) -> None:
        found = len(scores.photos)
        if not found:
            raise ValueError(f"{scores.source}: has no scores")
        if self.photos is None or found == self.photos or (scores.is_part and found < self.photos):
            return
        expected = f"{self.title} has {'at most ' if scores.is_part else ''}{self.photos:,}"
        raise ValueError(f"{scores.source}: has scores of {found:,} photos, but {expected}")

    def _check_scores(self, photo: RatedPhoto, source: Path) -> None:
        if not self.low <= photo.score <= self.high:
            right = f"a number from {self.low:g} to {self.high:g}"
            raise ValueError(f"{source}: the score of {photo.path.name} is {photo.score:g}; it must be {right}")
        if photo.spread is not None and not 0 <= photo.spread < math.inf:
            raise ValueError(f"{source}: the spread of {photo.path.name} is {photo.spread:g}; it must be 0 or more")

    def _to_points(self, photo: RatedPhoto) -> RatedPhoto:
        factor = 100 / (self.high - self.low)
        above = photo.score - self.low if self.higher_is_better else self.high - photo.score
        spread = None if photo.spread is None else photo.spread * factor
        return replace(photo, score=above * factor, spread=spread)


def _on_disk(scores: ScoreList) -> list[RatedPhoto]:
    lookup = Lookup()
    paths = [lookup.find(photo.path) for photo in scores.photos]
    missing = [photo.path for photo, path in zip(scores.photos, paths, strict=True) if path is None]
    if missing:
        count = f"{len(missing):,} of its {len(paths):,} photos are missing"
        raise ValueError(f"{missing[0]}: there is no such file, but {scores.source} has a score of it; {count}")
    return [replace(photo, path=path) for photo, path in zip(scores.photos, paths, strict=True) if path is not None]
