"""What trials come to: a share or an error for each question that a user would ask, with a bootstrap interval over photos."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

import numpy as np

from ...synth_distort import DISTORTIONS
from ...synth_distort.severity import combined_severity
from ..distortion_model.prediction import FOUND
from ..metrics.agreement import srocc
from ..metrics.bootstrap import with_interval
from .conditions import CLEAR
from .trials import PhotoTrials, Trial

Measure = Callable[[Sequence[PhotoTrials], str], float]
CONFIDENCE_BINS = 10
RESAMPLES = 200


def summary(photos: Sequence[PhotoTrials]) -> dict[str, dict[str, dict[str, float]]]:
    """Every measure, for each post-processing and, of the trials that no post-processing follows, under "ladders and maps"."""
    count = len(photos)
    post_processings = {
        post_processing: {
            name: with_interval(
                lambda chosen, measure=measure, post_processing=post_processing: measure(
                    [photos[index] for index in chosen], post_processing
                ),
                count,
                resamples=RESAMPLES,
            )
            for name, measure in MEASURES.items()
        }
        for post_processing in photos[0].by_post_processing
    }
    without_post_processing = {
        name: with_interval(
            lambda chosen, measure=measure: measure([photos[index] for index in chosen]), count, resamples=RESAMPLES
        )
        for name, measure in MEASURES_WITHOUT_POST_PROCESSING.items()
        if name != "mos_falling_steps" or "mos" in photos[0].steps
    }
    return {**post_processings, "ladders and maps": without_post_processing}


def confusion(photos: Sequence[PhotoTrials], post_processing: str) -> dict[str, dict[str, int]]:
    """How often each distortion (rows, CLEAR or worse) was given each name (columns)."""
    names = {name for trial in photos[0].by_post_processing[post_processing] for name in trial.probability}
    ordered = [name for name in DISTORTIONS if name in names]
    table = {name: dict.fromkeys(ordered, 0) for name in ordered}
    for trial, name, severity in _singles(photos, post_processing):
        if severity >= CLEAR:
            table[name][trial.likeliest[0]] += 1
    return table


def type_accuracy_clear(photos: Sequence[PhotoTrials], post_processing: str) -> float:
    """Share of photos with one clear distortion (severity 0.5 or more) of which it is the likeliest."""
    return _named_rightly(photos, post_processing, clear=True, same=_is)


def type_accuracy_mild(photos: Sequence[PhotoTrials], post_processing: str) -> float:
    """The same of mild ones (0.25 to 0.5)."""
    return _named_rightly(photos, post_processing, clear=False, same=_is)


def family_accuracy_clear(photos: Sequence[PhotoTrials], post_processing: str) -> float:
    """Share of photos with one clear distortion of whose family the likeliest is."""
    return _named_rightly(photos, post_processing, clear=True, same=_is_of_family)


def family_accuracy_mild(photos: Sequence[PhotoTrials], post_processing: str) -> float:
    """The same of mild ones."""
    return _named_rightly(photos, post_processing, clear=False, same=_is_of_family)


def four_choices(photos: Sequence[PhotoTrials], post_processing: str) -> float:
    """Share of photos with one distortion of which it is the likeliest of four: it, and three others drawn evenly.

    The chance over all draws is exact. So DistortBench asks people and vision-language models, of other photos.
    """
    chances = []
    for trial, name, _ in _singles(photos, post_processing):
        others = len(trial.likeliest) - 1
        drawn = min(3, others)
        chances.append(math.comb(others - trial.likeliest.index(name), drawn) / math.comb(others, drawn))
    return float(np.mean(chances))


def chains_in_top_three(photos: Sequence[PhotoTrials], post_processing: str) -> float:
    """Share of photos with two clear distortions that are both among the three likeliest."""
    chains = [
        trial for photo in photos for trial in photo.by_post_processing[post_processing] if len(trial.severities) == 2
    ]
    return float(np.mean([set(trial.severities) <= set(trial.likeliest[:3]) for trial in chains]))


def undistorted_without_findings(photos: Sequence[PhotoTrials], post_processing: str) -> float:
    """Share of undistorted photos in which nothing is found."""
    return float(np.mean([not photo.by_post_processing[post_processing][0].found for photo in photos]))


def found_clear(photos: Sequence[PhotoTrials], post_processing: str) -> float:
    """Share of photos with one clear distortion in which it is found."""
    return _found(photos, post_processing, clear=True)


def found_mild(photos: Sequence[PhotoTrials], post_processing: str) -> float:
    """The same of mild ones."""
    return _found(photos, post_processing, clear=False)


def findings_right(photos: Sequence[PhotoTrials], post_processing: str) -> float:
    """Share of all findings that are there, in photos with one distortion or two; of none found, all are."""
    damaged = [trial for photo in photos for trial in photo.by_post_processing[post_processing] if trial.severities]
    right = [name in trial.severities for trial in damaged for name in trial.found]
    return float(np.mean(right)) if right else 1.0


def undistorted_recognized(photos: Sequence[PhotoTrials], post_processing: str) -> float:
    """Share of undistorted photos that are likelier undistorted than not."""
    return float(
        np.mean([photo.by_post_processing[post_processing][0].undistorted_probability >= FOUND for photo in photos])
    )


def severity_error(photos: Sequence[PhotoTrials], post_processing: str) -> float:
    """Mean absolute error of the severity of one distortion, given its name."""
    return float(
        np.mean([abs(trial.severity[name] - truth) for trial, name, truth in _singles(photos, post_processing)])
    )


def severity_spearman(photos: Sequence[PhotoTrials], post_processing: str) -> float:
    """Rank correlation of the severity read and the true one, given its name, over all types."""
    pairs = [(trial.severity[name], truth) for trial, name, truth in _singles(photos, post_processing)]
    read, true = zip(*pairs, strict=True)
    return srocc(read, true)


def calibration_error(photos: Sequence[PhotoTrials], post_processing: str) -> float:
    """Expected calibration error of the likeliest name's probability (Guo et al., ICML 2017), one distortion on each photo."""
    named = [
        (max(trial.probability.values()), trial.likeliest[0] == name)
        for trial, name, _ in _singles(photos, post_processing)
    ]
    sure, right = np.array(named, dtype=float).T
    bins = np.minimum((sure * CONFIDENCE_BINS).astype(int), CONFIDENCE_BINS - 1)
    gaps = [np.sum(bins == one) * abs(sure[bins == one].mean() - right[bins == one].mean()) for one in np.unique(bins)]
    return float(np.sum(gaps) / len(sure))


