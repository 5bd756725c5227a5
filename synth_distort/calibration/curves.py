"""From ratings to the shipped `severity_curves.json`: `blemish calibrate`.

The curve of a rated distortion goes through its ratings. The curve of any other is inferred: full-reference measures, fitted to
the rated distortions, are evaluated on a sweep of its parameter over pristine photos. The error of the inference is measured by
leaving each rated distortion out of the fit in turn.
"""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path

import numpy as np

from ..distortions.registry import DISTORTIONS, Distortion
from ..files import write_json
from ..ladder import generator_of
from ..lazy import sklearn
from ..parallel import in_processes
from ..photo import as_saved
from ..pristine_photos import CALIBRATION_COLLECTIONS, TEST_COLLECTIONS, PristinePhoto, at_rated_size, list_pristine
from ..provenance import provenance
from ..severity import SHIPPED_CURVES, severity_of_dmos
from .full_reference import Damage, SeverityFromMeasures, damage, fit_severity

COLUMNS = {"distortion", "ladder", "level", "value", "mean_dmos", "images"}
SMALLEST_STEP = 1e-3  # severity by which a knot lies above the one before
KNOT_STEP = 0.03  # severity between the knots of an inferred curve
INFERRED_UP_TO = 0.8  # severity above which the measures level off; the curve goes on with its slope there

Points = list[tuple[float, float]]  # value and severity
Measured = Mapping[str, Sequence[Sequence[Damage]]]  # of each distortion, for each value, each photo


def calibrate(
    ratings: Path,
    folder: Path,
    destination: Path = SHIPPED_CURVES,
    *,
    photos: int,
    collection: str | None,
    workers: int,
    seed: int = 0,
) -> dict:
    """Fit the severity curve of every distortion, and write them with their record; a stopped run goes on.

    Args:
        ratings: CSV with the columns distortion, ladder, level, value, mean_dmos and images (KADID-10k's levels).
        folder: pristine photos; those of the collections kept for calibrating and testing models are left out.
        collection: the only one to take photos of; None for any. The rated photos are full of detail; smooth skies show
            other distortions.
        destination: the JSON file to write.
        photos: how many to measure on.
        workers: processes.
        seed: of the choice of photos, and of what is random in the distortions.

    Returns:
        What was written.

    Raises:
        ValueError: a column is missing, or there are no photos.
    """
    rated = read_ratings(ratings)
    chosen = _choose(list_pristine(folder), photos, collection, seed)
    sweeps = {name: [value for value, _ in points] for name, points in rated.items()}
    sweeps |= {name: sweep(entry) for name, entry in DISTORTIONS.items() if name not in rated}
    measured = _measured(sweeps, chosen, destination, workers=workers, seed=seed)

    predicts = _fit(rated, measured)
    errors = leave_one_out(rated, measured)
    curves = {}
    for name, entry in DISTORTIONS.items():
        if name in rated:
            points, source = rated[name], "rated"
        else:
            severities = map(predicts, measured[name])
            points, source = _still_rising(list(zip(sweeps[name], severities, strict=True))), "inferred"
        step = SMALLEST_STEP if source == "rated" else KNOT_STEP
        curves[name] = {"source": source, **knots(points, null=entry.null, step=step)}
    record = {
        "ratings": ratings.name,
        "sha256": hashlib.sha256(ratings.read_bytes()).hexdigest(),
        "database": "KADID-10k",
        "photos": [photo.path.name for photo in chosen],
        "seed": seed,
        "leave_one_out_errors": {name: round(error, 4) for name, error in sorted(errors.items())},
        "leave_one_out_mean_absolute_error": round(float(np.mean(list(errors.values()))), 4),
        **provenance("numpy", "scipy", "torch", "piq", "scikit-learn"),
    }
    written = {"record": record, "severity_from_measures": asdict(predicts), "curves": curves}
    write_json(destination, written)
    shutil.rmtree(_kept(destination))
    return written


def shipped_severity_from_measures() -> SeverityFromMeasures:
    """The fit that the shipped table was made with."""
    return SeverityFromMeasures(**json.loads(SHIPPED_CURVES.read_text())["severity_from_measures"])


def read_ratings(ratings: Path) -> dict[str, Points]:
    """The rated points of each distortion of the registry that was rated as a ladder, the weakest value first.

    Raises:
        ValueError: a column is missing, a value is no number, or no distortion of the registry was rated.
    """
    with ratings.open(newline="") as stream:
        table = csv.DictReader(stream)
        missing = COLUMNS - set(table.fieldnames or ())
        if missing:
            raise ValueError(f"{ratings}: lacks the columns {', '.join(sorted(missing))}")
        rows = [row for row in table if row["distortion"] in DISTORTIONS and _is_level(row)]
    points: dict[str, Points] = defaultdict(list)
    for row in rows:
        name = row["distortion"]
        try:
            value, dmos = float(row["value"]), float(row["mean_dmos"])
        except ValueError as error:
            raise ValueError(f"{ratings}: a value or mean_dmos of {name} is no number ({error})") from error
        points[name].append((_own_value(name, value), severity_of_dmos(dmos)))
    if not points:
        raise ValueError(f"{ratings}: rates no distortion that blemish has")
    return {name: sorted(points[name], key=lambda point: abs(point[0] - DISTORTIONS[name].null)) for name in points}


