"""From scores to a profile: direction, span, the figures of every ladder, and what they come to together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ...models.scorers.scorer import Scorer
from ...synth_distort import DISTORTIONS
from . import statistics as st
from .cache import PhotoScores
from .plan import AS_IT_IS, CONDITIONS, NO_DISTORTION, Plan
from .profile import EARLY, Consistency, DistortionSensitivity, Figure, Reversal, SensitivityProfile, Stability

ASKED_AT = (0.25, 0.5, 0.75)  # severities at which distortions are compared
LARGE_RISE = 3.0  # points
DEAD = 1.0  # points
MOST_REVERSALS = 12
OFF_SCALE = 1e3  # median distances from the median; nothing that a model means is so far off
Scores = Mapping[str, PhotoScores]  # by the names of photos


def analyse(
    scorer: Scorer, scores: Scores, plan: Plan, *, failures: Sequence[str] = (), record: Mapping[str, Any] | None = None
) -> SensitivityProfile:
    """The profile of `scorer` by what it said of each photo.

    Raises:
        ValueError: fewer than two photos were scored.
    """
    undistorted = {photo: one.scores.get((AS_IT_IS, NO_DISTORTION), {}).get(0.0) for photo, one in scores.items()}
    usable = [photo for photo, score in undistorted.items() if score is not None]
    strange = _off_scale(scorer, scores, usable)
    usable = [photo for photo in usable if photo not in strange]
    failures = [*failures, *strange.values()]
    if len(usable) < 2:
        reason = f": {failures[0]}" if failures else ""
        raise ValueError(f"{scorer.name}: scored {len(usable)} photos, and two are needed{reason}")
    raw = {name: _table(scores, usable, plan, name) for name in plan.distortions}
    raw = {name: table for name, table in raw.items() if len(table[0]) >= 2}
    if not raw:
        raise ValueError(f"{scorer.name}: no ladder of any distortion was scored on two photos: {failures[0]}")
    higher, words = _direction(scorer, [quality for _, quality in raw.values()])
    sign = 1.0 if higher else -1.0
    everything = np.concatenate([quality.ravel() for _, quality in raw.values()])
    span = float(np.ptp(np.quantile(everything, [0.01, 0.99])))
    ladders = {name: _ladder(name, photos, sign * quality, plan, span) for name, (photos, quality) in raw.items()}
    draws = st.bootstrap_weights(len(usable), seed=plan.seed)
    return SensitivityProfile(
        model=scorer.name,
        adapter=scorer.adapter,
        note=scorer.note,
        higher_is_better=higher,
        direction=words,
        span=span,
        photos=tuple(usable),
        distortions=ladders,
        overall=_overall(ladders, usable, draws),
        consistency=_consistency(ladders, usable, draws, span),
        stability=_stability(scores, usable, plan, span),
        reversals=_worst(ladders, sign, span),
        failures=tuple(failures),
        record=record or {},
    )


def _table(scores: Scores, photos: Sequence[str], plan: Plan, distortion: str) -> tuple[list[str], np.ndarray]:
    """The photos with a score at every level of `distortion`, and these scores (n, L + 1) as the model gave them."""
    severities, rows = plan.severities(distortion), {}
    for photo in photos:
        kept = scores[photo].scores
        ladder = kept.get((AS_IT_IS, distortion), {})
        if all(severity in ladder for severity in severities):
            rows[photo] = [kept[AS_IT_IS, NO_DISTORTION][0.0], *(ladder[severity] for severity in severities)]
    return list(rows), np.array(list(rows.values()), dtype=float).reshape(len(rows), len(severities) + 1)


def _off_scale(scorer: Scorer, scores: Scores, photos: Sequence[str]) -> dict[str, str]:
    """Photos with a score that is of another scale than the model's others, and a sentence on each."""
    every = {
        photo: [(key, at, score) for key, ladder in scores[photo].scores.items() for at, score in ladder.items()]
        for photo in photos
    }
    if not every:
        return {}
    values = np.array([score for rows in every.values() for *_, score in rows])
    middle = float(np.median(values))
    distance = float(np.median(np.abs(values - middle)))
    found = {}
    for photo, rows in every.items():
        (_, distortion), severity, worst = max(rows, key=lambda row: abs(row[2] - middle))
        if distance > 0 and abs(worst - middle) > OFF_SCALE * distance:
            level = f"{distortion} {severity:g}" if distortion else "undistorted"
            found[photo] = (
                f"{scorer.name} on {photo}, {level}: returned {worst:g}, of another scale than its other scores "
                f"(median {middle:.4g}); the photo was left out"
            )
    return found


