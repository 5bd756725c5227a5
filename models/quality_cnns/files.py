"""Trained quality CNNs on disk: a safetensors file with all weights, and beside it a JSON with the design and the record."""

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
from torch import Tensor, nn

from ...synth_distort.files import write_file, write_json
from ..distortion_model.device import CPU
from ..distortion_model.files import WeightsError, load_model
from ..distortion_model.model import DistortionModel
from .aggregation import Aggregation
from .backbones.registry import DAMAGE, Backbone, DamageNetwork, build_backbone
from .design import Design
from .heads import LayeredHead, SupportVectorHead
from .model import FittedHead, QualityCnn
from .regions import Grid, RandomCrops, SalientCrops, WholeImage
from .targets import AcrClasses, MeanOpinionScore, ScoreDistribution, SupportVectors

CHOICES: dict[str, Any] = {
    kind.__name__: kind
    for kind in (
        *(WholeImage, Grid, RandomCrops, SalientCrops),
        *(Aggregation, Backbone),
        *(AcrClasses, ScoreDistribution, MeanOpinionScore, SupportVectors),
    )
}


def save_cnn(model: QualityCnn, path: Path) -> None:
    """Write the weights to `path` (safetensors) and the design and the record beside it, with the ending .json."""
    design, head = model.design, model.fitted_head.head
    tensors = {f"head.{name}": tensor for name, tensor in head.state_dict().items()}
    for number, (backbone, network) in enumerate(zip(design.backbones, model.networks, strict=True)):
        if backbone.name != DAMAGE:  # its weights ship with blemish
            tensors |= {f"backbone.{number}.{name}": value for name, value in network.state_dict().items()}
    content = {
        "design": {
            **{name: getattr(design, name) for name in ("name", "title", "source")},
            **{name: _plain(getattr(design, name)) for name in ("regions", "aggregation", "target")},
            "backbones": [_plain(backbone) for backbone in design.backbones],
        },
        "head": {
            "hidden": _hidden(head),
            "vectors": len(head.vectors) if isinstance(head, SupportVectorHead) else None,
        },
        "damage_model": [network.digest for network in model.networks if isinstance(network, DamageNetwork)],
        "spread": model.fitted_head.spread,
        "error": model.error,
        "record": model.record,
    }
    write_file(
        path, safetensors.torch.save({name: value.detach().cpu().contiguous() for name, value in tensors.items()})
    )
    write_json(path.with_suffix(".json"), content)


def load_quality_model(path: str | os.PathLike | None, *, device: torch.device = CPU) -> DistortionModel | QualityCnn:
    """The model in the safetensors file `path`, of either kind; the embedded one where `path` is None.

    Args:
        path: of the file.
        device: on which a distortion model is to predict; quality CNNs do on the CPU.

    Raises:
        WeightsError: a file is missing, or is not a model of blemish.
    """
    described = Path(path).with_suffix(".json") if path is not None else None
    if described is None or not described.is_file() or '"design"' not in described.read_text(errors="replace"):
        return load_model(path, device=device)
    weights = described.with_suffix(".safetensors")
    if not weights.is_file():
        raise WeightsError(f"{weights}: there is no such file; a model is a .safetensors file with its .json beside it")
    return _load_cnn(weights, weights.stat().st_mtime_ns)


@cache
def _load_cnn(path: Path, changed: int) -> QualityCnn:
    """The model in `path` as it was at its last change."""
    try:
        content = json.loads(path.with_suffix(".json").read_text())
        tensors = safetensors.torch.load_file(path)
        described = content["design"]
        design = Design(
            **{name: described[name] for name in ("name", "title", "source")},
            **{name: _choice(described[name]) for name in ("regions", "aggregation", "target")},
            backbones=tuple(_choice(one) for one in described["backbones"]),
        )
        networks = []
        for number, backbone in enumerate(design.backbones):
            network = build_backbone(backbone, None)
            if backbone.name != DAMAGE:
                network.load_state_dict(_under(tensors, f"backbone.{number}."))
            networks.append(network)
        state = _under(tensors, "head.")
        length = len(state["standardization.mean"])
        if content["head"]["vectors"] is not None:
            head = SupportVectorHead(length, content["head"]["vectors"])
        else:
            hidden = content["head"]["hidden"]
            learned = design.aggregation.learned
            head = LayeredHead(length, design.target.outputs, hidden=hidden, learned_weights=learned)
        head.load_state_dict(state)
        fitted_head = FittedHead(design.aggregation, design.target, head.eval(), content["spread"])
        error, record, damage = content["error"], content["record"], content["damage_model"]
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    except (SafetensorError, OSError, KeyError, TypeError, ValueError, RuntimeError) as mistake:
        raise WeightsError(f"{path}: is not a quality CNN of this version of blemish ({mistake})") from mistake
    if any(one != DamageNetwork().digest for one in damage):
        raise WeightsError(
            f"{path}: was fitted with another embedded model than this version of blemish has; train it again"
        )
    return QualityCnn(path.stem, design, tuple(networks), fitted_head, error, digest, record)


def _hidden(head: LayeredHead | SupportVectorHead) -> list[int]:
    """Widths of the layers between features and outputs."""
    if isinstance(head, SupportVectorHead):
        return []
    return [layer.out_features for layer in head.layers if isinstance(layer, nn.Linear)][:-1]


def _under(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}


def _plain(choice: Any) -> dict:
    return {"kind": type(choice).__name__, **dataclasses.asdict(choice)}


def _choice(plain: dict) -> Any:
    """What `_plain` made of it; JSON has lists for tuples."""
    settings = {
        name: tuple(value) if isinstance(value, list) else value for name, value in plain.items() if name != "kind"
    }
    return CHOICES[plain["kind"]](**settings)
