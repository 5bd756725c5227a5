"""The report as data: the JSON that other programs read. Fields are added, none is renamed."""

from __future__ import annotations

import dataclasses
import platform
from collections.abc import Sequence
from importlib import metadata

from ...explain.checks.check import Check
from ...explain.diagnosis import Diagnosis
from ...explain.location import PlacedPart
from ...explain.measurements.measure import Measured
from ...explain.planes.atlas.level_atlas import NearestLevels
from ...models.distortion_model.prediction import Equivalent, Finding
from ...models.score import Estimate, Score
from .verdict import verdict

SCHEMA = 1
PACKAGES = ("blemish", "torch", "numpy", "scipy", "pillow", "opencv-python-headless")


def versions() -> dict[str, str]:
    """Of the packages that the numbers come from."""
    return {**{name: metadata.version(name) for name in PACKAGES}, "python": platform.python_version()}


def report_data(diagnosis: Diagnosis) -> dict:
    """`diagnosis` as plain numbers and words."""
    prediction, photo, second, said = diagnosis.prediction, diagnosis.photo, diagnosis.second_model, verdict(diagnosis)
    return {
        "blemish": metadata.version("blemish"),
        "schema": SCHEMA,
        "model": {"name": diagnosis.model.name, "sha256": diagnosis.model.sha256},
        "image": {
            "path": str(photo.path) if photo.path else None,
            "width": photo.width,
            "height": photo.height,
            "sha256": photo.sha256,
        },
        "photograph": diagnosis.photograph.is_photograph,
        "verdict": {"kind": said.kind, "sentence": said.sentence, "sureness": said.sureness},
        **_predicted(diagnosis),
        "checks": [_check(check) for check in diagnosis.checks],
        "counterfactuals": [one.to_dict() for one in diagnosis.counterfactuals.gains]
        if diagnosis.counterfactuals
        else [],
        "nearest_levels": _nearest(diagnosis.nearest, diagnosis.findings) if diagnosis.nearest else None,
        "second_model": second
        and prediction
        and {
            "model": {"name": second.model.name, "sha256": second.model.sha256},
            "mos": _mos(second.mos, prediction.confidence),
        },
        "facts": diagnosis.facts.to_dict() if diagnosis.facts else None,
        "measurements": {one.name: _measured(one) for one in diagnosis.measured},
        "warnings": list(diagnosis.warnings),
        "versions": versions(),
        "seed": diagnosis.seed,
    }


def _predicted(diagnosis: Diagnosis) -> dict:
    """What rests on the model; empty, but with the same fields, for what is no photograph."""
    prediction, confirmed = diagnosis.prediction, diagnosis.confirmed
    if prediction is None:
        fields = ("mos", "overall_severity", "opinion_unaware_score", "undistorted_probability")
        return {**dict.fromkeys(fields), "findings": []}
    return {
        "mos": _mos(prediction.mos, prediction.confidence) if prediction.mos else None,
        "overall_severity": _estimate(prediction.overall_severity, digits=4),
        "opinion_unaware_score": _estimate(prediction.opinion_unaware_score, digits=2),
        "undistorted_probability": round(prediction.undistorted_probability, 4),
        "findings": [
            {
                **_finding(finding, diagnosis.parts[finding.name], confirmed=finding in confirmed),
                "part": _part(diagnosis.parts[finding.name]),
                "advice": dataclasses.asdict(diagnosis.advice[finding.name]),
            }
            for finding in diagnosis.findings
        ],
    }


def _part(part: PlacedPart) -> dict:
    left, top, right, bottom = part.box
    return {
        "where": part.where,
        "share": round(part.share, 4),
        "worst": {"left": left, "top": top, "width": right - left, "height": bottom - top},
    }


def _measured(one: Measured) -> dict:
    return {
        "value": None if one.value is None else float(f"{one.value:.5g}"),
        "unit": one.unit,
        "percentile": None if one.percentile is None else round(one.percentile, 4),
        "reason": one.reason or None,
    }


def _estimate(estimate: Estimate, *, digits: int) -> dict:
    return {"value": round(estimate.value, digits), "interval": [round(end, digits) for end in estimate.interval]}


def _mos(score: Score, confidence: float) -> dict:
    acr = {word: round(probability, 4) for word, probability in score.acr.items()}
    return {**_estimate(score, digits=2), "confidence": confidence, "acr": acr}


def _finding(finding: Finding, part: PlacedPart, *, confirmed: bool) -> dict:
    return {
        "name": finding.name,
        "family": finding.family,
        "probability": round(finding.probability, 4),
        "severity": round(finding.severity, 4),
        "severity_interval": [round(end, 4) for end in finding.severity_interval],
        "word": finding.word,
        "equivalent": finding.equivalent and _equivalent(finding.equivalent),
        "area": round(part.share, 4),
        "scale": finding.scale,
        "confirmed": confirmed,
    }


def _equivalent(equivalent: Equivalent) -> dict:
    return {
        "parameter": equivalent.parameter,
        "value": float(f"{equivalent.value:.4g}"),
        "unit": equivalent.unit,
    }


def _nearest(nearest: NearestLevels, findings: Sequence[Finding]) -> dict:
    return {
        "levels": [
            {
                "distortion": one.distortion or None,
                "severity": round(one.severity, 3),
                "distance": round(one.distance, 3),
            }
            for one in nearest.levels
        ],
        "refuted": [finding.name for finding in findings if nearest.refutes(finding.name)],
        "rates": nearest.atlas.record.get("rates") if nearest.atlas else None,
        "reason": nearest.reason or None,
    }


def _check(check: Check) -> dict:
    return {
        "claim": check.claim,
        "test": check.test,
        "passed": check.passed,
        "measured": check.measured,
        "about": check.about,
        "false_confirmation": check.false_confirmation,
        "power": check.power,
    }
