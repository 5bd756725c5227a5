"""The atlas: levels of other photos' ladders, labelled, in the features of one model; and the levels nearest to a photo."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
import safetensors
import safetensors.numpy

from ....models.distortion_model.files import EMBEDDED
from ....models.distortion_model.kinds import kind_of
from ....models.distortion_model.model import DistortionModel
from ....synth_distort import DISTORTIONS
from ....synth_distort.files import write_file

NEAREST = 5  # levels that are named, and asked whether they agree
AGREEING = 3  # of these, from which on a finding is agreed with: chosen on calibration photos
ENDING = ".atlas.safetensors"
MAKING = "`blemish embedded atlas PHOTOS` makes one"


class AtlasError(ValueError):
    """An atlas that cannot be used with a model; the message says why."""


@dataclass(frozen=True)
class Level:
    """One labelled level: a photo of the atlas under one distortion, or without any.

    Attributes:
        distortion: a key of `DISTORTIONS`; empty for an undistorted photo.
        severity: 0 to 1.
        distance: of the photo from it, in units of how far levels of one distortion lie apart.
    """

    distortion: str
    severity: float
    distance: float

    def __str__(self) -> str:
        """As it is named: "JPEG compression at 0.55"."""
        return f"{DISTORTIONS[self.distortion].title} at {self.severity:.2f}" if self.distortion else "undistorted"


@dataclass(frozen=True)
class NearestLevels:
    """Where a photo falls among the ladders of others.

    Attributes:
        levels: the NEAREST of them, the nearest first; none where the model has no atlas.
        distances: (N,) from every level of the atlas.
        atlas: whose levels they are; None where the model has none.
        reason: why there are none; empty where there are.
    """

    levels: tuple[Level, ...]
    distances: np.ndarray
    atlas: LevelAtlas | None
    reason: str = ""

    def agreeing(self, distortion: str) -> tuple[Level, ...]:
        """The nearest levels whose distortion is of the same kind as `distortion`."""
        kind = kind_of(distortion)
        return tuple(one for one in self.levels if one.distortion and kind_of(one.distortion) == kind)

    @property
    def kind(self) -> str:
        """The kind of distortion that AGREEING of the nearest levels have; empty where there is none."""
        kinds = Counter(kind_of(one.distortion) for one in self.levels if one.distortion)
        (kind, count), *_ = kinds.most_common(1) or [("", 0)]
        return kind if count >= AGREEING else ""

    def refutes(self, distortion: str) -> bool:
        """Whether the nearest levels disagree with a finding of `distortion`."""
        return self.atlas is not None and len(self.agreeing(distortion)) < AGREEING


@dataclass(frozen=True)
class LevelAtlas:
    """N labelled levels in a space in which distortions lie apart and photos do not.

    Attributes:
        distortions: (N,) names; empty for undistorted photos.
        severities: (N,) 0 to 1.
        mean, projection: (length,) and (length, r), of embeddings to that space.
        rows: (N, r) the levels in it.
        model: SHA-256 of the model whose embeddings these are, as `DistortionModel` has it.
        record: what made it, and the rates that were measured with it.
    """

    distortions: np.ndarray
    severities: np.ndarray
    mean: np.ndarray
    projection: np.ndarray
    rows: np.ndarray
    model: str
    record: dict

    def nearest(self, embedding: np.ndarray, count: int = NEAREST) -> NearestLevels:
        """The `count` levels nearest to a photo with `embedding` (length,)."""
        row = (embedding - self.mean) @ self.projection
        distances = np.sqrt(((self.rows - row) ** 2).sum(1))
        order = np.argsort(distances, kind="stable")[:count]
        levels = tuple(
            Level(str(self.distortions[place]), float(self.severities[place]), float(distances[place]))
            for place in order
        )
        return NearestLevels(levels, distances, self)

    def save(self, path: Path) -> None:
        """Write the atlas to `path`; rows in half precision, finer than photos of one level lie apart."""
        whole = {"mean": self.mean, "projection": self.projection}
        halved = {"severities": self.severities, "rows": self.rows}
        content = {name: np.ascontiguousarray(one, dtype=np.float32) for name, one in whole.items()}
        content |= {name: np.ascontiguousarray(one, dtype=np.float16) for name, one in halved.items()}
        words = {"distortions": " ".join(name or "-" for name in self.distortions), "model": self.model}
        write_file(path, safetensors.numpy.save(content, metadata={**words, "record": json.dumps(self.record)}))

    def with_rates(self, rates: Mapping[str, object]) -> LevelAtlas:
        """The same atlas with the rates that were measured with it."""
        return replace(self, record={**self.record, "rates": dict(rates)})


def atlas_file(weights: Path | None = None) -> Path:
    """The file of the atlas beside a model's `weights`; None for the embedded one's."""
    return (weights or EMBEDDED).with_suffix(ENDING)


def read_atlas(path: Path) -> LevelAtlas:
    """The atlas in the file at `path`.

    Raises:
        AtlasError: there is none, or the file is damaged.
    """
    if not path.is_file():
        raise AtlasError(f"{path.name}: there is no such atlas of labelled levels; {MAKING}")
    return _read(path, path.stat().st_mtime_ns)


def atlas_of(model: DistortionModel, path: Path | None = None) -> LevelAtlas:
    """The atlas of `model`.

    Args:
        model: whose embeddings it should be of.
        path: its file; None for the one that ships.

    Raises:
        AtlasError: there is none, it is damaged, or it is of another model.
    """
    path = path or atlas_file()
    atlas = read_atlas(path)
    if atlas.model != model.sha256:
        raise AtlasError(
            f"{path.name}: the labelled levels are of another model (SHA-256 {atlas.model[:12]}) than this one "
            f"({model.sha256[:12] or 'not saved'}); {MAKING} for it"
        )
    return atlas


def nearest_levels(model: DistortionModel, embedding: np.ndarray) -> NearestLevels | None:
    """The labelled levels nearest to a photo; with the reason why there are none where the atlas is not of `model`; None where
    no atlas ships.
    """
    if not atlas_file().is_file():
        return None
    try:
        return atlas_of(model).nearest(embedding)
    except AtlasError as error:
        return NearestLevels((), np.zeros(0), None, f"{error}.")


@cache
def _read(path: Path, changed: int) -> LevelAtlas:
    """The atlas as it was at its last change."""
    try:
        with safetensors.safe_open(path, framework="numpy") as stored:
            words = stored.metadata() or {}
            arrays = {name: stored.get_tensor(name).astype(np.float64) for name in stored.keys()}  # noqa: SIM118  No dict.
        names = np.array(["" if name == "-" else name for name in words["distortions"].split(" ")])
        return LevelAtlas(names, **arrays, model=words["model"], record=json.loads(words["record"]))
    except (safetensors.SafetensorError, OSError, KeyError, TypeError, ValueError) as error:
        raise AtlasError(f"{path.name}: is no atlas of labelled levels of this version of blemish ({error})") from error
