"""Score files of every kind (.csv, .xlsx, .txt, .mat) as rows by column, with errors that name the file."""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

Row = dict[str, Any]


def read_csv(path: Path, *columns: str) -> list[Row]:
    """The rows of a CSV file in UTF-8, by the names of their columns in lower case.

    Raises:
        ValueError: it lacks one of `columns`, or is no such text.
    """
    try:
        # Spreadsheet programs begin the file with a byte-order mark, which would become part of the first column's name.
        with path.open(newline="", encoding="utf-8-sig") as stream:
            table = csv.DictReader(stream)
            table.fieldnames = [name.strip().lower() for name in table.fieldnames or ()]
            rows = list(table)
    except (UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"{path}: cannot be read as a CSV file in UTF-8 ({error})") from error
    lacking = [column for column in columns if column not in table.fieldnames]
    if lacking:
        raise ValueError(f"{path}: lacks the column {lacking[0]}; it must have {', '.join(columns)}")
    return rows


def read_xlsx(path: Path, *columns: str) -> list[Row]:
    """The rows of that sheet of an Excel file that has `columns`, by the names of its columns in lower case.

    The names may stand anywhere on the sheet; rows without an entry in the first of `columns` are left out.

    Raises:
        ValueError: no sheet has `columns`, or it is no Excel file.
    """
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        workbook = load_workbook(path, read_only=True, data_only=True)
    except (InvalidFileException, zipfile.BadZipFile, KeyError) as error:
        raise ValueError(f"{path}: cannot be read as an Excel file ({error})") from error
    try:
        for sheet in workbook.worksheets:
            if rows := _rows_below_header(sheet.iter_rows(values_only=True), set(columns)):
                return [row for row in rows if row[columns[0]] not in (None, "")]
    finally:
        workbook.close()
    raise ValueError(f"{path}: has no sheet with the columns {', '.join(columns)}")


def read_mat(path: Path, **variables: str) -> list[Row]:
    """One row for each entry of the MATLAB file's `variables`, vectors of one length, by the keywords they are given by.

    Raises:
        ValueError: it lacks a variable, their lengths differ, or it is no MATLAB file.
    """
    from scipy.io import loadmat
    from scipy.io.matlab import MatReadError

    try:
        content = loadmat(path, squeeze_me=True, variable_names=list(variables.values()))
    except (MatReadError, ValueError, TypeError, NotImplementedError) as error:
        raise ValueError(f"{path}: cannot be read as a MATLAB file ({error})") from error
    lacking = [name for name in variables.values() if name not in content]
    if lacking:
        raise ValueError(f"{path}: lacks the variable {lacking[0]}")
    vectors = {key: content[name].ravel() for key, name in variables.items()}
    return beside(path, **vectors)


def beside(source: Path, **vectors: Iterable[Any]) -> list[Row]:
    """Rows of the entries with the same index in `vectors`.

    Raises:
        ValueError: their lengths differ; the error names `source`.
    """
    columns = {key: list(vector) for key, vector in vectors.items()}
    lengths = {key: len(column) for key, column in columns.items()}
    if len(set(lengths.values())) > 1:
        counts = ", ".join(f"{length:,} of {key}" for key, length in lengths.items())
        raise ValueError(f"{source}: has {counts}; there must be as many of each")
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def number(row: Row, column: str, source: Path) -> float:
    """The number in `column` of `row`.

    Raises:
        ValueError: it is none; the error names `source`.
    """
    try:
        return float(row[column])
    except (TypeError, ValueError):
        raise ValueError(f"{source}: has {row[column]!r} in the column {column}, where a number must be") from None


def _rows_below_header(lines: Iterable[tuple[Any, ...]], columns: set[str]) -> list[Row]:
    """The lines below the first that has all of `columns` among its cells."""
    iterator = iter(lines)
    for line in iterator:
        header = ["" if cell is None else str(cell).strip().lower() for cell in line]
        if columns <= set(header):
            return [dict(zip(header, row, strict=False)) for row in iterator]
    return []
