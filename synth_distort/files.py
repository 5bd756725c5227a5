"""Atomic writes: every file of blemish is written here, whole or not at all."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path


def write_file(path: Path, content: bytes, *, by_way_of: Path | None = None) -> None:
    """Write `content` to `path`, whole or not at all.

    Args:
        path: the file; the folders above it are made.
        content: all of it.
        by_way_of: an existing folder, on the same disk, in which it is written first; beside `path` without it.
    """
    if by_way_of is None:
        path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=by_way_of or path.parent, prefix=f".{path.name}.")
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
    """Write `content` as indented JSON to `path`, as `write_file` does."""
    text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    write_file(path, text.encode(), by_way_of=by_way_of)
