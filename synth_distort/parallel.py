"""Many jobs on the cores of this machine, with a progress bar."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from typing import TypeVar

from rich.console import Console
from rich.progress import track

from .lazy import cv2, torch

Job = TypeVar("Job")
Result = TypeVar("Result")


def in_processes(
    function: Callable[[Job], Result], jobs: Sequence[Job], *, workers: int, description: str
) -> Iterator[Result]:
    """The results of `function` for each of `jobs`, in the order in which they end; after an error nothing more begins.

    The bar is drawn on standard error. Each worker is a fresh process with one thread, since there is one for each core.
    """
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context, initializer=one_thread_each) as pool:
        futures = [pool.submit(function, job) for job in jobs]
        try:
            bar = track(as_completed(futures), description, total=len(futures), console=Console(stderr=True))
            yield from (future.result() for future in bar)
        finally:
            pool.shutdown(cancel_futures=True)


def one_thread_each() -> None:
    """Begin a worker: there is a process for each core, and threads inside them would only wait for one another."""
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
