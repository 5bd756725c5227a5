"""Engines of a data set: the cores of this machine, or Ray, which may be many machines with a shared disk."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Sequence

from .data_set import Engine, Unit, record_death
from .parallel import in_processes, one_thread_each

Write = Callable[[Unit], None]


def local(workers: int) -> Engine:
    """An engine of `workers` processes on this machine."""

    def run(write: Write, units: Sequence[Unit]) -> None:
        for _ in in_processes(write, units, workers=workers, description="Ladders", on_death=record_death):
            pass

    return run


def ray(workers: int) -> Engine:
    """An engine on Ray Data: on all cores of the cluster that RAY_ADDRESS names, else on `workers` cores of this machine.

    The folders of photos and of the data set must have the same paths on all machines of the cluster.

    Raises:
        ModuleNotFoundError: the extra `cluster` is not installed.
    """
    import ray
    import ray.data

    def run(write: Write, units: Sequence[Unit]) -> None:
        if not units:
            return
        on_cluster = "RAY_ADDRESS" in os.environ
        ray.init(num_cpus=None if on_cluster else workers, include_dashboard=False, logging_level=logging.ERROR)
        try:
            cores = int(ray.cluster_resources()["CPU"])
            indices = ray.data.from_items([{"index": index} for index in range(len(units))])
            processes = min(cores, len(units))
            made = indices.map(_Writer, fn_constructor_args=(write, units), concurrency=processes)  # pyright: ignore[reportArgumentType]
            made.materialize()
        finally:
            ray.shutdown()

    return run


ENGINES: dict[str, Callable[[int], Engine]] = {"local": local, "ray": ray}


class _Writer:
    """One of Ray's processes: it writes the units with the numbers that it gets."""

    def __init__(self, write: Write, units: Sequence[Unit]) -> None:
        one_thread_each()
        self.write, self.units = write, units

    def __call__(self, row: dict) -> dict:
        self.write(self.units[row["index"]])
        return row
