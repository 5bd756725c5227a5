"""Atomic writes: every file of blemish is written here, whole or not at all; and names of files as they can be shown."""

from __future__ import annotations

import json
import os
import tempfile
import unicodedata
from pathlib import Path

TEMPORARY = ".half-written."  # begins the names of files that are not whole yet


def write_file(path: Path, content: bytes, *, by_way_of: Path | None = None) -> None:
    """Write `content` to `path`, whole or not at all.

    Args:
        path: the file; the folders above it are made.
        content: all of it.
        by_way_of: an existing folder, on the same disk, in which it is written first; beside `path` without it.

    Raises:
        OSError: it cannot be written; the error names `path`.
    """
    try:
        _write(path, content, by_way_of or path.parent)
    except OSError as error:
        if error.filename is None or Path(error.filename).name.startswith(TEMPORARY):  # as where the disk is full
            raise OSError(error.errno, error.strerror, os.fspath(path)) from error
        raise


def _write(path: Path, content: bytes, folder: Path) -> None:
    if folder == path.parent:
        folder.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=folder, prefix=TEMPORARY)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(temporary, 0o666 & ~umask)  # as of any file that is opened and written
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def write_json(path: Path, content: object, *, by_way_of: Path | None = None) -> None:
    """Write `content` as indented JSON to `path`, as `write_file` does; names that are not UTF-8 come back as they were."""
    text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    write_file(path, text.encode(errors="backslashreplace"), by_way_of=by_way_of)  # a lone surrogate as JSON writes it


def printable(text: str | os.PathLike) -> str:
    """`text` with bytes that are not UTF-8, and characters that steer a terminal or turn the text around, as escapes."""
    text = os.fspath(text)
    text = os.fsdecode(text) if isinstance(text, bytes) else text
    return "".join(_escaped(character) for character in text)


def _unprintable(character: str) -> bool:
    """Controls, lone surrogates (bytes that were not UTF-8), line and paragraph separators, marks of direction."""
    return unicodedata.category(character) in ("Cc", "Cs", "Cf", "Zl", "Zp")


def _escaped(character: str) -> str:
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:  # how Python carries the byte code - 0xDC00
        return f"\\x{code - 0xDC00:02x}"
    if not _unprintable(character):
        return character
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
