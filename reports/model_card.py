"""The model card: what a model is, what made it, its figures beside the bars, and its confusions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import matplotlib
from matplotlib.figure import Figure

from ..models.distortion_model.as_viewed import LONGER_SIDE
from ..models.distortion_model.model import DistortionModel
from ..models.training.calibrate import FALSE_ALARMS, FALSE_ALARMS_OF_RATED
from ..synth_distort import DISTORTIONS
from ..synth_distort.files import write_file
from .encoding import figure_bytes
from .figures import STYLE, draw_confusion
from .templates import write_markdown

CARD, PICTURE = "model-card.md", "confusion.webp"
POST_PROCESSING_TITLES = {
    "png": "as PNG",
    "jpeg92": "saved again as JPEG 92",
    "resize88_jpeg90": "× 0.88, JPEG 90",
    "social_network": "× 0.5, JPEG 75",
}
ROWS = {
    "type_accuracy_clear": ("distortion named rightly, severity 0.5 and above", "%"),
    "type_accuracy_mild": ("distortion named rightly, severity 0.25 to 0.5", "%"),
    "family_accuracy_clear": ("family named rightly, severity 0.5 and above", "%"),
    "family_accuracy_mild": ("family named rightly, severity 0.25 to 0.5", "%"),
    "four_choices": ("0.25 and above: the likeliest of four, of which three are drawn from the others", "%"),
    "chains_in_top_three": ("chains of two, 0.5 and above: both among the three likeliest", "%"),
    "found_clear": ("distortion among the findings, severity 0.5 and above", "%"),
    "found_mild": ("distortion among the findings, severity 0.25 to 0.5", "%"),
    "findings_right": ("findings in damaged photos that are there", "%"),
    "undistorted_without_findings": ("undistorted photos in which nothing is found", "%"),
    "undistorted_recognized": ("undistorted photos with `undistorted_probability` ≥ 0.5", "%"),
    "severity_error": ("severity, given the distortion: mean absolute error", ""),
    "severity_spearman": ("severity, given the distortion: rank correlation", ""),
    "calibration_error": ("expected calibration error of the likeliest name", ""),
    "interval_coverage": ("90 % intervals of the opinion-unaware score that hold", "%"),
    "severity_interval_coverage": ("90 % intervals of the severity that hold, given the distortion", "%"),
}
ROWS_WITHOUT_POST_PROCESSING = {
    "map_area": ("maps of damage in a part: area under the ROC curve by pixel, mean over types", ""),
    "falling_steps": ("steps of 0.05 severity at which the opinion-unaware score falls", "%"),
    "mos_falling_steps": ("steps of 0.05 severity at which the MOS falls", "%"),
}


@dataclass(frozen=True)
class Bar:
    """What was aimed at: `measure` after `post_processing` from `low` to `high`."""

    post_processing: str
    measure: str
    low: float
    high: float = 1.0


BARS = (
    Bar("png", "type_accuracy_clear", 0.96),
    Bar("png", "type_accuracy_mild", 0.85),
    *(Bar(post_processing, "type_accuracy_clear", 0.90) for post_processing in ("jpeg92", "resize88_jpeg90")),
    *(Bar(post_processing, "type_accuracy_mild", 0.75) for post_processing in ("jpeg92", "resize88_jpeg90")),
    *(Bar(post_processing, "family_accuracy_clear", 0.97) for post_processing in ("jpeg92", "resize88_jpeg90")),
    *(Bar(post_processing, "family_accuracy_mild", 0.90) for post_processing in ("jpeg92", "resize88_jpeg90")),
    Bar("png", "chains_in_top_three", 0.85),
    *(Bar(post_processing, "undistorted_without_findings", 0.95) for post_processing in ("png", "jpeg92")),
    Bar("png", "severity_spearman", 0.95),
    Bar("png", "severity_error", 0.0, 0.08),
    Bar("png", "calibration_error", 0.0, 0.05),
    Bar("png", "interval_coverage", 0.88, 0.92),
    Bar("png", "severity_interval_coverage", 0.88, 0.92),
    Bar("ladders and maps", "map_area", 0.90),
    Bar("ladders and maps", "falling_steps", 0.90),
    Bar("ladders and maps", "mos_falling_steps", 0.90),
)


LABEL_BARS = {"blur": 0.83, "noise": 0.90, "underexposure": 0.95, "overexposure": 0.85}  # areas under the ROC curve


def write_model_card(model: DistortionModel, evaluation: Path, rated: Path, folder: Path) -> Path:
    """Write the card of `model` and the picture of its confusions into `folder`; the card's path.

    Args:
        model: the model.
        evaluation: the figures of its trials, by `blemish embedded evaluate`.
        rated: the figures of its agreement with people, by the same command.
        folder: made where it is not there.

    Raises:
        ValueError: a file is no evaluation, or one of another model.
        OSError: a file cannot be read or written.
    """
    trials, people = (_read(path, model) for path in (evaluation, rated))
    if "confusion" not in trials or "opinion_unaware_score" not in people["figures"]:
        raise ValueError(f"{evaluation} must hold trials, and {rated} a comparison with people's scores")
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(11, 10.5), layout="constrained")
        draw_confusion(figure.add_subplot(), trials["confusion"]["png"])
        write_file(folder / PICTURE, figure_bytes(figure, "webp"))
    return write_markdown(
        folder / CARD,
        "model_card.md.j2",
        model=model,
        record=model.record,
        parameters=sum(tensor.numel() for tensor in model.network.state_dict().values()),
        longer_side=LONGER_SIDE,
        false_alarms=FALSE_ALARMS,
        false_alarms_of_rated=FALSE_ALARMS_OF_RATED,
        bars=[*_bars(trials), *_bars_of_people(people)],
        trials=trials,
        titles=POST_PROCESSING_TITLES,
        post_processings=[name for name in trials["figures"] if name in POST_PROCESSING_TITLES],
        rows=ROWS,
        people=people,
        mos=people.get("cross_validation"),
        picture=PICTURE,
        worst=_worst(trials["confusion"]["png"]),
    )


def _read(path: Path, model: DistortionModel) -> dict:
    try:
        content = json.loads(path.read_text())
        digest = content["model"]["sha256"]
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{path}: is no evaluation of `blemish embedded evaluate`") from error
    if digest != model.sha256:
        raise ValueError(f"{path}: was measured of another model; `blemish embedded evaluate` measures this one")
    return content


def _bars(trials: dict) -> Iterator[dict]:
    """The bars of trials, with what was measured."""
    for bar in BARS:
        figure = trials["figures"][bar.post_processing].get(bar.measure)
        if figure is None:
            continue  # a model without an MOS
        title, unit = {**ROWS, **ROWS_WITHOUT_POST_PROCESSING}[bar.measure]
        if bar.post_processing in POST_PROCESSING_TITLES:
            title += f", {POST_PROCESSING_TITLES[bar.post_processing]}"
        met = bar.low <= figure["value"] <= bar.high
        yield {"title": title, "aim": _aim(bar, unit), "figure": figure, "unit": unit, "met": met}


def _bars_of_people(people: dict) -> Iterator[dict]:
    """The bars of agreement with people, with what was measured."""
    unaware, mos = people["figures"]["opinion_unaware_score"], people.get("cross_validation")
    rows = []
    for name in ("srocc", "plcc"):
        rows.append((f"opinion-unaware score beside people's scores, {name.upper()}", unaware[name]["value"], 0.60))
        if mos:
            rows.append((f"MOS, photos left out of the fit, {name.upper()}", mos[name], 0.83))
    if mos:
        rows.append(("rated photos below MOS 40 with a finding, share", mos["poor_with_finding"], 0.80))
        rows.append(("rated photos from MOS 75 on without a finding, share", mos["excellent_without_finding"], 0.90))
        areas = mos["label_areas"]
        rows += [
            (f"{name} as people named it, AUC", areas[name], low) for name, low in LABEL_BARS.items() if name in areas
        ]
    for title, figure, low in rows:
        yield {"title": title, "aim": f"≥ {low:.2f}", "figure": figure, "unit": "", "met": figure >= low}


def _aim(bar: Bar, unit: str) -> str:
    scale, digits = (100, 0) if unit else (1, 2)
    low, high = (f"{value * scale:.{digits}f}{' %' if unit else ''}" for value in (bar.low, bar.high))
    if bar.low == 0:
        return f"≤ {high}"
    return f"≥ {low}" if bar.high == 1 else f"{low} to {high}"


def _worst(table: dict[str, dict[str, int]]) -> list[tuple[int, int, str, str]]:
    """The dozen most frequent confusions: how often, of how many, the true distortion, the predicted one."""
    wrong = [(count, true, named) for true, row in table.items() for named, count in row.items() if named != true]
    return [
        (count, sum(table[true].values()), DISTORTIONS[true].title, DISTORTIONS[named].title)
        for count, true, named in sorted(wrong, reverse=True)[:12]
        if count
    ]
