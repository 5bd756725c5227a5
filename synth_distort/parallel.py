"""Many jobs on the cores of this machine, with a progress bar."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

from rich.console import Console
from rich.progress import track

from .lazy import cv2, torch

Job = TypeVar("Job")
Result = TypeVar("Result")


def in_processes(
    function: Callable[[Job], Result], jobs: Sequence[Job], *, workers: int, description: str
) -> Iterator[Result]:
    """The results of `function` for each of `jobs`, in the order in which they end; after an error no further job begins.

    A progress bar is drawn on standard error. Each worker is a fresh process with one thread.

    Raises:
        OSError: a worker was killed, most likely for want of memory.
    """
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context, initializer=_begin) as pool:
        futures = [pool.submit(function, job) for job in jobs]
        try:
            bar = track(as_completed(futures), description, total=len(futures), console=Console(stderr=True))
            yield from (future.result() for future in bar)
        except BrokenProcessPool as error:
            raise OSError("a worker was killed, most likely for want of memory; fewer workers need less") from error
        finally:
            pool.shutdown(cancel_futures=True)


def one_thread_each() -> None:
    """Compute in one thread in this process; with a process for each core, more threads would only wait."""
    torch.set_num_threads(1)
    cv2.setNumThreads(1)


def _begin() -> None:
    """Begin a worker, which ends with the process that began it: an orphan would go on writing."""
    one_thread_each()
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=lambda: (parent.join(), os._exit(1)), daemon=True).start()
