"""Validation of ladders on a folder of photos: `blemish validate`."""

from __future__ import annotations

import hashlib
import itertools
import json
import shutil
from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np

from ..distortions.registry import DISTORTIONS
from ..files import write_json
from ..ladder import Ladder, even_severities
from ..parallel import in_processes
from ..photo import as_saved, to_uint8
from ..pristine_photos import PristinePhoto, at_rated_size, list_pristine, unseen
from ..provenance import provenance
from ..severity import D0, SHIPPED_CURVES, severity_curve
from .curves import read_ratings, shipped_severity_from_measures
from .full_reference import MEASURES, Damage, damage

LEVELS = 10
AGREEING = 2  # measures that must be worse at a level than at the one before


def validate(folder: Path, output: Path, *, ratings: Path | None, photos: int, workers: int, seed: int) -> dict:
    """Make a ladder of every distortion from photos in `folder`, measure every level, and write the figures.

    The measurements of each photo are kept in a folder beside `output` until the end, so that a stopped run goes on.

    Args:
        folder: pristine photos; where its index names the collections kept for tests, only those are taken.
        output: the JSON file to write.
        ratings: to compare the curves with; None to leave that out.
        photos: the most to take.
        workers: processes.
        seed: of the choice of photos and of what is random in the distortions.

    Returns:
        `distortions`: for each the figures that `summarize` gives; and the record.

    Raises:
        ValueError: the folder holds no photos, or the ratings lack a column.
    """
    listed = unseen(list_pristine(folder))
    chosen = [listed[index] for index in sorted(np.random.default_rng(seed).permutation(len(listed))[:photos])]
    agreement = {} if ratings is None else _agreement(ratings)
    kept = output.with_name(f".{output.stem}-seed-{seed}")
    files = {photo: _file(kept, photo) for photo in chosen}
    missing = [(photo, file) for photo, file in files.items() if not file.exists()]
    for _ in in_processes(partial(_measure, seed), missing, workers=workers, description="Photos"):
        pass
    results = [json.loads(file.read_text()) for file in files.values()]
    validation = {
        "distortions": {
            name: {**summarize([photo[name] for photo in results], severities_of(name)), **agreement.get(name, {})}
            for name in DISTORTIONS
        },
        "record": {
            "photos": Counter(photo.collection for photo in chosen),
            "levels": LEVELS,
            "measures": MEASURES,
            "seed": seed,
            **provenance("torch", "numpy", "piq", "pillow", "opencv-python-headless"),
        },
    }
    write_json(output, validation)
    shutil.rmtree(kept)
    return validation


def severities_of(name: str) -> tuple[float, ...]:
    """The severities of the validated ladder of one distortion."""
    return even_severities(LEVELS, up_to=severity_curve(name).ceiling)


def summarize(photos: Sequence[Sequence[Damage]], severities: Sequence[float]) -> dict[str, float | list[float]]:
    """The figures of one distortion.

    Args:
        photos: the damage at each level, for each photo.
        severities: of the levels.

    Returns:
        rising: the share of (photo, adjacent levels) pairs of which AGREEING measures are worse for the second.
        untouched_at_zero: the share of photos whose first level is the photo itself, byte for byte.
        measured: for each level, the severity inferred from the measures, mean over photos.
        spacing_error: the largest distance of the steps of `measured` from even ones, as a share of the whole.
    """
    predicts = shipped_severity_from_measures()
    pairs = [(low, high) for levels in photos for low, high in itertools.pairwise(levels)]
    rising = [sum(high[name] > low[name] for name in MEASURES) >= AGREEING for low, high in pairs]
    measured = np.array([predicts(level) for level in zip(*photos, strict=True)])
    along = (measured - measured[0]) / max(1e-9, measured[-1] - measured[0])
    return {
        "ceiling": severities[-1],
        "rising": round(float(np.mean(rising)), 4),
        "untouched_at_zero": float(np.mean([levels[0]["changed_bytes"] == 0 for levels in photos])),
        "measured": [round(float(severity), 3) for severity in measured],
        "spacing_error": round(float(np.abs(along - np.linspace(0, 1, len(along))).max()), 3),
    }


def _measure(seed: int, job: tuple[PristinePhoto, Path]) -> None:
    """Measure a ladder of every distortion made from one photo, and write the measurements."""
    photo, file = job
    image = at_rated_size(photo)
    found = {}
    for name in DISTORTIONS:
        levels = [as_saved(level) for level in Ladder(image, name, severities_of(name), seed=seed)]
        found[name] = [damage(level, image) for level in levels]
        found[name][0]["changed_bytes"] = int(np.sum(to_uint8(levels[0]) != to_uint8(image)))
    write_json(file, found)


def _file(kept: Path, photo: PristinePhoto) -> Path:
    """The file of one photo's measurements; its name depends on the scale of severity and on the photo's path."""
    key = hashlib.sha256(SHIPPED_CURVES.read_bytes() + str(photo.path.resolve()).encode()).hexdigest()[:12]
    return kept / f"{photo.path.stem}-{key}.json"


def _agreement(ratings: Path) -> dict[str, dict[str, float]]:
    """For each rated distortion, the largest distance of its curve from the mean ratings, in DMOS."""
    return {
        name: {
            "largest_dmos_error": round(
                max(abs(severity_curve(name).severity(value) - severity) * (D0 - 1) for value, severity in points), 3
            )
        }
        for name, points in read_ratings(ratings).items()
    }
