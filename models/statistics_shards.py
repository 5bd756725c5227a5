"""Passing samples once through the fixed part of the network, and keeping what comes out on disk.

The fixed part takes nearly all of the time, so its output is written in shards of a few hundred samples; the learned part is
then fitted to them in minutes, as often as wanted. A shard is there whole or not at all, so a run that was stopped goes on.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import cache
from pathlib import Path

import safetensors.torch
import torch
from torch import Tensor

from ..synth_distort.photo import write_whole
from .statistics import PooledStatistics
from .tiles import described_windows
from .training_samples import WINDOW_STRIDE, PristinePhoto, draw_sample, window_coverage

SHARD = 250  # samples


def write_shards(
    photos: Sequence[PristinePhoto], folder: Path, *, shards: int, seed: int, workers: int
) -> Iterator[int]:
    """Write those of `shards` shards that `folder` lacks; yield how many are there as each one is finished."""
    folder.mkdir(parents=True, exist_ok=True)
    missing = [shard for shard in range(shards) if not _path(folder, shard).exists()]
    done = shards - len(missing)
    yield done
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        jobs = [pool.submit(_write_shard, tuple(photos), folder, shard, seed) for shard in missing]
        for job in as_completed(jobs):
            job.result()
            done += 1
            yield done


def read_shards(folder: Path, *, shards: int) -> dict[str, Tensor]:
    """The first `shards` shards together: windows (N, windows, length), severities (N, K), coverage (N, windows)."""
    parts = [safetensors.torch.load_file(_path(folder, shard)) for shard in range(shards)]
    return {name: torch.cat([part[name] for part in parts]) for name in parts[0]}


def _path(folder: Path, shard: int) -> Path:
    return folder / f"shard-{shard:05d}.safetensors"


@cache
def _statistics() -> PooledStatistics:
    torch.set_num_threads(1)  # a process for each core; threads inside them would only wait for one another
    return PooledStatistics()


def _write_shard(photos: Sequence[PristinePhoto], folder: Path, shard: int, seed: int) -> None:
    windows, severities, coverage = [], [], []
    for index in range(shard * SHARD, (shard + 1) * SHARD):
        sample = draw_sample(photos, (seed, index))
        described = described_windows(sample.image, _statistics(), stride=WINDOW_STRIDE)
        windows.append(described.flatten(1).T.half())
        severities.append(sample.severities)
        coverage.append(window_coverage(sample.mask))
    content = {
        "windows": torch.stack(windows),
        "severities": torch.stack(severities).float(),
        "coverage": torch.stack(coverage),
    }
    write_whole(_path(folder, shard), safetensors.torch.save(content))
