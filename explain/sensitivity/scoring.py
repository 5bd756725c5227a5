"""Scoring the ladders of one photo by several models. The next ladder is made while models score the one before it."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch
from torch import Tensor

from ...models.scorers.lookup import get_scorer
from ...models.scorers.scorer import TIMEOUT, Batch, HangError, Scorer, ScoringError, checked_scores
from ...synth_distort import PhotoError
from .cache import Key, PhotoScores, photo_scores
from .plan import ALONE, CONDITIONS, NO_DISTORTION, OTHER_FILE, Plan, Subject

MOST_HANGS = 3  # of a model and a photo; then the photo is given up
AHEAD = 2  # ladders that are made before they are asked for


@dataclass(frozen=True)
class Job:
    """One photo, all models.

    Attributes:
        subject: the photo.
        models: their names, or themselves where they have none that another process could find them by.
        plan: what is made of the photo.
        cache: the folder of scores.
        timeout: s for each batch.
    """

    subject: Subject
    models: tuple[str | Scorer, ...]
    plan: Plan
    cache: Path
    timeout: float = TIMEOUT


@dataclass(frozen=True)
class MadeLadder:
    """Levels of one distortion under one condition.

    Attributes:
        key: condition and distortion.
        severities: of the levels.
        images: (L, 3, H, W).
        reference: (3, H, W) the undistorted photo under the same condition.
    """

    key: Key
    severities: tuple[float, ...]
    images: Tensor
    reference: Tensor


def scorer_of(model: str | Scorer, timeout: float) -> Scorer:
    """The model itself."""
    return get_scorer(model, timeout=timeout) if isinstance(model, str) else model


def asked_of(scorer: Scorer, plan: Plan) -> list[Key]:
    """The ladders that `scorer` is asked about: only models that read files are given another kind of file."""
    return [key for key in plan.ladders() if key[0] != OTHER_FILE or scorer.reads_files]


def lacking(kept: PhotoScores, scorer: Scorer, plan: Plan) -> list[Key]:
    """Those of which it has not said all."""
    return [key for key in asked_of(scorer, plan) if kept.lacks(key, plan.severities_under(*key))]


def score_photo(job: Job) -> None:
    """Score what is not in the cache yet; what a model fails at is kept as a sentence, and the rest goes on."""
    scorers = [scorer_of(model, job.timeout) for model in job.models]
    kept = [photo_scores(job.cache, scorer, job.subject, job.plan) for scorer in scorers]
    missing = [lacking(one, scorer, job.plan) for one, scorer in zip(kept, scorers, strict=True)]
    wanted = [key for key in job.plan.ladders() if any(key in keys for keys in missing)]
    hangs = [0] * len(scorers)
    try:
        for ladder in made_ahead(made_ladders(job, wanted)):
            for number, scorer in enumerate(scorers):
                if ladder.key in missing[number]:
                    _score_ladder(job, scorer, ladder, kept[number], hangs, number)
    except PhotoError as error:
        for one in kept:
            one.errors["", NO_DISTORTION] = str(error)
            one.keep()


def _score_ladder(
    job: Job, scorer: Scorer, ladder: MadeLadder, kept: PhotoScores, hangs: list[int], number: int
) -> None:
    try:
        if hangs[number] >= MOST_HANGS:
            raise ScoringError(f"was given up on this photo, after {MOST_HANGS} batches without scores")
        scores = score_ladder(scorer, ladder, timeout=job.timeout)
    except ScoringError as error:
        hangs[number] += isinstance(error, HangError)
        kept.errors[ladder.key] = f"{scorer.name} on {job.subject.name}, {_in_words(ladder.key)}: {error}"
    else:
        kept.errors.pop(ladder.key, None)
        kept.scores.setdefault(ladder.key, {}).update(zip(ladder.severities, scores, strict=True))
    kept.keep()


def score_ladder(scorer: Scorer, ladder: MadeLadder, *, timeout: float) -> list[float]:
    """The score of each level. All batches of tensors are of one size: the last is filled up with its last image.

    Raises:
        ScoringError: the model returned no usable scores.
    """
    condition, _ = ladder.key
    size = 1 if condition == ALONE else scorer.batch
    suffix = ".bmp" if condition == OTHER_FILE else ".png"
    scores: list[float] = []
    for images in ladder.images.split(size):
        missing = 0 if scorer.reads_files else size - len(images)
        full = torch.cat([images, images[-1:].expand(missing, -1, -1, -1)]) if missing else images
        batch = Batch(full, ladder.reference.expand_as(full), suffix)
        scores += checked_scores(scorer, batch, timeout=timeout)[: len(images)].tolist()
    return scores


def made_ladders(job: Job, wanted: Sequence[Key]) -> Iterator[MadeLadder]:
    """The ladders of the photo, in the order of `wanted`.

    Raises:
        PhotoError: it cannot be read.
    """
    if not wanted:
        return
    image = job.subject.image(job.plan)
    made: dict[tuple[str, float], Tensor] = {}  # levels that are asked for under several conditions
    kept_for_later = {(name, one) for _, name in wanted for one in job.plan.severities_under(ALONE, name)}
    for condition, distortion in wanted:
        severities, levels = job.plan.severities_under(condition, distortion), []
        change = CONDITIONS[condition][1] if condition else None
        for severity in severities:
            level = made.get((distortion, severity))
            if level is None:
                level = job.subject.level(image, distortion, severity, job.plan)
                if (distortion, severity) in kept_for_later and distortion in (*job.plan.stability, NO_DISTORTION):
                    made[distortion, severity] = level
            levels.append(change(level) if change else level)
        yield MadeLadder((condition, distortion), severities, torch.stack(levels), change(image) if change else image)


def made_ahead(ladders: Iterable[MadeLadder]) -> Iterator[MadeLadder]:
    """`ladders`, made in another thread, a few before they are asked for; torch and codecs work outside Python's lock."""
    line: queue.Queue = queue.Queue(AHEAD)
    stopped = threading.Event()

    def make() -> None:
        try:
            for ladder in ladders:
                if stopped.is_set():
                    return
                line.put(ladder)
            line.put(None)
        except Exception as error:  # raised again where it can be seen
            line.put(error)

    maker = threading.Thread(target=make, daemon=True)
    maker.start()
    try:
        for ladder in iter(partial(line.get), None):
            if isinstance(ladder, Exception):
                raise ladder
            yield ladder
    finally:
        stopped.set()
        while maker.is_alive() and not line.empty():
            line.get_nowait()


def _in_words(key: Key) -> str:
    condition, distortion = key
    under = f", {CONDITIONS[condition][0]}" if condition else ""
    return (distortion or "undistorted") + under
