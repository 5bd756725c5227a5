"""The report on one photo: every field of it, what may be said of them, and how it is kept."""

from __future__ import annotations

import html
import json
import os
import platform
from dataclasses import dataclass
from functools import cached_property
from importlib import metadata
from pathlib import Path

import numpy as np
from torch import Tensor

from ..explain.checks import (
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
from ..explain.findings import Finding, SeverityMap, findings, severity_map
from ..models.distortion_model.files import load_model
from ..models.distortion_model.model import FOUND, DistortionModel, Prediction
from ..models.distortion_model.statistics import CELL, WINDOW
from ..models.quality_cnns.model import QualityCnn
from ..models.score import Score
from ..synth_distort import Photo, PhotoError, as_photo
from ..synth_distort.files import write_file

MOST_LADDERS = 3  # findings beyond the three most severe are experimented on, but get no ladder of their own
ANNOYING = 50.0  # score for damage that speaks of severity 0.5, "slightly annoying", whatever it is
SMALLEST_AREA = 0.5  # share of the photo under which damage is called local
LARGEST_KNOWN = 1152  # px of the shorter side: twice that of the largest photos that the model learned from
NEARLY_BLACK, NEARLY_WHITE = 0.1, 0.9


@dataclass(frozen=True)
class SecondModel:
    """What another quality model says of the photo."""

    model: QualityCnn
    score: Score


@dataclass(frozen=True)
class Report:
    """What blemish says of one photo, with the experiments that back it.

    Attributes:
        photo: the photo as it was read.
        prediction: the model's prediction.
        findings: the distortions found, the most severe first.
        severity_map: where they are; None where none was found.
        ladders: one for each finding that was experimented on, in the order of `findings`.
        checks: every experiment that was run, passed or not.
        warnings: what the reader should know first, one sentence each.
        model: the model that answered.
        seed: of all randomness in the experiments.
        opinion: of another quality model, where one was asked for.
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
    opinion: SecondModel | None = None

    @property
    def acr_word(self) -> str:
        """The likeliest of the five ACR words."""
        acr = self.prediction.quality.acr
        return max(acr, key=lambda word: acr[word])

    @property
    def undistorted(self) -> bool:
        """Whether it may be said that the photo has no perceptible distortion: none found, and any would have been.

        A photo that looks damaged is not called so, since what damaged it may be unlike the distortions that the model knows.
        """
        likely = (
            self.prediction.undistorted_probability >= FOUND and self.prediction.opinion_unaware_score.value > ANNOYING
        )
        return not self.findings and likely and any(item.passed for item in self.checks)

    @property
    def confirmed(self) -> tuple[Finding, ...]:
        """The findings that an experiment on this photo backs: the only ones that are reported as there."""
        backed = {item.about for item in self.checks if item.passed}
        return tuple(finding for finding in self.findings if finding.name in backed)

    @property
    def unconfirmed(self) -> tuple[Finding, ...]:
        """The findings whose experiments all failed."""
        return tuple(finding for finding in self.findings if finding not in self.confirmed)

    @property
    def versions(self) -> dict[str, str]:
        """Of the packages that the numbers come from."""
        packages = {
            name: metadata.version(name)
            for name in ("blemish", "torch", "numpy", "scipy", "pillow", "opencv-python-headless")
        }
        return {**packages, "python": platform.python_version()}

    def to_dict(self) -> dict:
        """The report as plain numbers and words: the JSON that other programs read. Fields are added, never renamed."""
        prediction, photo = self.prediction, self.photo
        return {
            "blemish": metadata.version("blemish"),
            "model": {"name": self.model.name, "sha256": self.model.sha256},
            "image": {
                "path": str(photo.path) if photo.path else None,
                "width": photo.width,
                "height": photo.height,
                "sha256": photo.sha256,
            },
            "quality": {**_score(prediction.quality), "confidence": prediction.confidence},
            "mos": _score(prediction.mos) if prediction.mos else None,
            "opinion_unaware_score": _score(prediction.opinion_unaware_score),
            "opinion": {
                "model": {"name": self.opinion.model.name, "sha256": self.opinion.model.sha256},
                **_score(self.opinion.score),
            }
            if self.opinion
            else None,
            "undistorted_probability": round(prediction.undistorted_probability, 4),
            "distortions": [
                {
                    "name": finding.name,
                    "family": finding.family,
                    "probability": round(finding.probability, 4),
                    "severity": round(finding.severity, 4),
                    "severity_interval": [round(end, 4) for end in finding.severity_interval],
                    "word": finding.word,
                    "equivalent": {
                        "parameter": finding.equivalent.parameter,
                        "value": float(f"{finding.equivalent.value:.4g}"),
                        "unit": finding.equivalent.unit,
                    },
                    "area": round(finding.area, 4),
                    "rated": finding.rated,
                    "confirmed": finding in self.confirmed,
                }
                for finding in self.findings
            ],
            "checks": [
                {
                    "claim": item.claim,
                    "test": item.test,
                    "passed": item.passed,
                    "measured": item.measured,
                    "about": item.about,
                }
                for item in self.checks
            ],
            "warnings": list(self.warnings),
            "versions": self.versions,
            "seed": self.seed,
        }

    @cached_property
    def html(self) -> str:
        """The report as one self-contained HTML page."""
        from .page import render

        return render(self)

    def save(self, path: str | os.PathLike) -> None:
        """Write the report to `path`, as a page if it ends in .html, as data if it ends in .json.

        Raises:
            ValueError: another ending.
        """
        path = Path(path)
        if path.suffix == ".html":
            content = self.html
        elif path.suffix == ".json":
            content = json.dumps(self.to_dict(), indent=1, ensure_ascii=False) + "\n"
        else:
            raise ValueError(f"path is {path}; a report is saved as .html or .json")
        write_file(path, content.encode())

    def _repr_html_(self) -> str:
        return f'<iframe srcdoc="{html.escape(self.html)}" style="width:100%;height:80vh;border:0"></iframe>'


def report(
    source: Photo | str | os.PathLike | np.ndarray | Tensor,
    *,
    model: DistortionModel | str | os.PathLike | None = None,
    second_model: QualityCnn | None = None,
    seed: int = 0,
) -> Report:
    """Look at one photo, experiment on it, and say what is wrong with it.

    Args:
        source: a path, an array (H, W[, 3 or 4]) of uint8, uint16 or floats in [0, 1], or a tensor (3, H, W) in [0, 1].
        model: a quality model, or the path of its .safetensors file; None for the embedded one.
        second_model: another quality model, whose score stands beside and is watched in the experiments too.
        seed: of all randomness in the experiments.

    Raises:
        PhotoError: the photo cannot be read or is too small for the model, or for the other one's regions.
        WeightsError: the model cannot be read.
    """
    photo = as_photo(source)
    model = model if isinstance(model, DistortionModel) else load_model(model)
    prediction = model.predict(photo.image)
    found = findings(prediction)
    middle = strongest_part(photo.image, prediction, None)
    opinion = _second_model(second_model, photo, middle) if second_model else None
    ladders, checks = _experiments(model, photo.image, prediction, found, opinion, seed=seed)
    where = None
    if found:
        names = tuple(finding.name for finding in found)
        where = severity_map(prediction, names, height=photo.height, width=photo.width)
    return Report(
        photo, prediction, found, where, ladders, checks, _warnings(photo, prediction, found), model, seed, opinion
    )


def _score(score: Score) -> dict:
    return {
        "score": round(score.value, 2),
        "interval": [round(end, 2) for end in score.interval],
        "acr": {word: round(probability, 4) for word, probability in score.acr.items()},
    }


def _second_model(model: QualityCnn, photo: Photo, part: Part) -> SecondModel:
    try:
        model.design.regions.look(part.image)  # which experiments will ask about
        return SecondModel(model, model.score(photo.image))
    except ValueError as error:
        raise PhotoError(f"{photo.path or 'the photo'}: {model.name} cannot judge it: {error}") from error


def _experiments(
    model: DistortionModel,
    image: Tensor,
    prediction: Prediction,
    found: tuple[Finding, ...],
    opinion: SecondModel | None,
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
            if opinion is not None:
                checks.append(second_model_falls(opinion.model, ladders[-1], finding))
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
