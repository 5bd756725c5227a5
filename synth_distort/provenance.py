"""Provenance of a result: versions, revision, machine and day."""

from __future__ import annotations

import datetime
import os
import platform
import subprocess
from importlib import metadata
from pathlib import Path


def software(*packages: str) -> dict:
    """Versions of blemish, Python and `packages`, and the git revision where there is one: the same on every machine."""
    return {
        "blemish": metadata.version("blemish"),
        "revision": _git_revision(),
        "python": platform.python_version(),
        **{name: metadata.version(name) for name in packages},
    }


def provenance(*packages: str) -> dict:
    """As `software`, with the machine and the day."""
    return {
        **software(*packages),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
    }


def _git_revision() -> str | None:
    """The revision of the checkout that this file belongs to, with "+changes" where it differs; None outside one."""
    here = Path(__file__).resolve().parent

    def git(*words: str) -> str:
        return subprocess.run(
            ["git", "-C", str(here), *words], capture_output=True, text=True, check=True
        ).stdout.strip()

    try:
        git("ls-files", "--error-unmatch", Path(__file__).name)  # not merely installed inside somebody's repository
        return git("rev-parse", "HEAD") + ("+changes" if git("status", "--porcelain", "--untracked-files=no") else "")
    except (OSError, subprocess.CalledProcessError):
        return None