def _direction(scorer: Scorer, tables: Sequence[np.ndarray]) -> tuple[bool, str]:
    """Whether higher is better: what most distorted versions say beside their undistorted ones, photo by photo."""
    signs = [np.sign(st.falls(quality, quality[:, 1:])) for quality in tables]
    lower, higher = (np.mean([(sign == one).mean() for sign in signs]) for one in (1, -1))
    leaning = np.array([sign.mean() for sign in signs])
    sure = abs(leaning.mean()) > 0.02
    found = bool(leaning.mean() >= 0)
    shares = f"{100 * lower:.0f} % of distorted versions score lower than their photo, {100 * higher:.0f} % higher"
    if not sure:
        taken = scorer.higher_is_better if scorer.higher_is_better is not None else True
        return taken, f"The data do not say which way the scores run ({shares}); {_way(taken)} is taken."
    declared = scorer.higher_is_better
    if declared is not None and declared != found:
        return (
            declared,
            f"{_way(declared).capitalize()}, as the model says of itself, though the data speak against it: {shares}.",
        )
    return found, f"{_way(found).capitalize()}: {shares}."


def _way(higher: bool) -> str:
    return "higher is better" if higher else "lower is better"


def _ladder(name: str, photos: Sequence[str], quality: np.ndarray, plan: Plan, span: float) -> DistortionSensitivity:
    levels = np.array(plan.severities(name))
    severities = np.concatenate([[0.0], levels])
    draws = st.bootstrap_weights(len(quality), seed=plan.seed)
    points = 100 / span if span > 0 else 0.0
    curves = draws @ quality
    below = st.shares_below(quality, draws)
    d_prime = st.d_primes(st.falls(quality, quality[:, 1:]), draws)
    rises, _, _ = st.largest_rises(severities, quality)
    start, end = st.reversal_ends(curves[0])
    fall = {
        at: Figure.of(points * (curves[:, 0] - curves[:, 1 + int(np.abs(levels - at).argmin())]))
        for at in ASKED_AT
        if np.abs(levels - at).min() < 0.026
    }
    return DistortionSensitivity(
        distortion=name,
        severities=severities,
        photos=tuple(photos),
        quality=quality,
        mean=curves[0],
        low=np.quantile(quality, 0.1, axis=0),
        high=np.quantile(quality, 0.9, axis=0),
        monotonicity=Figure.of(draws @ st.right_steps(quality)),
        tau=Figure.of(draws @ st.kendall_taus(quality)),
        threshold=Figure.of(st.detection_threshold(levels, below)),
        noticeable=Figure.of(st.noticeable_severity(levels, d_prime)),
        step=Figure.of(st.just_noticeable_step(levels, quality, draws)),
        d_prime=d_prime[0],
        share_below=below[0],
        range=Figure.of(points * np.ptp(curves, axis=1)),
        content_effect=Figure.of(st.content_effect(quality, draws)),
        reversal=Figure.of(points * st.largest_reversal(curves)),
        reversal_between=(float(severities[start]), float(severities[end])),
        photos_reversed=float((points * rises > LARGE_RISE).mean()),
        dead_zone=st.longest_dead_zone(severities, curves[0] * points, within=DEAD),
        fall=fall,
    )


def by_photo(ladders: Mapping[str, DistortionSensitivity], photos: Sequence[str], measure: Any) -> np.ndarray:
    """(n, D) `measure` of each photo's curve under each distortion, nan where it has none."""
    table = np.full((len(photos), len(ladders)), np.nan)
    rows = {photo: number for number, photo in enumerate(photos)}
    for column, ladder in enumerate(ladders.values()):
        table[[rows[photo] for photo in ladder.photos], column] = measure(ladder)
    return table


def _overall(
    ladders: Mapping[str, DistortionSensitivity], photos: Sequence[str], draws: np.ndarray
) -> dict[str, Figure]:
    """Means over photos and distortions, and shares of distortions; photos are drawn again for all distortions together."""
    steps = by_photo(ladders, photos, lambda one: st.right_steps(one.quality))
    taus = by_photo(ladders, photos, lambda one: st.kendall_taus(one.quality))
    thresholds = np.stack([_drawn_thresholds(one, photos, draws) for one in ladders.values()], axis=1)
    effects = np.array([one.content_effect.value for one in ladders.values()])
    ends = [(one.content_effect.low, one.content_effect.high) for one in ladders.values()]
    return {
        "monotonicity": Figure.of(draws @ np.nanmean(steps, axis=1)),
        "tau": Figure.of(draws @ np.nanmean(taus, axis=1)),
        "detected_early": Figure.of((thresholds <= EARLY + 1e-9).mean(1)),
        "detected": Figure.of(np.isfinite(thresholds).mean(1)),
        "median_threshold": Figure.of(np.quantile(thresholds, 0.5, axis=1, method="inverted_cdf")),
        "content_effect": Figure(float(effects.mean()), *(float(one) for one in np.mean(ends, axis=0))),
    }


