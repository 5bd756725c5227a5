"""The application that the commands belong to, and how they speak: one sentence for a mistake, a bar for what takes long."""

from __future__ import annotations

import errno
import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

app = typer.Typer(
    name="blemish",
    help="Find what is wrong with a photo, how bad it is and where, with the checks that confirm it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

# The panels of `blemish --help`, in this order: what a photographer wants, then a researcher, then who makes blemish itself.
PHOTOS, RESEARCH, MAINTENANCE = "Photos", "Quality models and data sets", "Making blemish itself"


@contextmanager
def mistakes(*kinds: type[Exception]) -> Iterator[None]:
    """Turn errors of `kinds`, whose messages are written for the user, into that message and exit code 2."""
    try:
        yield
    except BrokenPipeError:
        raise  # whoever read standard output has had enough, which is no mistake
    except kinds as error:
        say(error)
        raise typer.Exit(2) from error


def say(mistake: str | Exception) -> None:
    """One sentence on standard error; the operating system's own errors are made to begin with the file's name."""
    if isinstance(mistake, OSError) and mistake.strerror:
        mistake = f"{mistake.filename or 'standard output'}: {mistake.strerror}"
    from ..synth_distort.files import printable

    text = str(mistake)
    print(f"blemish: {text if text.isprintable() else printable(text)}", file=sys.stderr)


def tell(line: str) -> None:
    """One line on standard output, now.

    Raises:
        OSError: it is full or closed.
    """
    print(line, flush=True)


def check_folder(path: Path) -> None:
    """Notice before the work that a folder for its results cannot be made.

    Raises:
        NotADirectoryError: it, or a folder above it, is a file.
    """
    there = next((place for place in (path, *path.parents) if place.exists()), None)
    if there is not None and not there.is_dir():
        raise NotADirectoryError(f"{there}: is a file; results go into a folder")


def run() -> int:
    """Run the command that the shell gave, and return the exit code, whatever becomes of standard output."""
    _open_standard_streams()
    try:
        app()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BrokenPipeError:
        code = 1
    except OSError as error:
        say(error)
        code = 2
    try:
        sys.stdout.flush()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is left would fail again at the end
        if error.errno == errno.EPIPE:
            return code or 1
        say(OSError(error.errno, error.strerror))
        code = 2
    return code


def _open_standard_streams() -> None:
    """Standard streams that are there, and that take any file's name: a closed one would be the next file that is opened."""
    sys.stdin = sys.stdin or open(os.devnull)  # noqa: SIM115  open until the process ends
    sys.stdout = sys.stdout or open(os.devnull, "w")  # noqa: SIM115
    sys.stderr = sys.stderr or open(os.devnull, "w")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
