"""How many regions are enough: agreement with people against the number of random crops (figure 3 of the survey)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from ..synth_distort.provenance import provenance
from .aggregation import Aggregation
from .agreement import agreement
from .answers import SupportVectors
from .backbones import Backbone
from .data_sets import RatedDataSet
from .features import PhotoFeatures
from .regions import RandomCrops, Regions, WholePhoto
from .splits import random_splits
from .system_training import Workshop, features_of, rated_of, scores_digest_of
from .systems import System, fit_judge

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
        ValueError: see `fit_system`.
    """
    divisions = random_splits(data.photos, count=splits, seed=workshop.seed)
    crops, whole = (
        _system(backbone, regions, POOLINGS[1]) for regions in (RandomCrops(max(counts), side), WholePhoto())
    )
    features = features_of(crops, data.photos, workshop.weights, workshop)
    curves = {}
    for pooling in POOLINGS:
        system = replace(crops, aggregation=pooling)
        rows = [
            _sroccs(system, [photo.first(count) for photo in features], data, divisions, workshop) for count in counts
        ]
        curves[pooling.words] = np.array(rows)
    of_whole = features_of(whole, data.photos, workshop.weights, workshop)
    record = {
        "data": {"name": data.name, "photos": len(data.photos), "scores": scores_digest_of(data.photos)},
        "splits": splits,
        "seed": workshop.seed,
        **provenance("torch", "torchvision", "scikit-learn", "scipy", "numpy"),
    }
    return RegionStudy(
        backbone, side, tuple(counts), curves, _sroccs(whole, of_whole, data, divisions, workshop), record
    )


def _system(backbone: str, regions: Regions, aggregation: Aggregation) -> System:
    return System("regions", "regions", "blocks", regions, (Backbone(backbone),), aggregation, SupportVectors())


def _sroccs(
    system: System,
    features: Sequence[PhotoFeatures],
    data: RatedDataSet,
    divisions: Sequence[tuple[np.ndarray, np.ndarray]],
    workshop: Workshop,
) -> np.ndarray:
    rated = rated_of(data.photos)
    values = []
    for kept, others in divisions:
        judge = fit_judge(
            system, [features[number] for number in kept], rated[torch.from_numpy(kept)], seed=workshop.seed
        )
        scores = judge.scores([features[number] for number in others])
        values.append(agreement(scores.numpy(), rated.score[others].numpy()).srocc)
    return np.array(values)