def _drawn_thresholds(ladder: DistortionSensitivity, photos: Sequence[str], draws: np.ndarray) -> np.ndarray:
    """(R,) the detection threshold of `ladder` for draws of all `photos`; those without it carry no weight."""
    chosen = draws[:, [photo in set(ladder.photos) for photo in photos]]
    weights = chosen / chosen.sum(1, keepdims=True).clip(min=1e-12)
    return st.detection_threshold(ladder.severities[1:], st.shares_below(ladder.quality, weights))


def _consistency(
    ladders: Mapping[str, DistortionSensitivity], photos: Sequence[str], draws: np.ndarray, span: float
) -> Consistency | None:
    """At severity 0.5, of the distortions that get there, on photos that have all of them."""
    severity = 0.5
    some = {name: one for name, one in ladders.items() if severity in one.fall}
    if len(some) < 2 or span == 0:
        return None

    def fall(one: DistortionSensitivity) -> np.ndarray:
        at = int(np.abs(one.severities - severity).argmin())
        return 100 / span * (one.quality[:, 0] - one.quality[:, at])

    table = by_photo(some, photos, fall)
    whole = ~np.isnan(table).any(1)
    if whole.sum() < 2:
        return None
    weights = draws[:, whole] / draws[:, whole].sum(1, keepdims=True).clip(min=1e-12)
    means = weights @ table[whole]
    average = means.mean(1)
    spread = means.std(1) / np.where(np.abs(average) > 1e-9, np.abs(average), np.inf)
    names, order = list(some), np.argsort(means[0])
    families: dict[str, list[float]] = {}
    for name, mean in zip(names, means[0], strict=True):
        families.setdefault(DISTORTIONS[name].family, []).append(float(mean))
    return Consistency(
        severity=severity,
        spread=Figure.of(spread),
        hardest=names[order[-1]],
        mildest=names[order[0]],
        falls=(float(means[0][order[-1]]), float(means[0][order[0]])),
        by_family={family: float(np.mean(one)) for family, one in families.items()},
    )


def _stability(scores: Scores, photos: Sequence[str], plan: Plan, span: float) -> dict[str, Stability]:
    """Of each condition that was tried: how far undistorted scores move, and how far the falls along the ladders do."""
    found, points = {}, 100 / span if span > 0 else 0.0
    tried = [name for name in plan.stability if name in plan.distortions]
    for condition, (words, _) in CONDITIONS.items():
        moved, bent = [], []
        for photo in photos:
            kept = scores[photo].scores
            before, after = kept[AS_IT_IS, NO_DISTORTION][0.0], kept.get((condition, NO_DISTORTION), {}).get(0.0)
            if after is None:
                continue
            pairs = [
                (kept[AS_IT_IS, name][at], score)
                for name in tried
                for at, score in kept.get((condition, name), {}).items()
                if at in kept.get((AS_IT_IS, name), {})
            ]
            moved.append(abs(after - before))
            bent.append(float(np.mean([abs((after - new) - (before - old)) for old, new in pairs])) if pairs else 0.0)
        if len(moved) >= 2:
            draws = st.bootstrap_weights(len(moved), seed=plan.seed)
            score, curve = (Figure.of(draws @ (points * np.array(one))) for one in (moved, bent))
            found[condition] = Stability(condition, words, score, curve, points * max(moved))
    return found


def _worst(ladders: Mapping[str, DistortionSensitivity], sign: float, span: float) -> tuple[Reversal, ...]:
    """The largest rises of single photos within WINDOW of severity, one for each distortion at most, worst first."""
    found: list[Reversal] = []
    for name, ladder in ladders.items():
        rises, starts, ends = st.largest_rises(ladder.severities, ladder.quality)
        worst = int(rises.argmax())
        if span > 0 and 100 * rises[worst] / span > LARGE_RISE:
            pair = starts[worst], ends[worst]
            severities = float(ladder.severities[pair[0]]), float(ladder.severities[pair[1]])
            both = float(sign * ladder.quality[worst, pair[0]]), float(sign * ladder.quality[worst, pair[1]])
            found.append(
                Reversal(ladder.photos[worst], name, severities, both, round(100 * float(rises[worst]) / span, 2))
            )
    return tuple(sorted(found, key=lambda one: -one.rise)[:MOST_REVERSALS])