def interval_coverage(photos: Sequence[PhotoTrials], post_processing: str) -> float:
    """Share of all trials whose true score lies in the interval that was given."""
    trials = [trial for photo in photos for trial in photo.by_post_processing[post_processing]]
    truth = [100 * (1 - combined_severity(trial.severities.values())) for trial in trials]
    return float(np.mean([t.interval[0] <= score <= t.interval[1] for t, score in zip(trials, truth, strict=True)]))


def severity_interval_coverage(photos: Sequence[PhotoTrials], post_processing: str) -> float:
    """Share of photos with one distortion whose true severity lies in the interval that was given, given its name."""
    held = [
        abs(trial.severity[name] - truth) <= trial.severity_error[name]
        for trial, name, truth in _singles(photos, post_processing)
    ]
    return float(np.mean(held))


def falling_steps(photos: Sequence[PhotoTrials]) -> float:
    """Share of steps of 0.05 severity at which the opinion-unaware score falls."""
    return _falling_steps(photos, "opinion_unaware_score")


def mos_falling_steps(photos: Sequence[PhotoTrials]) -> float:
    """The same of the MOS."""
    return _falling_steps(photos, "mos")


def map_area(photos: Sequence[PhotoTrials]) -> float:
    """Area under the ROC curve of the maps, mean over types: 0.5 is chance."""
    by_type: dict[str, list[float]] = {}
    for photo in photos:
        for name, area in photo.areas.items():
            by_type.setdefault(name, []).append(area)
    return float(np.mean([np.mean(areas) for areas in by_type.values()]))


MEASURES: dict[str, Measure] = {
    measure.__name__: measure
    for measure in (
        type_accuracy_clear,
        type_accuracy_mild,
        family_accuracy_clear,
        family_accuracy_mild,
        four_choices,
        chains_in_top_three,
        found_clear,
        found_mild,
        findings_right,
        undistorted_without_findings,
        undistorted_recognized,
        severity_error,
        severity_spearman,
        calibration_error,
        interval_coverage,
        severity_interval_coverage,
    )
}
MEASURES_WITHOUT_POST_PROCESSING: dict[str, Callable[[Sequence[PhotoTrials]], float]] = {
    "falling_steps": falling_steps,
    "mos_falling_steps": mos_falling_steps,
    "map_area": map_area,
}


def _singles(photos: Sequence[PhotoTrials], post_processing: str) -> Iterator[tuple[Trial, str, float]]:
    """The trials of one distortion, its name and its severity."""
    for photo in photos:
        for trial in photo.by_post_processing[post_processing]:
            if len(trial.severities) == 1:
                ((name, severity),) = trial.severities.items()
                yield trial, name, severity


def _found(photos: Sequence[PhotoTrials], post_processing: str, *, clear: bool) -> float:
    singles = [
        (trial, name) for trial, name, severity in _singles(photos, post_processing) if (severity >= CLEAR) == clear
    ]
    return float(np.mean([name in trial.found for trial, name in singles]))


def _falling_steps(photos: Sequence[PhotoTrials], head: str) -> float:
    ladders = [scores for photo in photos for scores in photo.steps[head].values()]
    return float(np.mean([after < before for scores in ladders for before, after in pairwise(scores)]))


def _named_rightly(
    photos: Sequence[PhotoTrials], post_processing: str, *, clear: bool, same: Callable[[str, str], bool]
) -> float:
    named = [
        same(trial.likeliest[0], name)
        for trial, name, severity in _singles(photos, post_processing)
        if (severity >= CLEAR) == clear
    ]
    return float(np.mean(named))


def _is(name: str, other: str) -> bool:
    return name == other


def _is_of_family(name: str, other: str) -> bool:
    return DISTORTIONS[name].family == DISTORTIONS[other].family
