"""The diagnosis of one photo: prediction, findings, and the checks that confirm them or do not. It draws nothing."""

from __future__ import annotations

import os
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from ..models.distortion_model.files import load_model
from ..models.distortion_model.model import DistortionModel
from ..models.distortion_model.prediction import FOUND, Finding, Prediction
from ..models.distortion_model.statistics import CELL, WINDOW
from ..models.quality_cnns.model import QualityCnn
from ..models.score import Score
from ..synth_distort import Photo, PhotoError, as_photo
from .checks import (
    Check,
    Part,
    ScoredLadder,
    score_falls,
    scored_ladder,
    second_model_falls,
    strongest_part,
    survives_saving,
    would_be_noticed,
)
from .severity_map import SeverityMap, severity_map

MOST_LADDERS = 3  # findings beyond the three most severe are checked, but get no ladder of their own
ANNOYING = 0.5  # overall severity from which on no photo is called undistorted, whatever is found
SMALLEST_AREA = 0.5  # share of the photo under which a distortion is called local
LARGEST_KNOWN = 1152  # px of the shorter side: twice that of the largest photos of the training set
NEARLY_BLACK, NEARLY_WHITE = 0.1, 0.9


@dataclass(frozen=True)
class SecondModel:
    """The MOS that another quality model predicts for the photo."""

    model: QualityCnn
    mos: Score


@dataclass(frozen=True)
class Diagnosis:
    """What can be stated of one photo, with the checks that back it.

    Attributes:
        photo: the photo as it was read.
        prediction: of the model, without checks.
        findings: the distortions found, the most severe first.
        severity_map: where they are; None where none was found.
        ladders: one for each of the most severe findings, in the order of `findings`.
        checks: every check that was run, passed or not.
        warnings: what a reader should be told first, one sentence each.
        model: that predicted.
        seed: of all randomness in the checks.
        second_model: another quality model, where one was asked for.
    """

    photo: Photo
    prediction: Prediction
    findings: tuple[Finding, ...]
    severity_map: SeverityMap | None
    ladders: tuple[ScoredLadder, ...]
    checks: tuple[Check, ...]
    warnings: tuple[str, ...]
    model: DistortionModel
    seed: int
    second_model: SecondModel | None = None

    @property
    def undistorted(self) -> bool:
        """Whether it may be stated that the photo has no perceptible distortion: none found, and any would have been.

        A photo of high overall severity is never called so: it may have a distortion that is not in the registry.
        """
        prediction = self.prediction
        likely = prediction.undistorted_probability >= FOUND and prediction.overall_severity.value < ANNOYING
        return not self.findings and likely and any(check.passed for check in self.checks)

    @property
    def confirmed(self) -> tuple[Finding, ...]:
        """The findings that a check on this photo backs: the only ones that are reported as there."""
        backed = {check.about for check in self.checks if check.passed}
        return tuple(finding for finding in self.findings if finding.name in backed)

    @property
    def unconfirmed(self) -> tuple[Finding, ...]:
        """The findings whose checks all failed."""
        confirmed = self.confirmed
        return tuple(finding for finding in self.findings if finding not in confirmed)


def predict(
    source: Photo | str | os.PathLike | np.ndarray | Tensor,
    *,
    model: DistortionModel | str | os.PathLike | None = None,
) -> Prediction:
    """What the model predicts of one photo, without any check; arguments and errors as for `diagnose`."""
    model = model if isinstance(model, DistortionModel) else load_model(model)
    return model.predict(as_photo(source).image)


def diagnose(
    source: Photo | str | os.PathLike | np.ndarray | Tensor,
    *,
    model: DistortionModel | str | os.PathLike | None = None,
    second_model: QualityCnn | None = None,
    seed: int = 0,
) -> Diagnosis:
    """Predict what is wrong with one photo, and check it on the photo itself.

    Args:
        source: a path, an array (H, W[, 3 or 4]) of uint8, uint16 or floats in [0, 1], or a tensor (3, H, W) in [0, 1].
        model: a distortion model, or the path of its .safetensors file; None for the embedded one.
        second_model: another quality model, whose MOS stands beside and is followed along the ladders too.
        seed: of all randomness in the checks.

    Raises:
        PhotoError: the photo cannot be read or is too small for the model, or for the other one's regions.
        WeightsError: the model cannot be read.
    """
    photo = as_photo(source)
    model = model if isinstance(model, DistortionModel) else load_model(model)
    prediction = model.predict(photo.image)
    found = prediction.findings
    middle = strongest_part(photo.image, prediction, None)
    second = _second_model(second_model, photo, middle) if second_model else None
    ladders, checks = _checked(model, photo.image, prediction, found, second, seed=seed)
    where = None
    if found:
        names = tuple(finding.name for finding in found)
        where = severity_map(prediction, names, height=photo.height, width=photo.width)
    warnings = _warnings(photo, prediction, found)
    return Diagnosis(photo, prediction, found, where, ladders, checks, warnings, model, seed, second)


def _second_model(model: QualityCnn, photo: Photo, part: Part) -> SecondModel:
    try:
        model.design.regions.cut(part.image)  # which checks will ask about
        return SecondModel(model, model.score(photo.image))
    except ValueError as error:
        raise PhotoError(f"{photo.path or 'the photo'}: {model.name} cannot judge it: {error}") from error


def _checked(
    model: DistortionModel,
    image: Tensor,
    prediction: Prediction,
    found: tuple[Finding, ...],
    second: SecondModel | None,
    *,
    seed: int,
) -> tuple[tuple[ScoredLadder, ...], tuple[Check, ...]]:
    if not found:
        return (), (would_be_noticed(model, strongest_part(image, prediction, None), seed=seed),)
    ladders, checks = [], []
    for rank, finding in enumerate(found):
        part = strongest_part(image, prediction, finding.name)
        if rank < MOST_LADDERS:
            ladders.append(scored_ladder(model, part, finding.name, seed=seed))
            checks.append(score_falls(ladders[-1], finding))
            if second is not None:
                checks.append(second_model_falls(second.model, ladders[-1], finding))
        checks.append(survives_saving(model, part, finding))
    return tuple(ladders), tuple(checks)


def _warnings(photo: Photo, prediction: Prediction, found: tuple[Finding, ...]) -> tuple[str, ...]:
    warnings = list(photo.notes)
    shorter = min(photo.width, photo.height)
    if 0 < max((finding.area for finding in found), default=0) < SMALLEST_AREA:
        warnings.append(
            "The damage is in a part of the photo; the score for damage and its interval were calibrated on damage all over."
        )
    if shorter < WINDOW * CELL:
        warnings.append(
            f"The photo is smaller than the {WINDOW * CELL} px that the model looks at; its edges were mirrored to fill them."
        )
    if shorter > LARGEST_KNOWN:
        warnings.append(
            f"The photo is larger than those that the model learned from, whose shorter sides are {LARGEST_KNOWN // 2} px at "
            "most; a camera's own softness at this size may be taken for blur."
        )
    tenth = photo.image[:, ::10, ::10]
    if float(tenth.amax(0).quantile(0.99)) < NEARLY_BLACK or float(tenth.amin(0).quantile(0.01)) > NEARLY_WHITE:
        warnings.append("The photo is all but black or white; there is too little in it to judge.")
    elif not prediction.in_distribution:
        warnings.append(
            "The photo is unlike those that the model learned from: a drawing, a graphic, a screenshot, or damage beyond "
            "theirs. What is said of it may not hold."
        )
    return tuple(warnings)
