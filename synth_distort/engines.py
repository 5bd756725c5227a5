"""Where many jobs are done: on the cores of this machine, or on Ray, which may be many machines that share a disk."""

from __future__ import annotations

import logging
import os
import pickle
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from .parallel import Guarded, in_processes

Job = TypeVar("Job")
Result = TypeVar("Result")
Engine = Callable[[Callable[[Any], None], Sequence[Any]], None]  # calls a function for each of many jobs, in any order
OnDeath = Callable[[Any], None]  # takes a job whose worker died


def local(workers: int, *, on_death: OnDeath | None = None) -> Engine:
    """An engine of `workers` processes on this machine; without `on_death`, it ends where one of them dies."""

    def run(function: Callable[[Any], None], jobs: Sequence[Any]) -> None:
        for _ in in_processes(function, jobs, workers=workers, description="Ladders", on_death=on_death):
            pass

    return run


def ray(workers: int, *, on_death: OnDeath | None = None) -> Engine:
    """An engine on Ray Data, see `on_ray`; `on_death` as for `local`.

    Raises:
        ModuleNotFoundError: the extra `cluster` is not installed.
    """
    import ray.data  # noqa: F401  Whether it is there is told before the work.

    def run(function: Callable[[Any], None], jobs: Sequence[Any]) -> None:
        for _ in on_ray(function, jobs, workers=workers, on_death=on_death):
            pass

    return run


ENGINES = {"local": local, "ray": ray}


def get_engine(name: str, workers: int, *, on_death: OnDeath | None = None) -> Engine:
    """The engine called `name`, one of ENGINES, of `workers` processes.

    Raises:
        ValueError: there is none, or the package that it needs is not installed.
    """
    if name not in ENGINES:
        raise ValueError(f"no engine is called {name!r}; there are {', '.join(ENGINES)}")
    try:
        return ENGINES[name](workers, on_death=on_death)
    except ModuleNotFoundError as error:
        raise ValueError(f"the engine {name} needs {error.name}: pip install 'blemish[cluster]'") from error


def on_ray(
    function: Callable[[Job], Result],
    jobs: Sequence[Job],
    *,
    workers: int,
    on_death: Callable[[Job], Result] | None = None,
) -> Iterator[Result]:
    """The results of `function` for each of `jobs`, in any order, by way of Ray Data; `on_death` as for `in_processes`.

    It uses all cores of the cluster that RAY_ADDRESS names, else `workers` cores of this machine. Folders that jobs name must
    have the same paths on all machines of the cluster.

    Raises:
        ModuleNotFoundError: the extra `cluster` is not installed.
    """
    import ray
    import ray.data

    if not jobs:
        return
    on_cluster = "RAY_ADDRESS" in os.environ
    ray.init(num_cpus=None if on_cluster else workers, include_dashboard=False, logging_level=logging.ERROR)
    logging.getLogger("ray.data").setLevel(logging.ERROR)  # what it says of its progress is ours to say
    ray.data.DataContext.get_current().enable_progress_bars = False
    try:
        cores = int(ray.cluster_resources()["CPU"])
        indices = ray.data.from_items([{"index": index} for index in range(len(jobs))])
        processes = min(cores, len(jobs))
        done = indices.map(
            _Worker,  # pyright: ignore[reportArgumentType]  Ray takes classes too
            fn_constructor_args=(function, jobs, on_death),
            compute=ray.data.ActorPoolStrategy(size=processes),
        )
        for row in done.iter_rows():
            yield pickle.loads(row["result"])
    finally:
        ray.shutdown()


class _Worker:
    """One of Ray's processes: it has the jobs done whose numbers it is sent, in a process besides.

    Ray itself would give a job that ends its process to the next one, for ever.
    """

    def __init__(self, function: Callable, jobs: Sequence, on_death: Callable | None) -> None:
        self.function, self.jobs = Guarded(function, on_death), jobs

    def __call__(self, row: dict) -> dict:
        return {"result": pickle.dumps(self.function(self.jobs[row["index"]]))}
