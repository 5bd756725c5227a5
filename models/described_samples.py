"""Passing samples once through the fixed part of the network, and keeping what comes out on disk.

The fixed part takes nearly all of the time, so its output is written in shards of a few hundred samples; the learned part is
then fitted to them in minutes, as often as wanted. A shard is there whole or not at all, so a run that was stopped goes on.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
import safetensors.torch
import torch
from torch import Tensor

from ..synth_distort import DISTORTIONS
from ..synth_distort.parallel import in_processes
from ..synth_distort.photo import write_whole
from ..synth_distort.pristine import PristinePhoto
from ..synth_distort.provenance import provenance
from ..synth_distort.severity import SHIPPED_CURVES
from .statistics import PooledStatistics
from .tiles import listed_windows
from .training_samples import CROP, LARGEST, SMALLEST, draw_sample, window_coverage

SHARD = 250  # samples
WINDOWS = 9  # of a sample that are kept, drawn at random; the smallest samples have no more
RECORD = "record.json"


def write_shards(photos: Sequence[PristinePhoto], folder: Path, *, samples: int, seed: int, workers: int) -> None:
    """Write those shards of `samples` samples that `folder` lacks, with a progress bar.

    Raises:
        ValueError: `folder` holds shards of other photos, of another seed or of another scale of severity.
    """
    _record(folder, photos, seed)
    missing = [part for part in _shards(samples) if not _path(folder, part).exists()]
    write = partial(_write_shard, tuple(photos), folder, seed)
    for _ in in_processes(write, missing, workers=workers, description=f"Statistics for {folder.name}"):
        pass


def read_shards(folder: Path, *, samples: int) -> dict[str, Tensor]:
    """All `samples` samples together: windows (N, WINDOWS, length), severities (N, K), coverage (N, WINDOWS)."""
    parts = [safetensors.torch.load_file(_path(folder, part)) for part in _shards(samples)]
    return {name: torch.cat([part[name] for part in parts]) for name in parts[0]}


def read_record(folder: Path) -> dict:
    """What made the shards of `folder`."""
    return json.loads((folder / RECORD).read_text())


def _record(folder: Path, photos: Sequence[PristinePhoto], seed: int) -> None:
    """Keep what makes the shards beside them.

    Raises:
        ValueError: there are shards of something else.
    """
    made_of = {
        "seed": seed,
        "photos": hashlib.sha256("/".join(photo.path.name for photo in photos).encode()).hexdigest(),
        "curves": hashlib.sha256(SHIPPED_CURVES.read_bytes()).hexdigest(),
        "distortions": list(DISTORTIONS),
        "sides": [CROP, SMALLEST, LARGEST],
        "statistics": PooledStatistics().length,
    }
    if not (folder / RECORD).exists():
        record = {"made_of": made_of, **provenance("torch", "numpy", "pillow", "opencv-python-headless")}
        write_whole(folder / RECORD, (json.dumps(record, indent=1) + "\n").encode())
    if read_record(folder).get("made_of") != made_of:
        raise ValueError(
            f"{folder}: holds statistics made of other photos, with another seed or another scale of severity"
        )


def _shards(samples: int) -> list[range]:
    """The samples of each shard; the last may be shorter."""
    return [range(first, min(first + SHARD, samples)) for first in range(0, samples, SHARD)]


def _path(folder: Path, part: range) -> Path:
    return folder / f"samples-{part.start:07d}-{part.stop:07d}.safetensors"


def _write_shard(photos: Sequence[PristinePhoto], folder: Path, seed: int, part: range) -> None:
    windows, severities, coverage = [], [], []
    for index in part:
        sample = draw_sample(photos, (seed, index))
        described = listed_windows(sample.image)
        chosen = torch.from_numpy(np.random.default_rng((seed, index, WINDOWS)).permutation(len(described))[:WINDOWS])
        windows.append(described[chosen].half())
        severities.append(sample.severities)
        coverage.append(window_coverage(sample.mask)[chosen])
    content = {
        "windows": torch.stack(windows),
        "severities": torch.stack(severities).float(),
        "coverage": torch.stack(coverage),
    }
    write_whole(_path(folder, part), safetensors.torch.save(content))
