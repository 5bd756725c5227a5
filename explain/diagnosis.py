"""The diagnosis of one photo: facts, measurements, prediction, findings, and the checks that confirm them. It draws nothing."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from torch import Tensor

from ..models.distortion_model.device import chosen_device
from ..models.distortion_model.files import load_model
from ..models.distortion_model.model import DistortionModel
from ..models.distortion_model.prediction import Finding, Prediction
from ..models.distortion_model.statistics import CELL, WINDOW
from ..models.distortion_model.tiles import ALL_UP_TO
from ..models.score import Score
from ..synth_distort import Photo, PhotoError
from .advice import ADVICE, Advice
from .all_clear import AllClearRates, all_clear_rates, is_clear
from .checks.check import Check, cannot_exclude, check_finding
from .counterfactuals import Counterfactuals, remedies_tried
from .facts import Facts, facts_of_photo
from .location import LOCALLY_HIGH, PlacedPart, locally_high, part_of_finding, placed_part
from .measurements.measure import Measured, measured
from .own_ladder import ScoredLadder, score_falls, scored_ladder, second_model_falls, strongest_excerpt
from .photo_sources import Source, read_source
from .photograph_classifier import Photograph, photograph
from .planes.atlas.embeddings import predict_with_embedding
from .planes.atlas.level_atlas import NearestLevels, nearest_levels
from .sampled_patches import over_the_photo

if TYPE_CHECKING:
    from ..models.quality_cnns.model import QualityCnn

LARGEST_KNOWN = 1152  # px of the shorter side: twice that of the largest photos of the training set
SEVERITY_TO_EXCLUDE = 0.5  # "slightly annoying"


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
        photograph: whether it is one; of what is not, nothing is predicted.
        facts: of its file; None where there is none.
        measured: its measurements.
        prediction: of the model, without checks; None of what is no photograph.
        findings: the distortions found, the most severe first.
        parts: where each finding is, by name.
        worst_part: of the findings together, without any of the distortion that is locally highest; None without a prediction.
        ladders: of the most severe finding, an illustration; none if only a quick look was asked for.
        checks: every check that was run, passed or not.
        warnings: what a reader should be told first, one sentence each.
        model: that predicted.
        seed: of all randomness.
        second_model: another quality model, where one was asked for.
        counterfactuals: what was tried against the most severe finding, on the part of the photo that its ladder was made of.
        nearest: the labelled levels of other photos that lie nearest in the model's features; None without a prediction, in a
            quick look, and where no atlas ships.
    """

    photo: Photo
    photograph: Photograph
    facts: Facts | None
    measured: tuple[Measured, ...]
    prediction: Prediction | None
    findings: tuple[Finding, ...]
    parts: Mapping[str, PlacedPart]
    worst_part: PlacedPart | None
    ladders: tuple[ScoredLadder, ...]
    checks: tuple[Check, ...]
    warnings: tuple[str, ...]
    model: DistortionModel
    seed: int
    second_model: SecondModel | None = None
    counterfactuals: Counterfactuals | None = None
    nearest: NearestLevels | None = None
    advice: Mapping[str, Advice] = field(default_factory=lambda: ADVICE)

    @property
    def locally_high(self) -> str | None:
        """The distortion whose map is so high somewhere that no all-clear can be given, if there is one."""
        if self.prediction is None:
            return None
        name, severity = locally_high(self.prediction)
        return name if severity >= LOCALLY_HIGH else None

    @property
    def undistorted(self) -> bool:
        """Whether the photo gets an all-clear: nothing found, neither in the whole nor anywhere in it."""
        return self.prediction is not None and is_clear(self.prediction)

    @property
    def all_clear_rates(self) -> AllClearRates | None:
        """How often this model's all-clear is given; None where that was not measured."""
        return all_clear_rates(self.model.sha256)

    @property
    def not_excluded(self) -> tuple[str, ...]:
        """Titles of the distortions that an all-clear does not exclude at "slightly annoying"."""
        return cannot_exclude(SEVERITY_TO_EXCLUDE)

    @property
    def confirmed(self) -> tuple[Finding, ...]:
        """The findings that a check on this photo, which could have failed, backs."""
        backed = {check.about for check in self.checks if check.passed}
        return tuple(finding for finding in self.findings if finding.name in backed)

    @property
    def unconfirmed(self) -> tuple[Finding, ...]:
        """The findings whose check failed, or that have none: the model's guesses."""
        confirmed = self.confirmed
        return tuple(finding for finding in self.findings if finding not in confirmed)

    def check_of(self, finding: Finding) -> Check | None:
        """The check of `finding`; None where there is none."""
        return next((check for check in self.checks if check.about == finding.name), None)


def predict(source: Source, *, model: DistortionModel | str | os.PathLike | None = None) -> Prediction:
    """What the model predicts of one photo, without any check; arguments and errors as for `diagnose`."""
    model = model if isinstance(model, DistortionModel) else load_model(model, device=chosen_device())
    return model.predict(read_source(source)[0].image)


