"""Many jobs on the cores of this machine, with a progress bar; a worker that dies takes its own job with it, and no other."""

from __future__ import annotations

import contextlib
import ctypes
import itertools
import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, TypeVar

from .lazy import cv2, torch
from .progress import advancing

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # as glibc's malloc.h numbers them

Job = TypeVar("Job")
Result = TypeVar("Result")


def in_processes(
    function: Callable[[Job], Result],
    jobs: Sequence[Job],
    *,
    workers: int,
    description: str,
    on_death: Callable[[Job], Result] | None = None,
) -> Iterator[Result]:
    """The results of `function` for each of `jobs`, in the order in which they end; after an error nothing more begins.

    The bar is drawn on standard error. Each worker is a fresh process with one thread, since there is one for each core.

    Args:
        function: called in a worker; what it raises is raised here.
        jobs: one call each.
        workers: processes.
        description: of the bar.
        on_death: the result for a job whose worker died, whose decoder crashed, say; another worker takes its place.

    Raises:
        OSError: a worker died, most likely for want of memory, and there is no `on_death`.
    """
    yield from advancing(_results(function, jobs, workers, on_death), description, total=len(jobs))


def one_thread_each() -> None:
    """Have this process compute in one thread: where there is a process for each core, threads would only wait."""
    torch.set_num_threads(1)
    cv2.setNumThreads(1)


@contextlib.contextmanager
def in_one_thread() -> Iterator[None]:
    """Compute in one thread for a while, as workers do: of sums over several threads the last digits are others."""
    kept = torch.get_num_threads(), cv2.getNumThreads()
    one_thread_each()
    try:
        yield
    finally:
        torch.set_num_threads(kept[0])
        cv2.setNumThreads(kept[1])


class Guarded:
    """A function whose calls run in a process of their own, which is the next call's too unless a call ends it.

    Args:
        function: called there, with one job.
        on_death: the result of a job that ended the process; None to raise OSError.
    """

    def __init__(self, function: Callable, on_death: Callable | None = None) -> None:
        self.function, self.on_death = function, on_death
        self._worker: _Worker | None = None

    def __call__(self, job: Any) -> Any:
        """The result of the function for `job`, or of `on_death`."""
        worker = _given(self._worker or _begun(self.function), job)
        result, alive = _result(worker, self.on_death)
        self._worker = worker if alive else None
        return result


@dataclass
class _Worker:
    """A process, the pipe to it, and the job that it has."""

    process: BaseProcess
    pipe: Connection
    job: Any = None


def _results(function: Callable, jobs: Sequence, workers: int, on_death: Callable | None) -> Iterator:
    waiting, busy = iter(jobs), []
    try:
        for job in itertools.islice(waiting, workers):
            busy.append(_given(_begun(function), job))
        while busy:
            for worker in _ready(busy):
                busy.remove(worker)
                result, alive = _result(worker, on_death)
                job = next(waiting, _NO_MORE)
                if job is not _NO_MORE:
                    busy.append(_given(worker if alive else _begun(function), job))
                else:
                    worker.pipe.close()
                yield result
    finally:
        for worker in busy:
            worker.process.kill()


_NO_MORE = object()


def _begun(function: Callable) -> _Worker:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_work, args=(function, theirs), daemon=True)
    process.start()
    theirs.close()  # so that the worker's death is the end of what can be read from it
    return _Worker(process, ours)


def _given(worker: _Worker, job: Any) -> _Worker:
    worker.job = job
    with contextlib.suppress(BrokenPipeError):  # it is dead already, which reading from it will tell
        worker.pipe.send(job)
    return worker


def _ready(busy: list[_Worker]) -> list[_Worker]:
    ready = wait([worker.pipe for worker in busy])
    return [worker for worker in busy if worker.pipe in ready]


def _result(worker: _Worker, on_death: Callable | None) -> tuple[Any, bool]:
    """What came of the worker's job, and whether the worker lives."""
    try:
        succeeded, result = worker.pipe.recv()
    except (EOFError, ConnectionResetError):
        worker.process.join()
        worker.pipe.close()
        if on_death is None:
            raise OSError("a worker was killed, most likely for want of memory; fewer workers need less") from None
        return on_death(worker.job), False
    if not succeeded:
        raise result
    return result, True


def _work(function: Callable, pipe: Connection) -> None:
    """What a worker does: jobs come, results go, until no more come."""
    _end_with_parent()
    one_thread_each()
    _keep_freed_memory()
    while True:
        try:
            job = pipe.recv()
        except EOFError:
            return
        try:
            answer = True, function(job)
        except Exception as error:
            answer = False, error
        pipe.send(answer)


def _keep_freed_memory() -> None:
    """Have glibc give memory of one job to the next: to return and get it again is a sixth of the time of a small photo."""
    with contextlib.suppress(AttributeError, OSError, TypeError):  # where there is another C library
        allocator = ctypes.CDLL(None)
        allocator.mallopt(_MMAP_THRESHOLD, 64 * 2**20)
        allocator.mallopt(_TRIM_THRESHOLD, 256 * 2**20)


def _end_with_parent() -> None:
    """End this process when the one that began it ends, in whatever way: an orphan would go on writing."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=lambda: (parent.join(), os._exit(1)), daemon=True).start()
