"""Comparing quality CNNs: each fitted and tried on the same splits of a data set, and across data sets.

Predictions are kept on disk, one file for each design and split, so that a stopped comparison goes on.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import track

from ...synth_distort.files import write_json
from ...synth_distort.provenance import provenance
from ..data_sets import RatedDataSet, check_names
from ..data_sets.splits import random_splits
from ..metrics.agreement import FIGURES, Agreement, agreement, correlation_differs, rmse_differs, srocc
from ..metrics.bootstrap import with_interval
from .design import Design
from .features import folder_of
from .training import Workshop, digest_of_photos, features_of, fit_design

RESAMPLES = 1000


@dataclass(frozen=True)
class Row:
    """One design on one data set.

    Attributes:
        design: that was fitted.
        trained_on, tried_on: names of data sets; the same for divisions of one.
        splits: the agreement on the photos tried, one for each division.
        interval: 95 % bootstrap interval of SROCC, over the photos tried in the division with the median.
    """

    design: Design
    trained_on: str
    tried_on: str
    splits: tuple[Agreement, ...]
    interval: tuple[float, float]

    def median(self, figure: str) -> float:
        """Of one of FIGURES, over the divisions."""
        return float(np.median([getattr(split, figure) for split in self.splits]))


@dataclass(frozen=True)
class Comparison:
    """All rows, and what made them.

    Attributes:
        rows: the best SROCC first, for each pair of data sets.
        record: data, seed, versions, machine, day.
    """

    rows: tuple[Row, ...]
    record: dict

    def differs_from_best(self, row: Row) -> dict[str, bool]:
        """Whether `row` differs significantly from the best of its data sets in SROCC and in RMSE, by two tests of P.1401."""
        rivals = [one for one in self.rows if (one.trained_on, one.tried_on) == (row.trained_on, row.tried_on)]
        photos = row.splits[0].photos
        return {
            "srocc": correlation_differs(max(one.median("srocc") for one in rivals), row.median("srocc"), photos),
            "rmse": rmse_differs(min(one.median("rmse") for one in rivals), row.median("rmse"), photos),
        }

    def to_dict(self) -> dict:
        """As plain numbers and words."""
        return {
            "rows": [
                {
                    "design": row.design.name,
                    "title": row.design.title,
                    **row.design.words,
                    "trained_on": row.trained_on,
                    "tried_on": row.tried_on,
                    "splits": len(row.splits),
                    "photos_tried": row.splits[0].photos,
                    **{figure: round(row.median(figure), 4) for figure in FIGURES},
                    "srocc_interval": list(row.interval),
                    "differs_from_best": self.differs_from_best(row),
                }
                for row in self.rows
            ],
            "record": self.record,
        }


def compare(
    designs: Sequence[Design], data: Sequence[RatedDataSet], workshop: Workshop, *, splits: int, frozen: bool
) -> Comparison:
    """Fit and try every design on `splits` divisions of each data set, and across each pair of data sets.

    Args:
        designs: what to compare.
        data: one or several.
        workshop: where, and with what weights and seed.
        splits: random divisions, 80 % to fit to and 20 % to try on.
        frozen: leave fine-tuning out: features off the shelf for all.

    Raises:
        ValueError: see `fit_design`.
    """
    check_names(data)
    if frozen:
        designs = [replace(design, fine_tuning=None) for design in designs]
    pairs = [(trained, tried) for trained in data for tried in data]
    jobs = [(design, *pair) for pair in pairs for design in designs]
    rows = [
        _row(design, trained, tried, workshop, splits)
        for design, trained, tried in track(jobs, "Designs", console=Console(stderr=True))
    ]
    order = [(trained.name, tried.name) for trained, tried in pairs]
    rows.sort(key=lambda row: (order.index((row.trained_on, row.tried_on)), -row.median("srocc")))
    record = {
        "data": {one.name: {"photos": len(one.photos), "scores": digest_of_photos(one.photos)} for one in data},
        "splits": splits,
        "seed": workshop.seed,
        "fine_tuned": not frozen,
        **provenance("torch", "torchvision", "scikit-learn", "scipy", "numpy"),
    }
    return Comparison(tuple(rows), record)


def _row(design: Design, trained: RatedDataSet, tried: RatedDataSet, workshop: Workshop, splits: int) -> Row:
    if trained is tried:
        divisions = random_splits(trained.photos, count=splits, seed=workshop.seed)
        predictions = [_within(design, trained, *division, workshop) for division in divisions]
        truths = [_scores(trained)[others] for _, others in divisions]
    else:
        predictions, truths = [_across(design, trained, tried, workshop)], [_scores(tried)]
    agreements = [agreement(predicted, truth) for predicted, truth in zip(predictions, truths, strict=True)]
    middle = int(np.argsort([one.srocc for one in agreements])[len(agreements) // 2])
    predicted, truth = predictions[middle], truths[middle]
    interval = with_interval(lambda drawn: srocc(predicted[drawn], truth[drawn]), len(truth), resamples=RESAMPLES)
    return Row(design, trained.name, tried.name, tuple(agreements), (interval["low"], interval["high"]))


def _within(design: Design, data: RatedDataSet, kept: np.ndarray, others: np.ndarray, workshop: Workshop) -> np.ndarray:
    """Predictions for the photos `others`, by a design fitted to those `kept`."""
    file = _file(workshop, design, data, kept, str(others.tolist()))
    if not file.exists():
        fitted = fit_design(design, data.photos, kept, workshop)
        scores = fitted.fitted_head.scores([fitted.features[number] for number in others])
        write_json(file, scores.tolist())
    return np.array(json.loads(file.read_text()))


def _across(design: Design, trained: RatedDataSet, tried: RatedDataSet, workshop: Workshop) -> np.ndarray:
    """Predictions for all photos of `tried`, by a design fitted to all of `trained`."""
    everything = np.arange(len(trained.photos))
    file = _file(workshop, design, trained, everything, digest_of_photos(tried.photos))
    if not file.exists():
        fitted = fit_design(design, trained.photos, everything, workshop)
        scores = fitted.fitted_head.scores(features_of(design, tried.photos, fitted.weights, workshop))
        write_json(file, scores.tolist())
    return np.array(json.loads(file.read_text()))


def _file(workshop: Workshop, design: Design, data: RatedDataSet, kept: np.ndarray, tried: str) -> Path:
    """The file of the predictions of a design, fitted and tried so."""
    cache = workshop.folder / "features"
    made_by = [folder_of(backbone, design.regions, workshop.weights, cache).name for backbone in design.backbones]
    asked = [design, made_by, digest_of_photos(data.photos), kept.tolist(), tried, workshop.seed]
    digest = hashlib.sha256(repr(asked).encode()).hexdigest()[:16]
    return workshop.folder / "predictions" / f"{digest}.json"


def _scores(data: RatedDataSet) -> np.ndarray:
    return np.array([photo.score for photo in data.photos])
