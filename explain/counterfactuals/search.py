"""What would help: remedies for what was found, over the whole photo and by region, scored again and ranked by gain."""

from __future__ import annotations

import numpy as np
import scipy.ndimage
import skimage.measure
from torch import Tensor

from ...models.distortion_model.model import DistortionModel
from ...models.distortion_model.prediction import Prediction
from ...synth_distort import DISTORTIONS, distort, severity_curve
from ...synth_distort.photo import as_saved
from ..attribution.attribute import explained_prediction
from ..attribution.methods import REPORT_METHOD, attribution_of
from .counterfactual import Counterfactual, Region, score_of, try_remedy
from .remedies import REMEDIES

SMALLEST_REGION, LARGEST_REGION = 0.02, 0.7  # shares of the photo between which a region is worth its own remedy
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


def counterfactuals(
    model: DistortionModel, image: Tensor, *, prediction: Prediction | None = None, by_region: bool = True
) -> tuple[Counterfactual, ...]:
    """What would help against the most severe findings, largest gain first; what was not confirmed is left out.

    Args:
        model: that scores.
        image: (3, H, W).
        prediction: of it, where it is there already.
        by_region: whether the region where a finding lies is mended by itself too.
    """
    before = prediction or model.predict(image)
    tried = [
        one
        for finding in before.findings[:MOST_FINDINGS]
        for one in all_tried(model, image, before, finding.name, by_region=by_region)
    ]
    best: dict[tuple[str, bool], Counterfactual] = {}
    for one in sorted((one for one in tried if one.confirmed), key=lambda one: -one.gain):
        best.setdefault((one.remedy.name, one.region is None), one)
    return tuple(best.values())


def all_tried(
    model: DistortionModel, image: Tensor, before: Prediction, distortion: str, *, by_region: bool
) -> list[Counterfactual]:
    """Every remedy for `distortion` in every strength, confirmed or not."""
    region = worst_region(model, image, distortion) if by_region else None
    places = [None, region] if region is not None else [None]
    return [
        try_remedy(model, image, before, remedy, strength, about=distortion, region=place)
        for remedy in remedies_for(distortion)
        for strength in REMEDIES[remedy].strengths
        for place in places
    ]


def least_change(tried: list[Counterfactual]) -> Counterfactual | None:
    """Of what was tried, the confirmed change that moves pixels least and takes the finding away; None where none does."""
    enough = [one for one in tried if one.takes_away and one.confirmed]
    return min(enough, key=lambda one: REMEDIES[one.remedy.name].strengths.index(one.strength), default=None)


def worst_region(model: DistortionModel, image: Tensor, distortion: str) -> Region | None:
    """The largest connected part in which the map of `distortion` is over half of its highest; None where that is no part."""
    try:
        explained = explained_prediction(model, image, target=f"severity:{distortion}")
    except ValueError:  # smaller than a window: it is its own region
        return None
    attribution = attribution_of(explained, REPORT_METHOD)
    height, width = image.shape[1:]
    over = attribution.map_of(height, width)
    labels, count = skimage.measure.label(over > over.max() / 2, connectivity=1, return_num=True)
    if not count:
        return None
    mask = labels == 1 + int(np.argmax(np.bincount(labels.ravel())[1:]))
    return Region(mask, _words(mask)) if SMALLEST_REGION <= mask.mean() <= LARGEST_REGION else None


def one_step_more(
    model: DistortionModel, image: Tensor, distortion: str, *, seed: int = 0
) -> tuple[float, float] | None:
    """The score of `image` as it is and with `distortion` one grade worse; None where that grade is beyond its reach."""
    severity = model.predict(image).of(distortion)[1]
    if severity + STEP > severity_curve(distortion).ceiling:
        return None
    worse = as_saved(distort(image, distortion, severity + STEP, seed=seed))
    return score_of(model.predict(image)), score_of(model.predict(worse))


def _words(mask: np.ndarray) -> str:
    """Where the middle of a region lies, by thirds of the photo."""
    row, column = (place / side for place, side in zip(scipy.ndimage.center_of_mass(mask), mask.shape, strict=True))
    down = "upper" if row < 1 / 3 else "lower" if row > 2 / 3 else "middle"
    across = "left" if column < 1 / 3 else "right" if column > 2 / 3 else "middle"
    place = "in the middle" if down == across else f"in the {down} {across}"
    return f"{place} ({100 * mask.mean():.0f} % of the photo)"
