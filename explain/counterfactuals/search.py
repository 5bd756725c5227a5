"""What would help: remedies for what was found, over the whole photo and where it is, scored again and ranked by gain."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from torch import Tensor

from ...models.distortion_model.model import DistortionModel
from ...models.distortion_model.prediction import Prediction
from ...synth_distort import DISTORTIONS, distort, severity_curve
from ...synth_distort.photo import as_saved
from ..location import PlacedPart, placed_part
from .counterfactual import LEAST_GAIN, Counterfactual, score_of, try_remedy
from .remedies import REMEDIES

MOST_FINDINGS = 2
STEP = 0.25  # of severity: one grade of the impairment scale

HELPS = {  # remedies for each family of distortions, and for single ones that want another
    "noise": ("non_local_means", "total_variation", "bilateral"),
    "blur": ("deconvolution", "unsharp"),
    "compression": ("deblock", "non_local_means"),
    "impulse_noise": ("median", "non_local_means"),
    "denoise": ("unsharp",),
    "downscale": ("unsharp", "deconvolution"),
    "ringing": ("deblock", "bilateral"),
    "brighten": ("darken",),
    "overexposure": ("darken",),
    "darken": ("brighten",),
    "underexposure": ("brighten",),
    "contrast_down": ("contrast",),
    "haze": ("contrast",),
    "color_cast": ("white_balance",),
}


def remedies_for(distortion: str) -> tuple[str, ...]:
    """The names of what may help against a distortion; none for those that nothing here mends."""
    return HELPS.get(distortion, HELPS.get(DISTORTIONS[distortion].family, ()))


@dataclass(frozen=True)
class Counterfactuals:
    """Everything that was tried on one photo.

    Attributes:
        image: (3, H, W) the photo, or the part of it, as it is.
        tried: every remedy in every strength up to the one that gains most, and the next; confirmed or not.
        worse: by finding, the score as it is and with one grade more of it; only where it falls by LEAST_GAIN.
    """

    image: Tensor
    tried: tuple[Counterfactual, ...]
    worse: Mapping[str, tuple[float, float]]

    @property
    def gains(self) -> tuple[Counterfactual, ...]:
        """What is confirmed, largest gain first: the best strength of each remedy, for the photo and for a part of it."""
        best: dict[tuple[str, bool], Counterfactual] = {}
        for one in sorted((one for one in self.tried if one.confirmed), key=lambda one: -one.gain):
            best.setdefault((one.remedy.name, one.part is None), one)
        return tuple(best.values())

    def least_change(self, about: str) -> Counterfactual | None:
        """What changes pixels least of all that is confirmed and takes the finding `about` away; None where nothing does."""
        enough = [one for one in self.tried if one.about == about and one.takes_away and one.confirmed]
        return min(enough, key=lambda one: one.change, default=None)


def counterfactuals(model: DistortionModel, image: Tensor) -> Counterfactuals:
    """What would help against the most severe findings of a photo, and what more of them would cost.

    Args:
        model: that scores.
        image: (3, H, W).
    """
    before = model.predict(image)
    names = [finding.name for finding in before.findings[:MOST_FINDINGS]]
    worse = {name: one_grade_more(model, image, before, name) for name in names}
    return Counterfactuals(
        image=image,
        tried=tuple(one for name in names for one in all_tried(model, image, before, name)),
        worse={name: scores for name, scores in worse.items() if scores and scores[0] - scores[1] >= LEAST_GAIN},
    )


def remedies_tried(model: DistortionModel, image: Tensor, before: Prediction, distortion: str) -> Counterfactuals:
    """What would help against one distortion of all of `image` (3, H, W), of which the model predicts `before`."""
    tried = [
        one
        for remedy in remedies_for(distortion)
        for one in _while_it_gains(model, image, before, remedy, about=distortion, part=None)
    ]
    return Counterfactuals(image, tuple(tried), worse={})


def all_tried(model: DistortionModel, image: Tensor, before: Prediction, distortion: str) -> list[Counterfactual]:
    """Every remedy for `distortion`, for the whole photo and for the part where it is."""
    part = placed_part(before, (distortion,), height=image.shape[1], width=image.shape[2])
    places: list[PlacedPart | None] = [None] if part.is_everywhere else [None, part]
    return [
        one
        for remedy in remedies_for(distortion)
        for place in places
        for one in _while_it_gains(model, image, before, remedy, about=distortion, part=place)
    ]


def _while_it_gains(
    model: DistortionModel, image: Tensor, before: Prediction, remedy: str, *, about: str, part: PlacedPart | None
) -> Iterator[Counterfactual]:
    """A remedy in rising strengths, up to the first that gains less than the gentler one before it."""
    gain = -math.inf
    for strength in REMEDIES[remedy].strengths:
        one = try_remedy(model, image, before, remedy, strength, about=about, part=part)
        yield one
        if one.gain < gain:
            return
        gain = one.gain


def one_grade_more(
    model: DistortionModel, image: Tensor, before: Prediction, distortion: str, *, seed: int = 0
) -> tuple[float, float] | None:
    """The score of `image` as it is and with `distortion` one grade worse; None where that grade is beyond its reach."""
    severity = before.of(distortion)[1]
    if severity + STEP > severity_curve(distortion).ceiling:
        return None
    worse = as_saved(distort(image, distortion, severity + STEP, seed=seed))
    return score_of(before), score_of(model.predict(worse))
