"""Checking a finding on the photo: measurements that could have refuted it, and the rates at which such checks err."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from ...models.distortion_model.prediction import Finding
from ...synth_distort import DISTORTIONS
from ...synth_distort.photo import as_saved
from ...synth_distort.post_processing import Resize
from ..measurements import MEASUREMENTS
from ..measurements.measure import values_of
from .measured_checks import MeasuredCheck, shipped_checks
from .trials import AS_VIEWED, AT_100

VIEWED = (
    640  # px of the longer side at which tone and colour are measured, as the photos that the checks were fitted to
)
PART, SMALLEST = 512, 256  # px; largest and smallest sides of the part in which detail is measured
GRID = 16  # px; the blocks of a JPEG whose chroma is halved
NAMED = 3  # measurements that a sentence names
LARGE = 800  # px of the longer side, from which on a photo is measured as viewed, or in a part
WHOLE_FAMILIES = ("tone",)  # that are measured on the whole photo
WHOLE = (
    "color_cast",
    "desaturate",
    "oversaturate",
    "vignetting",
    "chromatic_aberration",
    "zoom_blur",
    "color_block",
    "block_loss",
)


@dataclass(frozen=True)
class Check:
    """One test of a claim on the photo itself, and its outcome.

    Attributes:
        claim: the sentence that may be printed if it passed.
        test: what was done, and what counts as passing.
        passed: whether it did.
        measured: the numbers that decided, and where they were measured.
        about: the distortion that it backs; None where it is about none, or is an illustration.
        false_confirmation: share of good photos that pass it; None where that was not measured.
        power: share of photos with this much of the distortion that pass it; likewise.
    """

    claim: str
    test: str
    passed: bool
    measured: dict
    about: str | None
    false_confirmation: float | None = None
    power: float | None = None


def check_finding(finding: Finding, image: Tensor, place: tuple[int, int, int, int] | None) -> Check | None:
    """Measure what bears on `finding` in `image`; None where no check has power over this distortion.

    Args:
        finding: what the model found.
        image: (3, H, W) in [0, 1].
        place: left, top, right and bottom px of the part where it is; None for the whole photo.
    """
    check = shipped_checks().get(finding.name)
    part, where, scale = _where(finding.name, image, place)
    if check is None or scale not in check.confirms_at:
        return None
    values = values_of(part, only=tuple(check.weights))
    score, rates = check.score(values, scale), check.rates[scale]
    power, false = rates.power_at(finding.severity), rates.false_anywhere
    leading = check.leading(values) or tuple(check.weights)[:1]
    numbers = ", ".join(_number(name, values[name]) for name in leading)
    return Check(
        claim=f"The measurements agree with {finding.title}: {numbers}. This check is passed by {_percent(false)} of good "
        f"photos and by {_percent(power)} of photos with this much.",
        test=_weighed(check),
        passed=score > 0,
        measured={
            "part": where,
            "score": round(score, 3),
            "scale": scale,
            "values": {name: value if value is None else float(f"{value:.4g}") for name, value in values.items()},
        },
        about=finding.name,
        false_confirmation=round(false, 4),
        power=round(power, 4),
    )


def _where(name: str, image: Tensor, place: tuple[int, int, int, int] | None) -> tuple[Tensor, dict[str, int], str]:
    """The pixels in which `name` is measured, where in the photo they are, and at which scale."""
    height, width = image.shape[1:]
    is_large = max(height, width) > LARGE
    if DISTORTIONS[name].family in WHOLE_FAMILIES or name in WHOLE or (place is None and not is_large):
        factor = VIEWED / max(height, width)
        viewed = as_saved(Resize(factor)(image)) if is_large else image
        return viewed, {"left": 0, "top": 0, "width": width, "height": height}, AS_VIEWED
    left, top, right, bottom = place or (0, 0, width, height)
    rows, columns = _span(top, bottom, height), _span(left, right, width)
    part = image[:, rows, columns]
    place_of = {"left": columns.start, "top": rows.start, "width": part.shape[2], "height": part.shape[1]}
    return part.contiguous(), place_of, AT_100 if is_large else AS_VIEWED


def _span(start: int, end: int, side: int) -> slice:
    """From `start` to `end` px of a photo's `side`, made SMALLEST px long where it is shorter, and PART where it is longer."""
    length = min(side, max(SMALLEST, min(PART, end - start)))
    first = max(0, min((start + end - length) // 2, side - length)) // GRID * GRID
    return slice(first, first + length)


def cannot_exclude(severity: float, *, smallest_power: float = 0.5) -> tuple[str, ...]:
    """Titles of the distortions that no check would have shown at `severity`: without a check, or without power at that."""
    checks = shipped_checks()
    return tuple(
        entry.title
        for name, entry in DISTORTIONS.items()
        if (check := checks.get(name)) is None
        or any(rates.power_at(severity) < smallest_power for rates in check.rates.values())
    )


def _number(name: str, value: float | None) -> str:
    entry = MEASUREMENTS[name]
    if value is None:
        return f"{entry.title} not measurable"
    return f"{entry.title} {value:.3g}{' ' + entry.unit if entry.unit else ''}"


def _weighed(check: MeasuredCheck) -> str:
    """What is weighed, as the beginning of a sentence: the measurements that weigh most, and how many others."""
    names = sorted(check.weights, key=lambda name: -abs(check.weights[name]))
    others = len(names) - NAMED
    rest = f" and {others} other measurement{'s' if others > 1 else ''}" if others > 0 else ""
    return f"{', '.join(MEASUREMENTS[name].title for name in names[:NAMED])}{rest}, weighed together"


def _percent(share: float) -> str:
    return "under 1 %" if share < 0.01 else f"{100 * share:.0f} %"
