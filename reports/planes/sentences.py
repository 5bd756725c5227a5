"""What the page of feature planes says beneath each figure: one sentence of what is seen, then its number, interval and
test.
"""

from __future__ import annotations

import numpy as np

from ...explain.planes.feature_planes import FeaturePlanes
from ...explain.planes.subspaces import MOST_DIMENSIONS, PLANE

CLEAR = 0.9  # share of a distortion's images named rightly, from which on it is called separated
CONFUSED = 0.05  # share of images from which on two distortions are called confused
MOST_NAMED = 6


def verdict(study: FeaturePlanes) -> str:
    """Which distortions the backbone separates, which it confuses, and from which layer."""
    accuracy, confused = study.probe.accuracy, _confused(study)
    count = len(study.names)
    separated = (
        f"From its layer {study.layer}, {study.backbone} names the distortion of {_interval(accuracy)} of "
        f"images it was not fitted to, among {count}"
    )
    clear = [
        name for name, right in zip(study.probe.names, np.diag(study.probe.confusion), strict=True) if right >= CLEAR
    ]
    if len(clear) == count:
        words = f"It separates all {count}"
    elif clear:
        words = f"It separates {_listed(clear)} ({CLEAR:.0%} or more of each named rightly)"
    else:
        words = f"It separates none of them cleanly ({CLEAR:.0%} or more named rightly)"
    if not confused:
        return f"{separated}. {words}."
    named = [f"{a} and {b} ({share:.0%})" for a, b, share in confused[:MOST_NAMED]]
    rest = [f"{len(confused) - len(named)} more pairs"] if len(confused) > len(named) else []
    return f"{separated}. {words}. It confuses {_listed([*named, *rest])}."


def sentences(study: FeaturePlanes) -> list[str]:
    """All of them, as they stand without the page's figures."""
    return [
        verdict(study),
        atlas_sentence(study),
        severity_sentence(study),
        shape_sentence(study),
        angle_sentence(study),
        map_sentences(study)["umap"],
        *further(study),
    ]


def map_sentences(study: FeaturePlanes) -> dict[str, str]:
    """What each map shows."""
    planes = [one.plane["value"] for one in study.shapes]
    stable = study.stability
    return {
        "pca": "Each line is one photo's ladder, from the undistorted photo in the middle to the worst level at its "
        "end. The three directions in which features change most are drawn; "
        f"a distortion's own plane of {PLANE} dimensions holds {np.median(planes):.0%} (median) of how features of "
        "other photos change under it.",
        "lda": "The features themselves, without a reference, along the three directions that separate the "
        "distortions best; drawn are photos that these directions were not fitted to. "
        f"Type accuracy on photos left out: {_interval(study.probe.accuracy)}.",
        "umap": "Changes of features that are alike lie side by side; distances between groups mean nothing. "
        f"Stability {stable.index:.2f}: that share of each image's nearest neighbours stays with other seeds and "
        f"other photos (chance {stable.chance:.2f}).",
    }


def angle_sentence(study: FeaturePlanes) -> str:
    """Which planes are told apart."""
    pairs, shared, photos = study.angles.pairs, study.angles.shared, len(study.fitted)
    middle = float(np.median([pair.largest for pair in pairs]))
    testable = study.angles.testable(photos)
    distinct = (
        f"{len(pairs) - len(shared)} of {len(pairs)} pairs of distortions lie on planes that are more than "
        "chance apart (Wilcoxon signed ranks over photos, Holm-corrected p < 0.05)"
        if testable
        else f"{photos} photos are too few to tell {len(pairs)} pair{'s' if len(pairs) > 1 else ''} of planes apart by a test"
    )
    same = (
        f"the median of their largest angles is {middle:.0f}°, and {np.median(study.angles.same):.0f}° between "
        "planes of one distortion fitted to two halves of the photos"
    )
    named = [
        f"{pair.first} and {pair.second} ({pair.largest:.0f}°, {pair.low:.0f} to {pair.high:.0f})"
        for pair in shared[:MOST_NAMED]
    ]
    nearest = "Not told apart, marked ×" if testable else "Nearest to each other"
    return f"{distinct}; {same}. " + (f"{nearest}: {_listed(named)}." if named else "None is marked as shared.")


def atlas_sentence(study: FeaturePlanes) -> str:
    """Which layer is best, and how sure that is."""
    share = study.best.share[study.layer]
    return (
        f"{study.layer} separates best: it is the best layer in {share:.0%} of draws of the photos. Choosing the "
        "layer on some photos and trying it on others gives "
        f"{_interval(study.best.accuracy)}."
    )


def severity_sentence(study: FeaturePlanes) -> str:
    """How well severity is read."""
    rows = sorted(study.severity, key=lambda one: one.rank_correlation)
    worst = rows[0]
    return (
        f"Given the type, severity is read from {study.severity_layer} with a median Spearman correlation of "
        f"{study.median_spearman:.2f}; worst for {worst.distortion}, "
        f"{_number(worst.spearman)}."
    )


def shape_sentence(study: FeaturePlanes) -> str:
    """Lines, planes or more."""
    enough = [one for one in study.shapes if one.dimensions <= PLANE]
    more = [one.dimensions for one in study.shapes]
    beyond = sum(count > MOST_DIMENSIONS for count in more)
    turning = float(np.median([one.turning for one in study.shapes]))
    middle = [one.plane for one in sorted(study.shapes, key=lambda one: one.plane["value"])][len(study.shapes) // 2]
    flat = f"{len(enough)} of {len(study.shapes)} distortions keep 90 % of their change of features on one plane"
    rest = (
        f"; {beyond} need more than {MOST_DIMENSIONS} dimensions"
        if beyond
        else f"; the largest needs {max(more)} dimensions"
    )
    return (
        f"{flat}{rest}. In the middle, a plane holds {_interval(middle)} of the change in photos it was not fitted "
        f"to. Ladders bend: the mean ladder turns by {turning:.0f}° (median) from "
        "its first step to its last."
    )


def further(study: FeaturePlanes) -> list[str]:
    """Mixtures, reduced reference and post-processing, a sentence each."""
    found = []
    for one in study.mixtures:
        known = "with the undistorted photo at hand" if one.with_reference else "without a reference"
        found.append(
            f"In chains of {one.of}, {known}, {_interval(one.found)} of the distortions are among the {one.of} "
            f"largest of a non-negative mixture of axes (by chance {one.chance:.0%}); their severity is "
            f"off by {_number(one.absolute_error)} on average."
        )
    quality = study.reduced_reference
    found.append(
        f"A signature of {quality.length} numbers of the reference ranks the severity of images of all distortions "
        f"together with a Spearman correlation of {_number(quality.overall)}."
    )
    for one in (one for one in study.posts if one.layer == study.layer):
        found.append(
            f"After {one.post_processing}, a probe fitted to ladders as made still names "
            f"{_interval(one.transferred)}; fitted anew, {_interval(one.refitted)}. "
            f"{_interval(one.turned)} of the changes lie outside the planes as made ({one.turned_as_made:.0%} do anyway)."
        )
    return found


def _confused(study: FeaturePlanes) -> list[tuple[str, str, float]]:
    every = len(study.names) ** 2
    return [pair for pair in study.probe.most_confused(every) if pair[2] >= CONFUSED]


def _interval(measured: dict[str, float]) -> str:
    return f"{measured['value']:.1%} ({measured['low']:.1%} to {measured['high']:.1%})"


def _number(measured: dict[str, float]) -> str:
    return f"{measured['value']:.2f} ({measured['low']:.2f} to {measured['high']:.2f})"


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