def diagnose(
    source: Source,
    *,
    model: DistortionModel | str | os.PathLike | None = None,
    second_model: QualityCnn | None = None,
    quick: bool = False,
    anyway: bool = False,
    seed: int = 0,
) -> Diagnosis:
    """Predict what is wrong with one photo, and check it on the photo itself.

    Args:
        source: a path, the bytes of a file, an open file, a Pillow image, an array (H, W[, 3 or 4]) of uint8, uint16 or floats
            in [0, 1], or a tensor (3, H, W) in [0, 1].
        model: a distortion model, or the path of its .safetensors file; None for the embedded one.
        second_model: another quality model, whose MOS stands beside and is followed along the ladders too.
        quick: prediction, facts and measurements alone, without checks and ladders; the prediction of a large photo is of an
            even sample of its own pixels.
        anyway: predict also of what is no photograph.
        seed: of all randomness.

    Raises:
        PhotoError: the photo cannot be read or is too small for the model, or for the other one's regions.
        WeightsError: the model cannot be read.
    """
    photo, content = read_source(source)
    model = model if isinstance(model, DistortionModel) else load_model(model, device=chosen_device())
    is_photograph = photograph(photo.image)
    is_judged = is_photograph.is_photograph or anyway
    with ThreadPoolExecutor(1) as beside:  # they leave cores to each other
        measuring = beside.submit(measured, photo.image)
        finding_facts = content and beside.submit(facts_of_photo, content, str(photo.path or ""))
        prediction, embedding = _predicted(model, photo.image, quick=quick) if is_judged else (None, None)
        values, file_facts = measuring.result(), finding_facts.result() if finding_facts else None
    if prediction is None:
        warnings = (*photo.notes, *(file_facts.sentences if file_facts else ()))
        return Diagnosis(photo, is_photograph, file_facts, values, None, (), {}, None, (), (), warnings, model, seed)
    found = prediction.findings
    size = {"height": photo.height, "width": photo.width}
    parts = {finding.name: part_of_finding(prediction, finding, **size) for finding in found}
    names = tuple(finding.name for finding in found) or (locally_high(prediction)[0],)
    second = _second_model(second_model, photo, prediction) if second_model else None
    checks = [] if quick else checks_of(found, parts, photo.image)
    ladder, tried = None, None
    if found and not quick:
        ladder, tried = _experiments(model, photo.image, prediction, found[0].name, seed=seed)
        checks.append(score_falls(ladder, found[0]))
        if second is not None:
            checks.append(second_model_falls(second.model, ladder, found[0]))
    return Diagnosis(
        photo=photo,
        photograph=is_photograph,
        facts=file_facts,
        measured=values,
        prediction=prediction,
        findings=found,
        parts=parts,
        worst_part=placed_part(prediction, names, **size),
        ladders=() if ladder is None else (ladder,),
        checks=tuple(checks),
        warnings=_warnings(photo, prediction, file_facts, is_photograph, quick=quick),
        model=model,
        seed=seed,
        second_model=second,
        counterfactuals=tried,
        nearest=None if embedding is None else nearest_levels(model, embedding),
    )


def _predicted(model: DistortionModel, image: Tensor, *, quick: bool) -> tuple[Prediction, np.ndarray | None]:
    """A prediction, and the embedding that was made on the way; of an even sample, and without that, where it is `quick`."""
    if not quick:
        return predict_with_embedding(model, image)
    prediction = model.predict(image, sampled=True)
    return over_the_photo(prediction, height=image.shape[1], width=image.shape[2]), None


def _experiments(
    model: DistortionModel, image: Tensor, prediction: Prediction, worst: str, *, seed: int
) -> tuple[ScoredLadder, Counterfactuals]:
    """More of the most severe finding, and what would help against it, where it is at its strongest."""
    excerpt = strongest_excerpt(image, prediction, worst)
    before = prediction if excerpt.is_whole else model.predict(excerpt.image)
    with ThreadPoolExecutor(1) as beside:  # for the cores that a remedy or a level leaves idle
        trying = beside.submit(remedies_tried, model, excerpt.image, before, worst)
        return scored_ladder(model, excerpt, before, worst, seed=seed), trying.result()


def _second_model(model: QualityCnn, photo: Photo, prediction: Prediction) -> SecondModel:
    try:
        model.design.regions.cut(
            strongest_excerpt(photo.image, prediction, None).image
        )  # which its ladder will ask about
        return SecondModel(model, model.score(photo.image))
    except ValueError as error:
        raise PhotoError(f"{photo.path or 'the photo'}: {model.name} cannot judge it: {error}") from error


def checks_of(findings: Sequence[Finding], parts: Mapping[str, PlacedPart], image: Tensor) -> list[Check]:
    """The check of each of `findings` that has one, on `image` (3, H, W), each in the part where its finding is."""
    places = (None if parts[finding.name].is_everywhere else parts[finding.name].extent for finding in findings)
    checks = (check_finding(finding, image, place) for finding, place in zip(findings, places, strict=True))
    return [check for check in checks if check is not None]


def _warnings(
    photo: Photo, prediction: Prediction, facts: Facts | None, kind: Photograph, *, quick: bool
) -> tuple[str, ...]:
    warnings = [*photo.notes, *(facts.sentences if facts else ())]
    shorter = min(photo.width, photo.height)
    if not kind.is_photograph:
        warnings.append(f"This is not a photograph: it has {kind.because}. What the model predicts of it may not hold.")
    if shorter < WINDOW * CELL:
        warnings.append(
            f"The photo is smaller than the {WINDOW * CELL} px of the model's windows; its edges were mirrored to fill them."
        )
    if shorter > LARGEST_KNOWN:
        warnings.append(
            "The photo is larger than those of the training set; a camera's own softness at this size may be taken for blur."
        )
    if quick and photo.width * photo.height > ALL_UP_TO:
        warnings.append(
            "A quick look: it was taken at an even sample of the photo, between which a small fault may be missed."
        )
    if not prediction.in_distribution:
        warnings.append("The photo is unlike those of the training set. What is predicted of it may not hold.")
    return tuple(warnings)
