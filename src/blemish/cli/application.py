"""The application that the commands belong to, and how they speak: one sentence for a mistake, a bar for what takes long."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

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


def with_progress(items: Sequence, description: str) -> Iterator:
    """`items`, with a bar on the terminal where there are several; standard output stays as it is."""
    if len(items) < 2:
        yield from items
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), redirect_stdout=False, redirect_stderr=False) as progress:
        yield from progress.track(items, description=description)


@contextmanager
def mistakes(*kinds: type[Exception]) -> Iterator[None]:
    """Turn errors of `kinds`, whose messages are written for the user, into that message and exit code 2."""
    try:
        yield
    except kinds as error:
        say(error)
        raise typer.Exit(2) from error


def say(mistake: str | Exception) -> None:
    """One sentence on standard error; the operating system's own errors are made to begin with the file's name."""
    if isinstance(mistake, OSError) and mistake.filename:
        mistake = f"{mistake.filename}: {mistake.strerror}"
    print(f"blemish: {mistake}", file=sys.stderr)
