"""How far a long task is: a bar on standard error with the rate and the time left; standard output stays as it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

Item = TypeVar("Item")


def advancing(items: Iterable[Item], description: str, *, total: int) -> Iterator[Item]:
    """`items`, of which there are `total`, with a bar that advances as each is asked for; none for a single one."""
    if total < 2:
        yield from items
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    bar = Progress(*columns, console=Console(stderr=True), redirect_stdout=False, redirect_stderr=False)
    with bar:
        task = bar.add_task(description, total=total, rate="")
        for item in items:
            speed = bar.tasks[0].speed
            bar.update(task, advance=1, rate=_rate(speed) if speed else "")
            yield item


def _rate(speed: float) -> str:
    return f"{speed:.1f} a second" if speed >= 1 else f"{1 / speed:.1f} s each"
