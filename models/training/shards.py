"""What was made of samples, kept on disk in shards of a few hundred.

A shard is there whole or not at all, so that a run which was stopped goes on where it was.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import safetensors
import safetensors.torch
import torch
from torch import Tensor

from ...synth_distort.files import write_file, write_json
from ...synth_distort.parallel import in_processes
from ...synth_distort.provenance import provenance

SHARD = 250  # samples
RECORD = "record.json"

Make = Callable[[int], dict[str, Tensor]]


def write_shards(make: Make, folder: Path, *, samples: int, made_of: dict, workers: int) -> None:
    """Write those shards of `samples` samples that `folder` lacks, with a progress bar.

    Args:
        make: the tensors of the sample with a number; the same number always gives the same ones, of the same shapes. It is
            sent to other processes.
        folder: where shards go.
        samples: how many to have.
        made_of: all that the samples depend on, as JSON has it.
        workers: processes.

    Raises:
        ValueError: `folder` holds shards that were made of something else.
    """
    if not (folder / RECORD).exists():
        record = {"made_of": made_of, **provenance("torch", "numpy", "pillow", "opencv-python-headless")}
        write_json(folder / RECORD, record)
    before = read_record(folder).get("made_of", {})
    differing = [name for name in made_of if before.get(name) != made_of[name]]
    if differing:
        raise ValueError(f"{folder}: holds samples that differ in their {', '.join(differing)}; choose another folder")
    missing = [part for part in _shards(samples) if not _path(folder, part).exists()]
    for _ in in_processes(
        partial(_write, make, folder), missing, workers=workers, description=f"Samples: {folder.name}"
    ):
        pass


def read_shards(folder: Path, *, samples: int) -> dict[str, Tensor]:
    """The tensors of all `samples` samples, by name, with one more axis in front."""
    parts = [safetensors.torch.load_file(_path(folder, part)) for part in _shards(samples)]
    return {name: torch.cat([part[name] for part in parts]) for name in parts[0]}


def read_record(folder: Path) -> dict:
    """What made the shards of `folder`."""
    return json.loads((folder / RECORD).read_text())


def kept_tensors(path: Path, make: Callable[[], dict[str, Tensor]], *, made_of: dict) -> dict[str, Tensor]:
    """What `make` gives; read from `path` where that was made of the same before, else written there.

    Args:
        path: a safetensors file.
        make: takes long.
        made_of: all that the tensors depend on, as JSON has it.
    """
    described = json.dumps(made_of, sort_keys=True)
    if path.is_file():
        with safetensors.safe_open(path, "pt") as kept:
            if (kept.metadata() or {}).get("made_of") == described:
                return {name: kept.get_tensor(name) for name in kept.keys()}  # noqa: SIM118
    tensors = {name: values.detach().contiguous() for name, values in make().items()}
    write_file(path, safetensors.torch.save(tensors, {"made_of": described}))
    return tensors


def photos_digest(paths: Sequence[Path]) -> str:
    """SHA-256 of the bytes of photos, by which a choice of them is known again."""
    digest = hashlib.sha256()
    for path in paths:
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _shards(samples: int) -> list[range]:
    """The samples of each shard; the last may be shorter."""
    return [range(first, min(first + SHARD, samples)) for first in range(0, samples, SHARD)]


def _path(folder: Path, part: range) -> Path:
    return folder / f"samples-{part.start:07d}-{part.stop:07d}.safetensors"


def _write(make: Make, folder: Path, part: range) -> None:
    made = [make(number) for number in part]
    stacked = {name: torch.stack([sample[name] for sample in made]) for name in made[0]}
    write_file(_path(folder, part), safetensors.torch.save(stacked))
