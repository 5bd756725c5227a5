"""The data set `csv`: a user's own table of rated photos, and the columns that such a table may have."""

from __future__ import annotations

from pathlib import Path

from .data_set import DataSetEntry, ScoreList
from .file_lookup import Lookup
from .rated_photos import SCORES, RatedPhoto
from .score_files import Row, number, read_csv

# Names of each column: "sos" is from the tools of NTIA, the others are common.
SCORE_NAMES = ("mos", "score")
SPREAD_NAMES = ("spread", "std", "mos_std", "sos")
CONTENT_NAMES = ("content", "scene")


def rated(rows: list[Row], source: Path) -> list[RatedPhoto]:
    """The photos of a table with the columns file and mos or score, and perhaps spread, content and part.

    Rows without a score are left out. Paths are relative to the folder of `source`, or absolute.

    Raises:
        ValueError: there is no column with scores, or what must be a number is none.
    """
    if not rows:
        return []
    score, spread, content = (_called(rows[0], names) for names in (SCORE_NAMES, SPREAD_NAMES, CONTENT_NAMES))
    if score is None:
        raise ValueError(f"{source}: lacks the column mos (or score)")
    has_contents = content is not None and any(row[content] for row in rows)
    return [
        RatedPhoto(
            path=source.parent / str(row["file"]),
            score=number(row, score, source),
            spread=number(row, spread, source) if spread and _is_filled(row[spread]) else None,
            # A photo without a content among others with one is a content of its own.
            content=str(row[content] or row["file"]) if content and has_contents else None,
            part=row.get("part") or None,
        )
        for row in rows
        if _is_filled(row[score])
    ]


def read_own_csv(path: Path) -> ScoreList | None:
    """`path`, or the mos.csv in it: columns file and mos (0 to 100), perhaps spread, content and part."""
    source = path if path.suffix.lower() == ".csv" and path.is_file() else Lookup().first(path, SCORES)
    return ScoreList(source, rated(read_csv(source, "file"), source)) if source else None


def _called(row: Row, names: tuple[str, ...]) -> str | None:
    return next((name for name in names if name in row), None)


def _is_filled(cell: object) -> bool:
    return cell is not None and cell != ""


OWN_CSV = DataSetEntry(
    name="csv",
    title="a table of rated photos",
    photos=None,
    low=0,
    high=100,
    higher_is_better=True,
    citation="your own",
    looked_for=f"a .csv file, or a folder with {SCORES}, with the columns file and mos (0 to 100, higher is better)",
    read=read_own_csv,
)
