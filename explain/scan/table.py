"""The table of a scan on disk: Parquet, CSV on demand, and the journal of a scan that is under way.

The journal gets a line for each photo, so that a scan that is killed goes on where it was; a line that was torn is not read.
"""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ...synth_distort.files import printable, write_file
from .row import MEASURED

if TYPE_CHECKING:
    import pyarrow

TABLE, CSV, JOURNAL = "scan.parquet", "scan.csv", "unfinished.jsonl"
FINDING = ("name", "family", "probability", "severity", "area")


def schema() -> pyarrow.Schema:
    """The columns: what is computed, and what the file states; `path` is readable, `name` the same as bytes, of any coding."""
    import pyarrow as pa

    text, number, whole = pa.string(), pa.float64(), pa.int64()
    finding = pa.struct([(name, text if name in ("name", "family") else number) for name in FINDING])
    columns = {
        **dict.fromkeys(("path", "sha256", "error"), text),
        "name": pa.binary(),
        **dict.fromkeys(("format", "camera", "lens", "taken"), text),
        **dict.fromkeys(("bytes", "width", "height", "iso", "jpeg_quality"), whole),
        **dict.fromkeys(("saved_before", "enlarged", "is_photograph"), pa.bool_()),
        **dict.fromkeys(("exposure_time", "f_number", "mos", "mos_low", "mos_high"), number),
        **dict.fromkeys(("opinion_unaware_score", "overall_severity", "undistorted_probability"), number),
        "in_distribution": pa.bool_(),
        "findings": pa.list_(finding),
        **dict.fromkeys(MEASURED, number),
        "mean_color": pa.list_(number),
        "hash": text,
        "notes": pa.list_(text),
        "thumbnail": pa.binary(),
        **dict.fromkeys(("model", "blemish"), text),
    }
    return pa.schema(list(columns.items()))


def table_of(rows: Iterable[dict]) -> pyarrow.Table:
    """Rows as a table, in the order of their paths."""
    import os

    import pyarrow as pa

    ordered = sorted(rows, key=lambda row: row["path"])
    named = [{**row, "path": printable(row["path"]), "name": os.fsencode(row["path"])} for row in ordered]
    return pa.Table.from_pylist(named, schema=schema())


def rows_of(table: pyarrow.Table) -> list[dict]:
    """The rows of a table, with their paths as the file system has them."""
    import os

    rows = table.to_pylist()
    return [{**{key: row[key] for key in row if key != "name"}, "path": os.fsdecode(row["name"])} for row in rows]


def write_table(table: pyarrow.Table, folder: Path, *, csv: bool) -> None:
    """Write the table to `folder`; as CSV too, with findings in words and no thumbnails, if `csv`."""
    import pyarrow as pa
    import pyarrow.parquet

    stream = pa.BufferOutputStream()
    pyarrow.parquet.write_table(table, stream)
    write_file(folder / TABLE, stream.getvalue().to_pybytes())
    if csv:
        write_file(folder / CSV, csv_of(table).encode())


def csv_of(table: pyarrow.Table) -> str:
    """The table as CSV."""
    import csv

    stream = io.StringIO()
    columns = [
        name for name in table.column_names if name not in ("thumbnail", "name", "mean_color", "findings", "notes")
    ]
    writer = csv.DictWriter(stream, [*columns, "findings", "notes"], extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    for row in table.to_pylist():
        found = "; ".join(f"{one['name']} {one['severity']:.2f}" for one in row["findings"] or [])
        writer.writerow({**row, "findings": found, "notes": " ".join(row["notes"] or [])})
    return stream.getvalue()


def read_table(folder: Path) -> pyarrow.Table:
    """The table that a scan left in `folder`.

    Raises:
        ValueError: there is none, or it is none of a scan.
    """
    import pyarrow as pa
    import pyarrow.parquet

    file = folder / TABLE if folder.is_dir() else folder
    try:
        table = pyarrow.parquet.read_table(file, memory_map=False)
        return table.select(schema().names).cast(schema())
    except FileNotFoundError:
        raise ValueError(f"{printable(folder)}: holds no {TABLE}; `blemish scan` writes one") from None
    except (pa.ArrowException, KeyError) as error:
        raise ValueError(f"{printable(file)}: is no table of this version of `blemish scan` ({error})") from error


def read_journal(folder: Path) -> list[dict]:
    """The rows that a scan which was stopped left in `folder`."""
    journal = folder / JOURNAL
    if not journal.exists():
        return []
    rows = []
    for line in journal.read_bytes().split(b"\n")[:-1]:  # what comes after the last end of line was torn
        try:
            row = json.loads(line)
        except ValueError:
            continue
        if row.get("thumbnail"):
            row["thumbnail"] = base64.b64decode(row["thumbnail"])
        rows.append(row)
    return rows


def begin_journal(folder: Path, rows: Sequence[dict]) -> io.FileIO:
    """Open the journal of `folder` to be gone on with, with the whole lines that it has."""
    folder.mkdir(parents=True, exist_ok=True)
    write_file(folder / JOURNAL, b"".join(journal_line(row) for row in rows))
    return io.FileIO(folder / JOURNAL, "a")


def journal_line(row: dict) -> bytes:
    """A row as a line; a lone surrogate of a name that is not UTF-8 is an escape, and comes back."""
    thumbnail = row.get("thumbnail")
    plain = {**row, "thumbnail": base64.b64encode(thumbnail).decode()} if thumbnail else row
    return json.dumps(plain).encode() + b"\n"
