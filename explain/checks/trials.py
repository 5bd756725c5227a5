"""Measurements of clean photos and of the same photos with one distortion: what checks are fitted to and judged on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from torch import Tensor

from ...synth_distort import DISTORTIONS, distort, severity_curve
from ...synth_distort.files import write_json
from ...synth_distort.ladder import generator_of
from ...synth_distort.parallel import in_processes
from ...synth_distort.photo import as_saved, read_photo
from ...synth_distort.post_processing import named_post_processing, post_process
from ...synth_distort.pristine_photos import PristinePhoto, at_rated_size
from .. import measurements
from ..measurements import MEASUREMENTS
from ..measurements.measure import values_of
from .candidate_measurements import CANDIDATES

AS_VIEWED, AT_100 = "as viewed", "at 100 %"
CROP = (384, 512)  # px; of photos too large to be measured whole dozens of times
LARGE = 900  # px of the shorter side, from which on a photo is cropped, not scaled down


@dataclass(frozen=True)
class Plan:
    """Which trials are made of each photo.

    Attributes:
        severities: of the distorted ones; a distortion that cannot be as severe is taken at its worst.
        posts: names of the post-processings; each trial is made under each of them.
        drawn: how many of these pairs each distortion gets, drawn for each photo; None for all.
        seed: of all randomness.
    """

    severities: tuple[float, ...] = (0.25, 0.5, 0.75)
    posts: tuple[str, ...] = ("png", "jpeg92")
    drawn: int | None = None
    seed: int = 0


@dataclass(frozen=True)
class Trials:
    """N measured images.

    Attributes:
        photo: (N,) number of the photo that each is made of.
        collection: (N,) where that photo came from.
        distortion: (N,) names; empty for a clean photo.
        severity: (N,) 0 for a clean photo.
        post: (N,) names of the post-processings.
        scale: (N,) AS_VIEWED for photos at a screen's size, AT_100 for parts of large ones with a camera's own pixels.
        values: (N, M) measurements in the order of `MEASUREMENTS`, NaN where there is none.
    """

    photo: np.ndarray
    collection: np.ndarray
    distortion: np.ndarray
    severity: np.ndarray
    post: np.ndarray
    scale: np.ndarray
    values: np.ndarray

    def __getitem__(self, chosen: np.ndarray) -> Trials:
        """Those that are `chosen`, a boolean or index array."""
        return Trials(*(getattr(self, name)[chosen] for name in self.__dataclass_fields__))

    def __len__(self) -> int:
        """How many there are."""
        return len(self.photo)


def measured_trials(
    photos: Sequence[PristinePhoto], plan: Plan, *, folder: Path, distorted: int | None, workers: int
) -> Trials:
    """Measure trials of `photos`, each photo's kept as a file in `folder`, so that a stopped run goes on.

    Args:
        photos: clean ones.
        plan: what is made of each.
        folder: for the files.
        distorted: how many of the photos are also distorted, evenly over `photos`; None for all.
        workers: processes.
    """
    chosen = set(
        np.linspace(0, len(photos) - 1, min(len(photos), distorted or len(photos))).round().astype(int).tolist()
    )
    jobs = [
        _Job(index, photo, plan, index in chosen, folder / f"{_key(photo, plan, index in chosen)}.json")
        for index, photo in enumerate(photos)
    ]
    waiting = [job for job in jobs if not job.path.exists()]
    if workers == 1:
        for job in waiting:
            _measure(job)
    else:
        for _ in in_processes(_measure, waiting, workers=workers, description="measuring"):
            pass
    rows = [(job, row) for job in jobs for row in json.loads(job.path.read_text())]
    return Trials(
        photo=np.array([job.index for job, _ in rows]),
        collection=np.array([job.photo.collection for job, _ in rows]),
        distortion=np.array([row["distortion"] for _, row in rows]),
        severity=np.array([row["severity"] for _, row in rows]),
        post=np.array([row["post"] for _, row in rows]),
        scale=np.array([row["scale"] for _, row in rows]),
        values=np.array([[row["values"].get(name, np.nan) for name in MEASUREMENTS] for _, row in rows]),
    )


@dataclass(frozen=True)
class _Job:
    index: int
    photo: PristinePhoto
    plan: Plan
    is_distorted: bool
    path: Path


def _measure(job: _Job) -> None:
    image, scale = clean_image(job.photo)
    rows = []
    for name, severity, post in _trials_of(job):
        damaged = image if not name else as_saved(distort(image, name, severity, seed=job.plan.seed + job.index))
        chain = named_post_processing(post, generator_of(job.plan.seed + job.index, f"{name}/{severity}"))
        values = values_of(as_saved(post_process(damaged, chain)), only=CANDIDATES.get(name))
        rows.append(
            {
                "distortion": name,
                "severity": severity,
                "post": post,
                "scale": scale,
                "values": {one: float(f"{value:.6g}") for one, value in values.items() if value is not None},
            }
        )
    write_json(job.path, rows)


def clean_image(photo: PristinePhoto) -> tuple[Tensor, str]:
    """`photo` at the size that people rated, or the middle of a large one with a camera's own pixels; and which of them it is.

    Raises:
        PhotoError: it cannot be read.
    """
    image = read_photo(photo.path).image
    height, width = image.shape[1:]
    if min(height, width) < LARGE:
        return at_rated_size(photo), AS_VIEWED
    top, left = (height - CROP[0]) // 16 * 8, (width - CROP[1]) // 16 * 8
    return as_saved(image[:, top : top + CROP[0], left : left + CROP[1]].contiguous()), AT_100


def _trials_of(job: _Job) -> Iterator[tuple[str, float, str]]:
    yield from (("", 0.0, post) for post in job.plan.posts)
    if not job.is_distorted:
        return
    for name in DISTORTIONS:
        ceiling = severity_curve(name).ceiling
        pairs = [(min(severity, ceiling), post) for severity in job.plan.severities for post in job.plan.posts]
        if job.plan.drawn is not None:
            generator = generator_of(job.plan.seed + job.index, f"trials/{name}")
            pairs = [pairs[int(choice)] for choice in generator.permutation(len(pairs))[: job.plan.drawn]]
        yield from ((name, severity, post) for severity, post in pairs)


def _key(photo: PristinePhoto, plan: Plan, is_distorted: bool) -> str:
    words = f"{photo.collection}/{photo.path.name}/{plan}/{is_distorted}/{_code()}"
    return f"{photo.path.stem}-{hashlib.sha256(words.encode()).hexdigest()[:12]}"


@cache
def _code() -> str:
    """A hash of how is measured: what was measured otherwise is not taken for this."""
    files = [*Path(measurements.__file__).parent.glob("*.py"), Path(__file__).with_name("candidates.py")]
    return hashlib.sha256(b"".join(file.read_bytes() for file in sorted(files))).hexdigest()
