"""The measurement itself: models, photos, a plan; scores from the cache or from the models; a profile of each."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...models.scorers.callables import callable_scorer
from ...models.scorers.scorer import TIMEOUT, Scorer
from ...synth_distort.engines import Engine
from ...synth_distort.photo import list_photos
from ...synth_distort.progress import advancing
from ...synth_distort.provenance import provenance
from .analysis import analyse
from .cache import PhotoScores, photo_scores
from .comparison import PairedDifference, compare_profiles
from .plan import Plan, Subject, subjects_of
from .profile import SensitivityProfile
from .scoring import Job, lacking, score_photo, scorer_of

Model = str | Scorer | Callable[..., Any]
PACKAGES = ("torch", "numpy", "scipy", "pillow", "opencv-python-headless")


@dataclass(frozen=True)
class Measured:
    """Several models on the same photos.

    Attributes:
        profiles: of the models, in the order in which they were given.
        differences: of the first from each other one.
        failed: models with no profile, one sentence each.
        subjects: the photos.
        plan: the settings.
    """

    profiles: tuple[SensitivityProfile, ...]
    differences: tuple[PairedDifference, ...]
    failed: tuple[str, ...]
    subjects: tuple[Subject, ...]
    plan: Plan


def sensitivity(
    model: Model,
    images: str | os.PathLike | Sequence[Any],
    *,
    plan: Plan | None = None,
    cache: str | os.PathLike | None = None,
    timeout: float = TIMEOUT,
) -> SensitivityProfile:
    """How `model` reacts to severity, measured on ladders of `images`.

    Args:
        model: a name as `blemish sensitivity` takes it, or a function of images (N, 3, H, W) in [0, 1] that returns N
            scores, higher or lower being better.
        images: a folder, or paths, arrays or tensors as `blemish.report` takes them; two at least.
        plan: distortions, levels and size; all distortions at 20 levels without one.
        cache: a folder for scores, from which a stopped measurement goes on; none are kept without it.
        timeout: s that the model has for each batch.

    Raises:
        ScorerError: there is no such model.
        PhotoError, ValueError: there are no such photos, or too few that the model scored.
    """
    (profile,) = measure([model], images, plan=plan, cache=cache, timeout=timeout, tolerant=False).profiles
    return profile


def measure(
    models: Sequence[Model],
    images: str | os.PathLike | Sequence[Any],
    *,
    plan: Plan | None = None,
    cache: str | os.PathLike | None = None,
    engine: Engine | None = None,
    timeout: float = TIMEOUT,
    tolerant: bool = True,
) -> Measured:
    """The same for several models at once: the photos are distorted once for all of them.

    Args:
        models, images, plan, cache, timeout: as `sensitivity` has them.
        engine: works on the photos one by one, as `synth_distort.engines` do; None for this process.
        tolerant: whether a model that scored too little is told of, not raised.

    Raises:
        ScorerError: there is no such model.
        ValueError: too few photos; or, unless `tolerant`, too few that a model scored.
    """
    plan = plan or Plan()
    paths = list_photos(Path(images)) if isinstance(images, (str, os.PathLike)) else list(images)
    subjects = subjects_of(paths)
    if len(subjects) < 2:
        raise ValueError(f"{len(subjects)} photo was given; sensitivity is measured on two at least")
    named = tuple(one if isinstance(one, (str, Scorer)) else callable_scorer(one) for one in models)
    scorers = [scorer_of(one, timeout) for one in named]
    with tempfile.TemporaryDirectory(prefix="blemish-") as temporary:
        folder = Path(cache) if cache is not None else Path(temporary)
        jobs = [Job(subject, named, plan, folder, timeout) for subject in subjects]
        waiting = [
            job for job, kept in zip(jobs, _kept(jobs, scorers), strict=True) if _unfinished(kept, scorers, plan)
        ]
        (engine or _in_this_process)(score_photo, waiting)
        kept = _kept(jobs, scorers)
    profiles, failed = [], []
    record = {"plan": plan.to_dict(), "photos": [subject.name for subject in subjects], **provenance(*PACKAGES)}
    for number, scorer in enumerate(scorers):
        scores = {subject.name: one[number] for subject, one in zip(subjects, kept, strict=True)}
        try:
            about = {"fingerprint": scorer.fingerprint, "full_reference": scorer.full_reference}
            profiles.append(analyse(scorer, scores, plan, failures=_failures(scores), record={**record, **about}))
        except ValueError as error:
            if not tolerant:
                raise
            failed.append(str(error))
    differences = compare_profiles(profiles) if len(profiles) > 1 else []
    return Measured(tuple(profiles), tuple(differences), tuple(failed), tuple(subjects), plan)


def _kept(jobs: Sequence[Job], scorers: Sequence[Scorer]) -> list[list[PhotoScores]]:
    return [[photo_scores(job.cache, scorer, job.subject, job.plan) for scorer in scorers] for job in jobs]


def _unfinished(kept: Sequence[PhotoScores], scorers: Sequence[Scorer], plan: Plan) -> bool:
    return any(lacking(one, scorer, plan) for one, scorer in zip(kept, scorers, strict=True))


def _in_this_process(work: Callable[[Any], None], jobs: Sequence[Any]) -> None:
    for job in advancing(jobs, "Photos", total=len(jobs)):
        work(job)


def _failures(scores: dict[str, PhotoScores]) -> list[str]:
    """One sentence a photo: the first failure, and how many ladders went the same way."""
    sentences = []
    for one in scores.values():
        if one.errors:
            first, *more = one.errors.values()
            sentences.append(first + (f" (and {len(more)} more ladders of this photo)" if more else ""))
    return sentences
