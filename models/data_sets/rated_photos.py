"""Photos that people rated: a folder of them with a file `mos.csv`, read strictly."""

from __future__ import annotations

import csv
import hashlib
from dataclasses import dataclass
from pathlib import Path

SCORES = "mos.csv"


@dataclass(frozen=True)
class RatedPhoto:
    """A photo on disk with its ratings.

    Attributes:
        path: of the photo.
        score: mean opinion score, 0 to 100.
        spread: standard deviation of single people's scores, in points of 0 to 100; None where the data set has none.
        content: what the photo shows, by which splits are grouped; None where no two photos of a data set show the same.
        part: "training", "validation" or "test", where the data set comes with a split; else None.
    """

    path: Path
    score: float
    spread: float | None = None
    content: str | None = None
    part: str | None = None


def list_rated(folder: Path) -> list[RatedPhoto]:
    """The photos of `folder` with a score in its `mos.csv` (columns file, mos).

    Raises:
        ValueError: there is no such file, it lacks a column, a score is no number from 0 to 100, or a photo is missing.
    """
    scores = folder / SCORES
    if not scores.is_file():
        raise ValueError(f"{folder}: holds no {SCORES}, a table with the columns file and mos")
    with scores.open(newline="") as stream:
        table = csv.DictReader(stream)
        if not {"file", "mos"} <= set(table.fieldnames or ()):
            raise ValueError(f"{scores}: lacks the columns file and mos")
        photos = [RatedPhoto(folder / row["file"], _score(row, scores), _spread(row)) for row in table if row["mos"]]
    if not photos:
        raise ValueError(f"{scores}: has no scores")
    for photo in photos:
        if not photo.path.is_file():
            raise ValueError(f"{photo.path}: there is no such file, but {scores} has a score of it")
    return photos


def scores_digest(folder: Path) -> str:
    """SHA-256 of the scores of `folder`, kept with a model as the record of its training scores."""
    return hashlib.sha256((folder / SCORES).read_bytes()).hexdigest()


def _spread(row: dict[str, str]) -> float | None:
    """Of single people's scores, where the table has a column `mos_std`."""
    return float(row["mos_std"]) if row.get("mos_std") else None


def _score(row: dict[str, str], scores: Path) -> float:
    try:
        score = float(row["mos"])
    except ValueError:
        score = -1.0
    if not 0 <= score <= 100:
        raise ValueError(f"{scores}: the score of {row['file']} is {row['mos']!r}; it must be a number from 0 to 100")
    return score
