"""Fitting, measuring and keeping the checks and the table of good photos: what the commands about checks call."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ...synth_distort.files import write_json
from ...synth_distort.pristine_photos import CALIBRATION_COLLECTIONS, TEST_COLLECTIONS, list_pristine, unseen
from ..measurements.measure import write_reference
from .fit import fit_checks, measured_rates
from .measured_checks import SHIPPED, MeasuredCheck, Rates, shipped_checks
from .trials import Plan, Trials, measured_trials

FITTED = Plan((0.3, 0.5, 0.75), ("png", "jpeg92", "resize88_jpeg90", "phone"), drawn=1)


def fit_shipped(folders: Sequence[Path], work: Path, *, photos: int, workers: int) -> dict[str, MeasuredCheck]:
    """Fit the checks to clean photos in `folders`, and rewrite the checks and the table of good photos that ship.

    Args:
        folders: of pristine photos; collections that are kept for tests and calibration are left out. Large photos are taken
            at 100 %.
        work: where measurements are kept, so that a stopped run goes on.
        photos: how many at most, evenly over the folders.
        workers: processes.
    """
    kept = (*TEST_COLLECTIONS, *CALIBRATION_COLLECTIONS)
    found = [photo for folder in folders for photo in list_pristine(folder) if photo.collection not in kept]
    chosen = [found[index] for index in np.random.default_rng(0).permutation(len(found))[:photos]]
    trials = measured_trials(chosen, FITTED, folder=work, distorted=None, workers=workers)
    write_good_photos(trials)
    checks = fit_checks(trials)
    write_checks(checks, {"fitted to": counted(trials)})
    return checks


def measure_rates(
    folder: Path, work: Path, plan: Plan, *, distorted: int | None, workers: int
) -> tuple[dict[str, dict[str, Rates]], dict[str, dict[str, int]]]:
    """How often clean photos in `folder`, and distorted ones, pass each shipped check, by scale; and how many there were.

    Of the project's own pristine photos, those are taken that chose nothing.
    """
    trials = measured_trials(unseen(list_pristine(folder)), plan, folder=work, distorted=distorted, workers=workers)
    rates = {name: measured_rates(check, trials) for name, check in shipped_checks(every=True).items()}
    return rates, counted(trials)


def ship_rates(rates: dict[str, dict[str, Rates]], measured_on: dict[str, dict[str, int]]) -> None:
    """Put `rates` in the place of those that ship at the same scales."""
    record = json.loads(SHIPPED.read_text())["record"]
    record["rates measured on"] = record.get("rates measured on", {}) | measured_on
    every = shipped_checks(every=True)
    write_checks(
        {name: dataclasses.replace(check, rates=check.rates | rates[name]) for name, check in every.items()}, record
    )


def write_checks(checks: dict[str, MeasuredCheck], record: dict) -> None:
    """Rewrite the checks that ship."""
    standards = {name: standard for check in checks.values() for name, standard in check.standards.items()}
    write_json(
        SHIPPED,
        {
            "record": record,
            "standards": standards,
            "checks": {
                name: {
                    "weights": check.weights,
                    "threshold": check.threshold,
                    "confirms_at": check.confirms_at,
                    "rates": {scale: dataclasses.asdict(rates) for scale, rates in check.rates.items()},
                }
                for name, check in checks.items()
            },
        },
    )


def write_good_photos(trials: Trials) -> None:
    """Rewrite the table of good photos from clean `trials` as they were read."""
    clean = trials[(trials.distortion == "") & (trials.post == "png")]
    tables = {scale: clean.values[clean.scale == scale] for scale in sorted(set(clean.scale.tolist()))}
    write_reference(tables, {"photos": counted(clean)})


def counted(trials: Trials) -> dict[str, dict[str, int]]:
    """How many photos of each collection `trials` are made of, by scale."""
    photos = set(zip(trials.scale.tolist(), trials.collection.tolist(), trials.photo.tolist(), strict=True))
    counts: dict[str, dict[str, int]] = {}
    for scale, collection, _ in sorted(photos):
        of_scale = counts.setdefault(scale, {})
        of_scale[collection] = of_scale.get(collection, 0) + 1
    return counts
