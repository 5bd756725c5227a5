"""Several models on the same photos: which differ by more than chance, after correction for how often it was asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.stats import wilcoxon

from ...models.metrics.many_tests import holm
from . import statistics as st
from .analysis import by_photo
from .profile import DistortionSensitivity, Figure, SensitivityProfile

SIGNIFICANCE = 0.05
FEWEST = 6  # photos: of five, no signed ranks reach 5 %

# Figures that a photo has by itself, so that models can be compared photo by photo; higher is better for all.
MEASURES: dict[str, tuple[str, Callable[[DistortionSensitivity], np.ndarray]]] = {
    "monotonicity": ("share of steps in the right order", lambda one: st.right_steps(one.quality)),
    "tau": ("Kendall's tau with severity", lambda one: st.kendall_taus(one.quality)),
    "below": (
        "share of levels below the undistorted photo",
        lambda one: (st.falls(one.quality, one.quality[:, 1:]) > 0).mean(1),
    ),
}


@dataclass(frozen=True)
class PairedDifference:
    """One model less another, on the same photos and distortions.

    Attributes:
        first, second: the models.
        measure: one of MEASURES.
        distortion: its name, or "" for the mean over all.
        difference: mean over photos, first less second.
        p: of Wilcoxon's signed-rank test over photos, corrected by Holm's method: among all differences over all
            distortions, or among all of single ones.
        photos: how many both have.
    """

    first: str
    second: str
    measure: str
    distortion: str
    difference: Figure
    p: float
    photos: int

    @property
    def differs(self) -> bool:
        """By more than chance, at 5 % for all differences of its kind together."""
        return self.p < SIGNIFICANCE

    def to_dict(self) -> dict[str, Any]:
        """As JSON keeps it."""
        plain = {
            name: getattr(self, name) for name in ("first", "second", "measure", "distortion", "photos", "differs")
        }
        return {**plain, "difference": self.difference.to_dict(), "p": float(f"{self.p:.4g}")}


def compare_profiles(profiles: Sequence[SensitivityProfile]) -> list[PairedDifference]:
    """The first of `profiles` against each other one, by every measure, over all distortions and for each by itself."""
    found: list[PairedDifference] = []
    first, *others = profiles
    for second in others:
        common = [name for name in first.distortions if name in second.distortions]
        photos = [photo for photo in first.photos if photo in set(second.photos)]
        if len(photos) < FEWEST or not common:
            continue
        for measure, (_, of) in MEASURES.items():
            tables = [_table(profile, common, photos, of) for profile in (first, second)]
            apart = tables[0] - tables[1]
            groups = {"": np.nanmean(apart, axis=1)}
            if measure == "below":  # by single distortions, what a model is blind to is what matters
                groups |= {name: apart[:, number] for number, name in enumerate(common)}
            for name, rows in groups.items():
                rows = rows[~np.isnan(rows)]
                if len(rows) >= FEWEST:
                    figure = Figure.of(st.bootstrap_weights(len(rows)) @ rows)
                    found.append(
                        PairedDifference(first.model, second.model, measure, name, figure, _p(rows), len(rows))
                    )
    return [
        *_corrected([one for one in found if not one.distortion]),
        *_corrected([one for one in found if one.distortion]),
    ]


def _corrected(found: Sequence[PairedDifference]) -> list[PairedDifference]:
    return [replace(one, p=p) for one, p in zip(found, holm([one.p for one in found]), strict=True)]


def _table(profile: SensitivityProfile, distortions: Sequence[str], photos: Sequence[str], of: Callable) -> np.ndarray:
    """(n, D) of `photos`, in their order."""
    ladders = {name: profile.distortions[name] for name in distortions}
    whole = by_photo(ladders, profile.photos, of)
    rows = {photo: number for number, photo in enumerate(profile.photos)}
    return whole[[rows[photo] for photo in photos]]


def _p(differences: np.ndarray) -> float:
    """Two-sided; 1 where the two models never differ."""
    if not np.abs(differences).max() > 1e-12:
        return 1.0
    result: Any = wilcoxon(np.round(differences, 12), method="auto" if np.all(differences) else "asymptotic")
    return float(result.pvalue)
