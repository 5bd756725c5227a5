"""How many regions are enough: SROCC with people's scores against the number of random crops (figure 3 of the survey)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from rich.console import Console
from rich.progress import track

from ...synth_distort.provenance import provenance
from ..data_sets import RatedDataSet
from ..data_sets.splits import random_splits
from ..metrics.agreement import srocc
from .aggregation import Aggregation
from .backbones.registry import Backbone
from .design import Design
from .features import PhotoFeatures
from .model import FittedHead, fit_head
from .regions import RandomCrops, Regions, WholeImage
from .targets import SupportVectors
from .training import Workshop, digest_of_photos, features_of, rated_of

COUNTS = (1, 5, 10, 20, 30)
POOLINGS = tuple(Aggregation(of, by) for of in ("features", "predictions") for by in ("min", "mean", "max"))


@dataclass(frozen=True)
class RegionStudy:
    """SROCC with people's scores.

    Attributes:
        backbone: whose features off the shelf, with a support vector regression on them.
        side: px of the crops.
        counts: of crops.
        curves: by pooling, in words: (counts, splits).
        whole: of the whole photo as the one region: (splits,).
        record: data, seed, versions, machine, day.
    """

    backbone: str
    side: int
    counts: tuple[int, ...]
    curves: dict[str, np.ndarray]
    whole: np.ndarray
    record: dict

    def to_dict(self) -> dict:
        """As plain numbers."""
        return {
            "backbone": self.backbone,
            "side": self.side,
            "counts": list(self.counts),
            "srocc": {name: values.round(4).tolist() for name, values in self.curves.items()},
            "srocc_of_whole_photos": self.whole.round(4).tolist(),
            "record": self.record,
        }


def study_regions(
    backbone: str, data: RatedDataSet, workshop: Workshop, *, side: int, splits: int, counts: Sequence[int] = COUNTS
) -> RegionStudy:
    """Measure the curves on `splits` random divisions of `data`.

    Raises:
        ValueError: see `fit_design`.
    """
    divisions = random_splits(data.photos, count=splits, seed=workshop.seed)
    crops, whole = (
        _design(backbone, regions, POOLINGS[1]) for regions in (RandomCrops(max(counts), side), WholeImage())
    )
    features = features_of(crops, data.photos, workshop.weights, workshop)
    curves: dict[str, list[np.ndarray]] = {pooling.words: [] for pooling in POOLINGS}
    for count in track(counts, "Numbers of crops", console=Console(stderr=True)):
        some = [photo.first(count) for photo in features]
        for words, values in _sroccs(crops, POOLINGS, some, data, divisions, workshop).items():
            curves[words].append(values)
    of_whole = features_of(whole, data.photos, workshop.weights, workshop)
    record = {
        "data": {"name": data.name, "photos": len(data.photos), "scores": digest_of_photos(data.photos)},
        "splits": splits,
        "seed": workshop.seed,
        **provenance("torch", "torchvision", "scikit-learn", "scipy", "numpy"),
    }
    (level,) = _sroccs(whole, [whole.aggregation], of_whole, data, divisions, workshop).values()
    rows = {words: np.array(values) for words, values in curves.items()}
    return RegionStudy(backbone, side, tuple(counts), rows, level, record)


def _design(backbone: str, regions: Regions, aggregation: Aggregation) -> Design:
    return Design("regions", "regions", "blocks", regions, (Backbone(backbone),), aggregation, SupportVectors())


def _sroccs(
    design: Design,
    poolings: Sequence[Aggregation],
    features: Sequence[PhotoFeatures],
    data: RatedDataSet,
    divisions: Sequence[tuple[np.ndarray, np.ndarray]],
    workshop: Workshop,
) -> dict[str, np.ndarray]:
    """SROCC of `design` with each of `poolings`, by its words: (splits,).

    One head serves all ways to pool predictions, since the pooling comes after it.
    """
    rated = rated_of(data.photos)
    values: dict[str, list[float]] = {pooling.words: [] for pooling in poolings}
    for kept, others in divisions:
        fitted: dict[str, FittedHead] = {}
        for pooling in poolings:
            shared = "predictions" if pooling.of == "predictions" else pooling.words
            if shared not in fitted:
                some = [features[number] for number in kept]
                asked = replace(design, aggregation=pooling)
                fitted[shared] = fit_head(asked, some, rated[torch.from_numpy(kept)], seed=workshop.seed)
            fitted_head = replace(fitted[shared], aggregation=pooling)
            scores = fitted_head.scores([features[number] for number in others])
            values[pooling.words].append(srocc(scores, rated.score[others]))
    return {words: np.array(several) for words, several in values.items()}
