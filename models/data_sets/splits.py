"""Splits of rated photos: to fit a model to, and to try it on, grouped by content."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from sklearn.model_selection import GroupKFold, GroupShuffleSplit, KFold, ShuffleSplit

from .rated_photos import RatedPhoto

TRIED = 0.2  # of the photos, or of what they show


def random_splits(photos: Sequence[RatedPhoto], *, count: int, seed: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """`count` random divisions of `photos` into 80 % to fit to and 20 % to try on, as numbers of photos.

    Photos of one content are all on one side; otherwise a score could be predicted from the content alone.
    """
    contents = _contents(photos)
    splitter = ShuffleSplit if contents is None else GroupShuffleSplit
    return list(splitter(count, test_size=TRIED, random_state=seed).split(photos, groups=contents))


def folds(photos: Sequence[RatedPhoto], *, count: int, seed: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """`count` divisions in which each photo is tried once, grouped by content as in `random_splits`."""
    contents = _contents(photos)
    splitter = KFold(count, shuffle=True, random_state=seed)
    if contents is not None:
        splitter = GroupKFold(count, shuffle=True, random_state=seed)
    return list(splitter.split(photos, groups=contents))


def official_split(photos: Sequence[RatedPhoto]) -> tuple[np.ndarray, np.ndarray] | None:
    """The photos to fit to (training, validation) and to try on, by the makers of the data set; None without such parts."""
    parts = np.array([photo.part or "" for photo in photos])
    if not {"training", "test"} <= set(parts):
        return None
    return np.flatnonzero((parts == "training") | (parts == "validation")), np.flatnonzero(parts == "test")


def _contents(photos: Sequence[RatedPhoto]) -> list[str] | None:
    contents = [photo.content for photo in photos]
    if None in contents:
        return None
    return [str(content) for content in contents]