def sweep(entry: Distortion) -> list[float]:
    """Values of `entry` from almost nothing to its limit: by equal ratios of the distance from null, by equal distances, and,
    where the parameter shrinks towards a limit above zero, by equal ratios of itself."""
    shares = np.union1d(np.geomspace(1e-4, 1, 17), np.linspace(0, 1, 9)[1:])
    values = list(entry.null + (entry.limit - entry.null) * shares)
    if entry.null > entry.limit > 0:
        values += list(np.geomspace(entry.null, entry.limit, 13)[1:-1])
    rounded = {float(f"{value:.5g}") for value in values} - {entry.null}
    return sorted(rounded, key=lambda value: abs(value - entry.null))


def knots(points: Points, *, null: float, step: float) -> dict[str, list[float]]:
    """The values and rising severities that a curve runs through: `points` made monotone, at least `step` apart.

    The last point stays, so that a flat end is not extrapolated as a rise.
    """
    points = [(value, severity) for value, severity in points if value != null]
    rising = sklearn.isotonic.IsotonicRegression().fit_transform(range(len(points)), [each for _, each in points])
    values, severities = [], [0.0]
    for (value, _), severity in zip(points[:-1], map(float, rising[:-1]), strict=True):
        if severity > severities[-1] + step:
            values.append(value)
            severities.append(round(severity, 4))
    values.append(points[-1][0])
    severities.append(round(max(float(rising[-1]), severities[-1] + SMALLEST_STEP), 4))
    return {"values": values, "severities": severities[1:]}


def leave_one_out(rated: Mapping[str, Points], measured: Measured) -> dict[str, float]:
    """Mean absolute error of the severity of each rated distortion, as inferred by a fit to all others."""
    errors = {}
    for name, points in rated.items():
        predicts = _fit({other: rated[other] for other in rated if other != name}, measured)
        inferred = map(predicts, measured[name])
        errors[name] = float(np.mean([abs(a - b) for a, (_, b) in zip(inferred, points, strict=True)]))
    return errors


def _fit(rated: Mapping[str, Points], measured: Measured) -> SeverityFromMeasures:
    """To each measure at each rated value."""
    photos = [each for distortion in rated for each in measured[distortion]]
    return fit_severity(photos, [severity for points in rated.values() for _, severity in points])


def _is_level(row: Mapping[str, str]) -> bool:
    """KADID-10k's last level of desaturation turns colours into their complements, and is another distortion."""
    return row["ladder"] == "yes" or (row["ladder"] == "first four" and int(row["level"]) <= 4)


def _own_value(name: str, rated: float) -> float:
    """KADID-10k gives pixelation as an amount s; the factor that it resizes by is 0.95 - s^0.6."""
    return round(0.95 - rated**0.6, 4) if name == "pixelate" else rated


def _still_rising(points: Points) -> Points:
    """`points` up to the first beyond INFERRED_UP_TO."""
    beyond = (number for number, (_, severity) in enumerate(points) if severity > INFERRED_UP_TO)
    return points[: next(beyond, len(points)) + 1]


def _choose(photos: Sequence[PristinePhoto], number: int, collection: str | None, seed: int) -> list[PristinePhoto]:
    kept = (*CALIBRATION_COLLECTIONS, *TEST_COLLECTIONS)
    left = [photo for photo in photos if photo.collection not in kept and collection in (None, photo.collection)]
    if not left:
        raise ValueError(
            f"no photo is of the collection {collection!r}"
            if collection
            else "every photo is of a collection that is kept for calibrating or testing models"
        )
    return [left[index] for index in np.random.default_rng(seed).permutation(len(left))[:number]]


def _measured(
    sweeps: Mapping[str, list[float]], photos: Sequence[PristinePhoto], destination: Path, *, workers: int, seed: int
) -> Measured:
    """For each distortion and each of its values, the damage to each photo; what is there already is not measured again."""
    kept = _kept(destination)
    kept.mkdir(parents=True, exist_ok=True)
    jobs = [(name, sweeps[name], photo) for name in sweeps for photo in photos]
    missing = [job for job in jobs if not _file(kept, job).exists()]
    for _ in in_processes(partial(_measure, kept, seed), missing, workers=workers, description="Damage"):
        pass
    by_photo = {
        name: [json.loads(_file(kept, (name, sweeps[name], photo)).read_text()) for photo in photos] for name in sweeps
    }
    return {name: [list(each) for each in zip(*rows, strict=True)] for name, rows in by_photo.items()}


Job = tuple[str, list[float], PristinePhoto]


def _measure(kept: Path, seed: int, job: Job) -> None:
    name, values, photo = job
    image = at_rated_size(photo)
    distorted = (as_saved(DISTORTIONS[name](image, value, generator_of(seed, name))) for value in values)
    write_json(_file(kept, job), [damage(each, image) for each in distorted])


def _kept(destination: Path) -> Path:
    return destination.with_name(f".{destination.stem}-measured")


def _file(kept: Path, job: Job) -> Path:
    name, values, photo = job
    key = hashlib.sha256(f"{values}/{photo.path.resolve()}".encode()).hexdigest()[:12]
    return kept / f"{name}-{photo.path.stem}-{key}.json"
