"""Fitting, measuring and keeping the checks and the table of good photos: what the commands about checks call."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ...synth_distort.files import write_json
from ...synth_distort.pristine_photos import TEST_COLLECTIONS, list_pristine, unseen
from ..measurements.measure import write_reference
from .fit import fit_checks, measured_rates
from .measured_checks import SHIPPED, MeasuredCheck, Rates, shipped_checks
from .trials import Plan, Trials, measured_trials

FITTED = Plan((0.3, 0.5, 0.75), ("png", "jpeg92", "resize88_jpeg90", "phone"), drawn=1)


def fit_shipped(
    folders: Sequence[Path], work: Path, *, photos: int, distorted: int, workers: int
) -> dict[str, MeasuredCheck]:
    """Fit the checks to clean photos in `folders`, and rewrite the checks and the table of good photos that ship.

    Args:
        folders: of pristine photos; collections that are kept for tests are left out. Large photos are taken at 100 %.
        work: where measurements are kept, so that a stopped run goes on.
        photos: how many clean ones, evenly over the folders.
        distorted: how many of them are also distorted.
        workers: processes.
    """
    found = [photo for folder in folders for photo in list_pristine(folder) if photo.collection not in TEST_COLLECTIONS]
    order = np.random.default_rng(0).permutation(len(found))[:photos]
    trials = measured_trials(
        [found[index] for index in order], FITTED, folder=work, distorted=distorted, workers=workers
    )
    write_good_photos(trials)
    checks = fit_checks(trials)
    write_checks(checks, {"photos": len(set(trials.photo.tolist())), "distorted": distorted})
    return checks


def measure_rates(folder: Path, work: Path, plan: Plan, *, distorted: int, workers: int) -> dict[str, dict[str, Rates]]:
    """How often clean photos in `folder`, and distorted ones, pass each shipped check, by scale.

    Of the project's own pristine photos, those are taken that chose nothing.
    """
    photos = unseen(list_pristine(folder))
    trials = measured_trials(photos, plan, folder=work, distorted=distorted, workers=workers)
    return rates_of(shipped_checks(every=True), trials)


def rates_of(checks: dict[str, MeasuredCheck], trials: Trials) -> dict[str, dict[str, Rates]]:
    """The rates of each of `checks` on `trials`, by scale."""
    return {name: measured_rates(check, trials) for name, check in checks.items()}


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
                    "rates": {scale: dataclasses.asdict(rates) for scale, rates in check.rates.items()},
                }
                for name, check in checks.items()
            },
        },
    )


def with_rates(checks: dict[str, MeasuredCheck], rates: dict[str, dict[str, Rates]]) -> dict[str, MeasuredCheck]:
    """`checks` with the `rates` that were measured on other photos in the place of those from cross-validation."""
    return {name: dataclasses.replace(check, rates=check.rates | rates[name]) for name, check in checks.items()}


def write_good_photos(trials: Trials) -> None:
    """Rewrite the table of good photos from clean `trials` as they were read."""
    clean = trials[(trials.distortion == "") & (trials.post == "png")]
    tables = {scale: clean.values[clean.scale == scale] for scale in sorted(set(clean.scale.tolist()))}
    write_reference(tables, {"photos": {scale: len(table) for scale, table in tables.items()}})
