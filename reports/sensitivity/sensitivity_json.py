"""Measurements of sensitivity as JSON: one of a model with its curves, and one of many without them, for the docs."""

from __future__ import annotations

from typing import Any

from ...explain.sensitivity.measure import Measured
from ...explain.sensitivity.profile import SensitivityProfile

CURVES = ("severities", "mean", "low", "high", "d_prime", "share_below")


def summary(profile: SensitivityProfile) -> dict[str, Any]:
    """A profile without its curves and without what it shares with the others of its measurement."""
    whole = profile.to_dict()
    shared = ("plan", "photos")
    whole["record"] = {name: value for name, value in whole["record"].items() if name not in shared}
    for ladder in whole["distortions"].values():
        for name in CURVES:
            del ladder[name]
    return whole


def comparison_data(measured: Measured) -> dict[str, Any]:
    """What several models came to on the same photos."""
    record = measured.profiles[0].record if measured.profiles else {}
    return {
        "plan": record.get("plan"),
        "photos": record.get("photos"),
        "models": {profile.model: summary(profile) for profile in measured.profiles},
        "differences": [one.to_dict() for one in measured.differences],
        "failed": list(measured.failed),
    }
