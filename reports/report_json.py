"""The report as data: the JSON that other programs read. Fields are added, none is renamed."""

from __future__ import annotations

import platform
from importlib import metadata

from ..explain.checks import Check
from ..explain.diagnosis import Diagnosis
from ..models.distortion_model.prediction import Finding
from ..models.score import Estimate, Score

SCHEMA = 1
PACKAGES = ("blemish", "torch", "numpy", "scipy", "pillow", "opencv-python-headless")


def versions() -> dict[str, str]:
    """Of the packages that the numbers come from."""
    return {**{name: metadata.version(name) for name in PACKAGES}, "python": platform.python_version()}


def report_data(diagnosis: Diagnosis) -> dict:
    """`diagnosis` as plain numbers and words."""
    prediction, photo, second = diagnosis.prediction, diagnosis.photo, diagnosis.second_model
    confirmed = diagnosis.confirmed
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
        "mos": _mos(prediction.mos, prediction.confidence) if prediction.mos else None,
        "overall_severity": _estimate(prediction.overall_severity, digits=4),
        "opinion_unaware_score": _estimate(prediction.opinion_unaware_score, digits=2),
        "undistorted_probability": round(prediction.undistorted_probability, 4),
        "findings": [_finding(finding, confirmed=finding in confirmed) for finding in diagnosis.findings],
        "checks": [_check(check) for check in diagnosis.checks],
        "second_model": second
        and {
            "model": {"name": second.model.name, "sha256": second.model.sha256},
            "mos": _mos(second.mos, prediction.confidence),
        },
        "warnings": list(diagnosis.warnings),
        "versions": versions(),
        "seed": diagnosis.seed,
    }


def _estimate(estimate: Estimate, *, digits: int) -> dict:
    return {"value": round(estimate.value, digits), "interval": [round(end, digits) for end in estimate.interval]}


def _mos(score: Score, confidence: float) -> dict:
    acr = {word: round(probability, 4) for word, probability in score.acr.items()}
    return {**_estimate(score, digits=2), "confidence": confidence, "acr": acr}


def _finding(finding: Finding, *, confirmed: bool) -> dict:
    return {
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
        "confirmed": confirmed,
    }


def _check(check: Check) -> dict:
    return {
        "claim": check.claim,
        "test": check.test,
        "passed": check.passed,
        "measured": check.measured,
        "about": check.about,
    }
