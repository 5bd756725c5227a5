"""The page of a model's sensitivity to severity: what it is blind to first, then curves, thresholds and reversals."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import matplotlib
from matplotlib.figure import Figure

from ...explain.sensitivity.measure import Measured
from ...explain.sensitivity.plan import Subject
from ...explain.sensitivity.profile import EARLY, DistortionSensitivity, Reversal, SensitivityProfile
from ...synth_distort import DISTORTIONS, FAMILIES
from ...synth_distort.files import write_file, write_json
from ..encoding import data_address, figure_bytes
from ..figures import STYLE
from ..templates import page_template
from .figures import common_limits, detected_at, draw_curve, draw_pair, draw_thresholds, in_words
from .sensitivity_json import comparison_data

MOST_PICTURES = 6
DETAIL = 200  # px, sides of the details that show a reversal


def write_sensitivity(measured: Measured, folder: Path) -> list[Path]:
    """Write a page and a JSON of each model to `folder`, and comparison.json where there are several; returns the pages."""
    pages = []
    for profile in measured.profiles:
        page = folder / f"{file_stem(profile.model)}.sensitivity.html"
        write_file(page, render(profile, measured).encode())
        write_json(page.with_suffix(".json"), profile.to_dict())
        pages.append(page)
    if len(measured.profiles) > 1:
        write_json(folder / "comparison.json", comparison_data(measured))
    return pages


def file_stem(model: str) -> str:
    """The model's name as a file's; a path's last part."""
    name = Path(model).name if Path(model).suffix in (".safetensors", ".onnx") else model
    return re.sub(r"[^A-Za-z0-9_.-]+", "_", name).strip("_")


def render(profile: SensitivityProfile, measured: Measured) -> str:
    """The page of `profile`, beside the other models of `measured`."""
    worst_first = sorted(profile.distortions.values(), key=lambda one: (-one.threshold.value, one.distortion))
    with matplotlib.rc_context(STYLE):
        return page_template("sensitivity/page.html.j2").render(
            profile=profile,
            verdict=verdict(profile),
            groups=_groups(profile),
            titles={name: DISTORTIONS[name].title for name in profile.distortions},
            curves=_curves(profile),
            thresholds=_thresholds(worst_first),
            reversals=_reversals(profile, measured),
            rows=worst_first,
            in_words=in_words,
            detected_at=detected_at,
            others=measured.profiles if len(measured.profiles) > 1 else (),
            differences={
                (one.first, one.second, one.measure): one for one in measured.differences if not one.distortion
            },
            dead=[one for one in worst_first if one.dead_zone[1] - one.dead_zone[0] >= 0.2 - 1e-9],
        )


def verdict(profile: SensitivityProfile) -> list[str]:
    """Three plain sentences, each with its number: what is detected, whether the order is right, whether it is even-handed."""
    count, early = len(profile.distortions), len(profile.early_for)
    blind = [DISTORTIONS[name].title for name in profile.blind_to]
    detected = f"It detects {early} of {count} distortions by severity {EARLY:g}, where people begin to perceive them"
    missed = f", and never detects {len(blind)}: {_listed(blind)}" if blind else ", and every one by severity 1"
    order = profile.overall["monotonicity"]
    share, low, high = (100 * value for value in (order.value, order.low, order.high))
    sentence = f"Its score falls at {share:.0f} % of steps along the ladders ({low:.0f} to {high:.0f} %)"
    worst = max(profile.distortions.values(), key=lambda one: one.reversal.value)
    if worst.reversal.value > 0.5:
        start, end = worst.reversal_between
        sentence += (
            f"; the worst reversal of the mean is {worst.reversal.value:.0f} points, from severity {start:.2f} to {end:.2f} of "
            f"{DISTORTIONS[worst.distortion].title}"
        )
    return [detected + missed + ".", sentence + ".", _even_handed(profile)]


def _even_handed(profile: SensitivityProfile) -> str:
    one = profile.consistency
    if one is None:
        why = (
            "its scores move by 0 points"
            if profile.span == 0
            else "that takes two photos, and two distortions with a level at 0.5"
        )
        return f"Whether equal severities cost alike could not be measured: {why}."
    hardest, mildest = (DISTORTIONS[name].title for name in (one.hardest, one.mildest))
    return (
        f"At severity {one.severity:g} of each, {hardest} costs {one.falls[0]:.0f} points and {mildest} {one.falls[1]:.0f}; "
        f"the costs of equally severe distortions spread by {100 * one.spread.value:.0f} % of their mean."
    )


def _listed(titles: Sequence[str]) -> str:
    shown = titles if len(titles) <= 8 else titles[:7]
    rest = f" and {len(titles) - len(shown)} more" if len(titles) > len(shown) else ""
    return ", ".join(shown) + rest


def _groups(profile: SensitivityProfile) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """Kind, heading, and the titles with their thresholds: what the model is blind to comes first."""

    def chips(names: Sequence[str]) -> list[tuple[str, str]]:
        return [(DISTORTIONS[name].title, detected_at(profile.distortions[name])) for name in names]

    return [
        ("never", "Blind to", chips(profile.blind_to)),
        ("late", f"Detected late, after {EARLY:g}", chips(profile.late_for)),
        ("early", f"Detected by {EARLY:g}", chips(profile.early_for)),
    ]


def _curves(profile: SensitivityProfile) -> list[tuple[str, list[tuple[str, str]]]]:
    """Of each family, its name and the title and picture of each curve."""
    limits, found = common_limits(profile), []
    for family in FAMILIES:
        some = [one for name, one in profile.distortions.items() if DISTORTIONS[name].family == family]
        if some:
            found.append((family, [(DISTORTIONS[one.distortion].title, _curve(one, limits)) for one in some]))
    return found


def _curve(ladder: DistortionSensitivity, limits: tuple[float, float]) -> str:
    figure = Figure(figsize=(2.3, 1.75), layout="constrained", dpi=120)
    draw_curve(figure.add_subplot(), ladder, limits)
    return _picture(figure)


def _thresholds(ladders: Sequence[DistortionSensitivity]) -> str:
    figure = Figure(figsize=(6.0, 0.9 + 0.21 * len(ladders)), layout="constrained")
    draw_thresholds(figure.add_subplot(), ladders)
    return _picture(figure)


def _reversals(profile: SensitivityProfile, measured: Measured) -> list[tuple[str, str, Reversal]]:
    """Title, picture and figures of the worst reversals."""
    subjects = {subject.name: subject for subject in measured.subjects}
    return [
        (DISTORTIONS[one.distortion].title, _reversal(one, subjects[one.photo], measured), one)
        for one in profile.reversals[:MOST_PICTURES]
    ]


def _reversal(reversal: Reversal, subject: Subject, measured: Measured) -> str:
    image = subject.image(measured.plan)
    pair = [subject.level(image, reversal.distortion, severity, measured.plan) for severity in reversal.severities]
    top, left = (max(0, (side - DETAIL) // 2) for side in image.shape[1:])
    details = [one[:, top : top + DETAIL, left : left + DETAIL] for one in pair]
    figure = Figure(figsize=(4.6, 2.55), layout="constrained", dpi=120)
    captions = [
        f"severity {severity:.2f}: scores {score:.4g}"
        for severity, score in zip(reversal.severities, reversal.scores, strict=True)
    ]
    draw_pair(list(figure.subplots(1, 2)), details, captions, wrong=1)
    return _picture(figure)


def _picture(figure: Figure) -> str:
    return data_address(figure_bytes(figure, "webp"), "webp")
