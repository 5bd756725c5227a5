"""Scanning a collection: every photo its row, those that did not change from the table that is there."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from ...models.distortion_model.device import chosen_device
from ...models.distortion_model.files import load_model
from ...synth_distort.decoding import MOST_PIXELS
from ...synth_distort.engines import on_ray
from ...synth_distort.parallel import in_one_thread, in_processes
from ...synth_distort.photo import list_photos
from ...synth_distort.progress import advancing
from .data_set_images import Indexed, images_of
from .repeats import Group, repeats
from .row import Job, ended, scan_file, scan_source, score
from .table import JOURNAL, TABLE, begin_journal, journal_line, read_journal, read_table, rows_of, table_of, write_table

if TYPE_CHECKING:
    import pyarrow


@dataclass(frozen=True)
class Scan:
    """A scanned collection.

    Attributes:
        table: a row for each photo, in the order of their paths; those that could not be read have only an `error`.
        folder: where the table is kept; None for a scan in memory.
        unchanged: how many rows were taken from the table that was there.
    """

    table: pyarrow.Table
    folder: Path | None = None
    unchanged: int = 0

    @classmethod
    def read(cls, folder: str | os.PathLike) -> Scan:
        """The scan that `blemish scan` left in `folder`.

        Raises:
            ValueError: there is none.
        """
        return cls(read_table(Path(folder)), Path(folder))

    @property
    def rows(self) -> list[dict]:
        """The photographs that were read."""
        return [row for row in rows_of(self.table) if row["is_photograph"]]

    @property
    def others(self) -> list[dict]:
        """The pictures that are no photographs, such as screenshots and drawings: the model predicts nothing of them."""
        return [row for row in rows_of(self.table) if row["error"] is None and not row["is_photograph"]]

    @property
    def failed(self) -> dict[str, str]:
        """The sentence of each photo that could not be read, by its path."""
        return {row["path"]: row["error"] for row in rows_of(self.table) if row["error"] is not None}

    @property
    def repeats(self) -> tuple[Group, ...]:
        """Near-duplicates and bursts, with the best of each and why."""
        return repeats(self.rows)

    def worst(self, count: int) -> list[dict]:
        """The `count` photos with the lowest score."""
        return sorted(self.rows, key=score)[:count]

    def to_pandas(self):
        """The table as a pandas DataFrame."""
        return self.table.to_pandas()

    def __len__(self) -> int:
        return self.table.num_rows


@in_one_thread()  # as workers compute: by more, the last digits of a row would be others
def scan(
    source: str | os.PathLike | Iterable | Indexed,
    *,
    output: str | os.PathLike | None = None,
    model: str | os.PathLike | None = None,
    workers: int = 0,
    engine: str = "local",
    max_pixels: int = MOST_PIXELS,
    csv: bool = False,
) -> Scan:
    """Predict and describe every photo of a collection, without experiments.

    Args:
        source: a folder; or an iterable of folders and files; or of images: (name, image) pairs, or images alone, arrays,
            tensors or Pillow images, as `images_of` takes them from a data set.
        output: folder for the table; what is there already, of files that did not change, is not done again. None: in memory.
        model: path of a .safetensors file; None for the embedded model.
        workers: processes; 0 for this one. With more, a script needs its `if __name__ == "__main__"`.
        engine: "local", or "ray", whose cluster RAY_ADDRESS names.
        max_pixels: of a photo; larger ones are refused before they are decoded.
        csv: whether the table is written as CSV too.

    Raises:
        ValueError: no photos; a folder that is none; no such engine.
        WeightsError: the model cannot be read.
    """
    if engine not in ("local", "ray"):
        raise ValueError(f"no engine is called {engine!r}; there are local, ray")
    folder = None if output is None else Path(output)
    paths, images = _sources(source)
    digest = load_model(model).sha256  # before the work: a model that cannot be read is no fault of any photo
    if images is not None:
        return _finished(
            [scan_source(*named, load_model(model, device=chosen_device())) for named in images], folder, csv, 0
        )
    had = _had(folder, digest)
    weights = None if model is None else os.fspath(Path(model).resolve())
    isolated = engine == "local" and not workers
    jobs = [Job(path, had.get(path, {}).get("sha256") or "", weights, max_pixels, isolated) for path in paths]
    rows, unchanged = {}, 0
    results = _engine(engine, workers)(jobs)
    journal = None if folder is None else begin_journal(folder, [had[path] for path in paths if path in had])
    try:
        for row in results:
            if row.get("unchanged"):
                row, unchanged = had[row["path"]], unchanged + 1
            elif journal is not None:
                journal.write(journal_line(row))
            rows[row["path"]] = row
    finally:
        if journal is not None:
            journal.close()
    return _finished(list(rows.values()), folder, csv, unchanged)


def photos_in(source: str | os.PathLike | Iterable[str | os.PathLike]) -> list[str]:
    """The paths of all photos in folders, and of files, each once, sorted.

    Raises:
        ValueError: a folder holds none, or there are none.
    """
    places = [source] if isinstance(source, (str, os.PathLike)) else list(source)
    found = set()
    for place in map(Path, places):
        found.update(list_photos(place) if place.is_dir() or not place.suffix else [place])
    if not found:
        raise ValueError("there are no photos to scan")
    return sorted(map(str, found))


def _sources(source: str | os.PathLike | Iterable | Indexed) -> tuple[list[str], Iterator[tuple[str, object]] | None]:
    """Paths, or images with names."""
    if isinstance(source, (str, os.PathLike)):
        return photos_in(source), None
    if isinstance(source, Sequence) and all(isinstance(one, (str, os.PathLike)) for one in source):
        return photos_in(source), None
    return [], images_of(source)


def _had(folder: Path | None, model: str) -> dict[str, dict]:
    """The rows that are there already, of the same model and version, by path; what could not be read is tried again."""
    if folder is None:
        return {}
    rows = rows_of(read_table(folder)) if (folder / TABLE).exists() else []
    same = {"error": None, "model": model, "blemish": metadata.version("blemish")}
    return {row["path"]: row for row in rows + read_journal(folder) if all(row.get(key) == same[key] for key in same)}


def _engine(name: str, workers: int) -> Callable[[Sequence[Job]], Iterator[dict]]:
    if name == "ray":
        return lambda jobs: advancing(
            on_ray(scan_file, jobs, workers=max(1, workers), on_death=ended), "Photos", total=len(jobs)
        )
    if workers:
        return lambda jobs: in_processes(scan_file, jobs, workers=workers, description="Photos", on_death=ended)
    return lambda jobs: advancing(map(scan_file, jobs), "Photos", total=len(jobs))


def _finished(rows: list[dict], folder: Path | None, csv: bool, unchanged: int) -> Scan:
    table = table_of(rows)
    if folder is not None:
        write_table(table, folder, csv=csv)
        (folder / JOURNAL).unlink(missing_ok=True)
    return Scan(table, folder, unchanged)
