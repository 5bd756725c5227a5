"""How often a gain that is claimed is one: counterfactuals of photos that we damaged, beside the undistorted photo."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from torch import Tensor

from ...models.distortion_model.files import load_model
from ...models.metrics.bootstrap import with_interval
from ...synth_distort import get_distortion
from ...synth_distort.calibration.full_reference import MEASURES, damage
from ...synth_distort.files import write_json
from ...synth_distort.parallel import in_processes
from ...synth_distort.photo import as_saved
from ...synth_distort.post_processing import Resize
from ...synth_distort.pristine_photos import PristinePhoto, at_rated_size, evenly, list_pristine, unseen
from ...synth_distort.provenance import provenance
from ..attribution.benchmark.sanity import STAGES, with_shuffled_weights
from ..attribution.benchmark.trial import damaged
from .counterfactual import LEAST_GAIN, Counterfactual
from .search import MOST_FINDINGS, all_tried

DISTORTIONS = (  # of those that a remedy is known for
    "white_noise",
    "sensor_noise",
    "impulse_noise",
    "gaussian_blur",
    "motion_blur",
    "jpeg",
    "webp",
    "darken",
    "contrast_down",
    "color_cast",
)
RESAMPLES = 1000


@dataclass(frozen=True)
class Settings:
    """What is run.

    Attributes:
        distortions: of the registry.
        photos: how many.
        longest: px of the longer side that photos are shrunk to.
        is_broken: whether the weights of the model are shuffled, so that none of its claims rests on anything.
        seed: of all randomness; every second trial is damaged all over, the others in a region.
    """

    distortions: tuple[str, ...] = DISTORTIONS
    photos: int = 30
    longest: int = 512
    is_broken: bool = False
    seed: int = 0


def confirmation_rate(folder: Path, output: Path, settings: Settings, *, weights: Path | None, workers: int) -> dict:
    """Share of gains that full-reference measures confirm, of those that are claimed and of those that are not.

    Each photo's figures are kept in a folder beside `output` as soon as they are there; a stopped run goes on from these.

    Raises:
        ValueError: the folder holds no photos, or there is no such distortion.
        PhotoError: a photo cannot be read.
        WeightsError: the model cannot be read.
    """
    model = load_model(weights)
    for name in settings.distortions:
        get_distortion(name)
    chosen = evenly(unseen(list_pristine(folder)), settings.photos)
    described = {**asdict(settings), "model": model.sha256}
    kept = output.with_suffix("") / hashlib.sha256(json.dumps(described).encode()).hexdigest()[:12]
    jobs = [_Job(photo, number, settings, weights, kept) for number, photo in enumerate(chosen)]
    waiting = [job for job in jobs if not job.file.exists()]
    for _ in in_processes(_run, waiting, workers=workers, description="Counterfactuals"):
        pass
    by_photo = [json.loads(job.file.read_text()) for job in jobs]
    record = {"settings": described, "record": provenance("torch", "piq", "scikit-image"), **summary(by_photo)}
    write_json(output, record)
    return record


def summary(by_photo: Sequence[Sequence[dict]]) -> dict:
    """Rates with 95 % intervals over photos."""
    groups = {
        "claimed": [[one for one in tried if one["confirmed"]] for tried in by_photo],
        "not claimed": [
            [one for one in tried if not one["confirmed"] and one["gain"] >= LEAST_GAIN] for tried in by_photo
        ],
    }
    figures: dict = {}
    for name, photos in groups.items():
        some = [tried for tried in photos if tried]
        figures[name] = {"gains": sum(map(len, photos)), "photos": len(some)}
        if some:
            figures[name]["confirmed_by_full_reference"] = with_interval(
                lambda drawn, some=some: float(np.mean([one["better"] for photo in drawn for one in some[photo]])),
                len(some),
                resamples=RESAMPLES,
            )
    by_remedy: dict[str, list[bool]] = {}
    for one in (one for tried in groups["claimed"] for one in tried):
        by_remedy.setdefault(one["remedy"], []).append(one["better"])
    figures["claimed_by_remedy"] = {
        remedy: {"gains": len(better), "confirmed": round(float(np.mean(better)), 4)}
        for remedy, better in sorted(by_remedy.items())
    }
    return figures


def is_better(mended: Tensor, broken: Tensor, reference: Tensor) -> bool:
    """Whether most full-reference measures find `mended` nearer to `reference` than `broken`, (3, H, W) each."""
    before, after = damage(broken, reference), damage(mended, reference)
    return sum(after[name] < before[name] for name in MEASURES) > len(MEASURES) / 2


@dataclass(frozen=True)
class _Job:
    photo: PristinePhoto
    number: int
    settings: Settings
    weights: Path | None
    folder: Path

    @property
    def file(self) -> Path:
        return self.folder / f"{self.photo.path.stem}.json"


def _run(job: _Job) -> None:
    """Everything tried on one photo, kept."""
    settings, model = job.settings, load_model(job.weights)
    if settings.is_broken:
        model = with_shuffled_weights(model, STAGES[-1], seed=settings.seed)
    image = at_rated_size(job.photo)
    factor = settings.longest / max(image.shape[1:])
    reference = as_saved(Resize(factor)(image)) if factor < 1 else image
    rows = []
    for index, name in enumerate(settings.distortions):
        everywhere = (index + job.number) % 2 == 0
        broken = damaged(reference, name, seed=settings.seed, key=job.photo.path.name, everywhere=everywhere).image
        before = model.predict(broken)
        for finding in before.findings[:MOST_FINDINGS]:
            tried = all_tried(model, broken, before, finding.name)
            rows += [_row(one, name, broken, reference) for one in tried if one.gain >= LEAST_GAIN]
    write_json(job.file, rows)


def _row(one: Counterfactual, distortion: str, broken: Tensor, reference: Tensor) -> dict:
    return {"distortion": distortion, "better": is_better(one.image, broken, reference), **one.to_dict()}
