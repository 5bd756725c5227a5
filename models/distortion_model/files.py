"""Models on disk: safetensors, and beside them a JSON record of what made them."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor

from ...synth_distort import DISTORTIONS
from ...synth_distort.files import write_file, write_json
from .calibration import Calibration
from .device import CPU
from .model import DistortionModel
from .network import DistortionNetwork

EMBEDDED = Path(__file__).with_name("embedded.safetensors")
WIDEST = 1 << 14  # units of a network's layer: a damaged file must not fill the memory


class WeightsError(ValueError):
    """A weights file that cannot be used; the message names it and says what is wrong."""


def save_model(network: DistortionNetwork, calibration: Calibration, record: dict, path: Path) -> None:
    """Write `path` (safetensors) and, beside it with the ending .json, how the network is built, calibrated and was made."""
    built = {"distortions": list(network.distortions), "width": network.statistics.encoder[0].out_features}
    content = {"network": built, "calibration": dataclasses.asdict(calibration), "record": record}
    write_file(path, safetensors.torch.save({name: _stored(one) for name, one in network.state_dict().items()}))
    write_json(path.with_suffix(".json"), content)


def load_model(path: str | os.PathLike | None = None, *, device: torch.device = CPU) -> DistortionModel:
    """The model in the safetensors file `path` with its .json beside it; the embedded one where `path` is None.

    Args:
        path: of the file.
        device: on which it is to predict, such as `chosen_device()`.

    Raises:
        WeightsError: a file is missing, or is not a model of blemish.
    """
    weights = Path(path) if path is not None else EMBEDDED
    for needed in (weights, weights.with_suffix(".json")):
        if not needed.is_file():
            raise WeightsError(
                f"{needed}: there is no such file; a model is a .safetensors file with its .json beside it"
            )
    changed = weights.stat().st_mtime_ns, weights.with_suffix(".json").stat().st_mtime_ns
    return _load(weights, changed, device)


def _frozen(value: Any) -> Any:
    """Lists of JSON as tuples."""
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


def _stored(tensor: Tensor) -> Tensor:
    """`tensor` as files have it: matrices in half precision, which halves the file, where they fit into it."""
    tensor = tensor.detach().cpu().contiguous()
    half = tensor.half()
    return half if tensor.ndim > 1 and bool(half.isfinite().all()) else tensor


def _check_numbers(value: object, name: str) -> None:
    """Raise where anything in `value`, lists and dictionaries of numbers, is none: it would be found out at the first photo."""
    if isinstance(value, dict):
        for key, one in value.items():
            _check_numbers(one, f"{name}.{key}")
    elif isinstance(value, list):
        for one in value:
            _check_numbers(one, name)
    elif value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise TypeError(f"{name} holds {value!r}; it should be a number")


def _digest(weights: bytes, *parts: dict) -> str:
    """SHA-256 of all that predictions depend on: a model that is calibrated anew is another one, its record may change."""
    settings = json.dumps(parts, sort_keys=True).encode()
    return hashlib.sha256(hashlib.sha256(weights).digest() + settings).hexdigest()


@cache
def _load(weights: Path, changed: tuple[int, int], device: torch.device) -> DistortionModel:
    """The model in `weights` as it was at its files' last changes, which make a newly trained one another model."""
    if device != CPU:
        try:
            return _load(weights, changed, CPU).on(device)
        except RuntimeError as error:  # which is what CUDA's errors are: busy, full, too old
            raise WeightsError(f"{weights}: cannot be put on {device}; --device cpu does without ({error})") from error
    try:
        content = json.loads(weights.with_suffix(".json").read_text())
        built, record = content["network"], content["record"]
        _check_numbers(content["calibration"], "calibration")
        if not isinstance(built["width"], int) or not 1 <= built["width"] <= WIDEST:
            raise ValueError(f"its network is {built['width']!r} wide; it should be a number from 1 to {WIDEST}")
        network = DistortionNetwork(tuple(built["distortions"]), width=built["width"])
        network.load_state_dict(safetensors.torch.load_file(weights))
        calibration = Calibration(**{name: _frozen(value) for name, value in content["calibration"].items()})
        unknown = [name for name in network.distortions if name not in DISTORTIONS]
        digest = _digest(weights.read_bytes(), built, content["calibration"])
    except (
        SafetensorError,
        OSError,
        LookupError,
        AttributeError,
        TypeError,
        ValueError,
        RuntimeError,
        MemoryError,
    ) as error:
        raise WeightsError(f"{weights}: is not a model of this version of blemish ({error})") from error
    if unknown:
        raise WeightsError(
            f"{weights}: predicts distortions that this version of blemish has not ({', '.join(unknown)})"
        )
    return DistortionModel(weights.stem, network.eval(), calibration, digest, record)
