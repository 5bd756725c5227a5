"""The model card: what a model is, what made it, how good it is measured against the bars, and where it fails."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import matplotlib
from matplotlib.figure import Figure

from ..models.distortion_model.model import DistortionModel
from ..models.training.calibrate import FALSE_ALARMS
from ..synth_distort import DISTORTIONS
from ..synth_distort.files import write_file
from .figures import STYLE, draw_confusion

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


def write_model_card(model: DistortionModel, evaluation: Path, rated: Path, folder: Path) -> Path:
    """Write the card of `model` and the picture of its confusions into `folder`; the card's path.

    Args:
        model: the model.
        evaluation: what `blemish evaluate` wrote of its trials.
        rated: what `blemish evaluate` wrote of it beside people.
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
        stream = io.BytesIO()
        figure.savefig(stream, format="webp", facecolor="white", pil_kwargs={"quality": 90})
    write_file(folder / PICTURE, stream.getvalue())
    parts = [_what_it_is(model), _bars(trials, people), _by_post_processing(trials), _people(people), _failures(trials)]
    write_file(folder / CARD, "\n".join(parts).encode())
    return folder / CARD


def _read(path: Path, model: DistortionModel) -> dict:
    try:
        content = json.loads(path.read_text())
        digest = content["model"]["sha256"]
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{path}: is no evaluation of `blemish evaluate`") from error
    if digest != model.sha256:
        raise ValueError(f"{path}: was measured of another model; `blemish evaluate` measures this one")
    return content


def _what_it_is(model: DistortionModel) -> str:
    record, network = model.record, model.network
    parameters = sum(tensor.numel() for tensor in network.state_dict().values())
    distortions = record["distortions"]
    learned = remembered = ""
    if "human_scores" in record:
        people, appearance = record["human_scores"], record["appearance"]
        learned = (
            f"\n`opinion_unaware_score` learned what damage looks like from {appearance['samples']:,} damaged photos of "
            f"{_counted(appearance['photos'])}; `mos` learned from the {people['photos']} photos of `{people['folder']}`."
        )
        remembered = (
            f" `mos` remembers each rated photo by {len(network.mos_head.base_quality.axes)} numbers, `opinion_unaware_score` "
            f"{len(network.appearance.severity.centres):,} damaged ones by {len(network.appearance.severity.axes)}."
        )
    taught = ", but MobileNetV2 taught the part of it that sees what a photo shows" if "content" in record else ""
    return f"""# Model card: `{model.name}`

Made by `blemish model-card` from the files of `blemish evaluate`; every figure here was measured.

**What it is.** {parameters:,} numbers, learned from random ones; no ImageNet weights are in it{taught}.{remembered}
It reads a photo twice, by windows and by averages over all of it; names {len(model.distortions)} distortions, says how severe
each is and where, and gives two scores: `opinion_unaware_score`, damage alone, by heads that were fitted to no person's score, and
`mos`, what people would give: what they like about a photo, less what damage costs it.

**What made it.** `{record["command"]}` on {record["machine"]}, {record["date"]}: {distortions["samples"]:,} damaged
photos and crops of {_counted(distortions["training_photos"])}.
Its error estimates were learned from {_counted(distortions["error_model_photos"])}; it was calibrated on
{_counted(record["calibration_photos"])}.{learned}
Nothing is found in a photo that is undistorted with a probability of {model.calibration.undistorted_from:.2f} or more, so that
at most {FALSE_ALARMS:.0%} of the undistorted calibration photos get a finding.

**What it is for.** Photos with sides of some 200 to 600 px, like those that it was trained on. Larger ones are looked at pixel
by pixel, where a camera's own softness can be taken for blur. Not for drawings, graphics and screenshots: reports warn of them.
"""


def _counted(collections: dict[str, int]) -> str:
    """Names of collections of photos, and how many each has."""
    return ", ".join(f"{name} ({count})" for name, count in collections.items())


def _bars(trials: dict, people: dict) -> str:
    lines = ["## The bars\n", "| what | aimed at | measured | |", "| --- | --- | --- | --- |"]
    for bar in BARS:
        figure = trials["figures"][bar.post_processing].get(bar.measure)
        if figure is None:
            continue  # a model without an MOS
        title, unit = {**ROWS, **ROWS_WITHOUT_POST_PROCESSING}[bar.measure]
        post_processing = (
            f", {POST_PROCESSING_TITLES[bar.post_processing]}" if bar.post_processing in POST_PROCESSING_TITLES else ""
        )
        met = bar.low <= figure["value"] <= bar.high
        lines.append(
            f"| {title}{post_processing} | {_aim(bar, unit)} | {_shown(figure, unit)} | {'met' if met else '**missed**'} |"
        )
    for name, figure, low in _rows_of_people(people):
        lines.append(f"| {name} | ≥ {low:.2f} | {figure:.3f} | {'met' if figure >= low else '**missed**'} |")
    return "\n".join(lines) + "\n"


def _rows_of_people(people: dict) -> Iterator[tuple[str, float, float]]:
    """What agrees with people, how far, and how far it was aimed to."""
    opinion_unaware_score, mos = people["figures"]["opinion_unaware_score"], people.get("cross_validation")
    for correlation in ("srocc", "plcc"):
        yield (
            f"`opinion_unaware_score` beside people's scores, {correlation.upper()}",
            opinion_unaware_score[correlation]["value"],
            0.60,
        )
        if mos:
            yield f"`mos`, photos left out of the fit, {correlation.upper()}", mos[correlation], 0.79
    if mos:
        yield "`mos`, those of them that the teacher was not shown either, SROCC", mos["srocc_unseen"], 0.79


def _aim(bar: Bar, unit: str) -> str:
    scale, digits = (100, 0) if unit else (1, 2)
    low, high = (f"{value * scale:.{digits}f}{' %' if unit else ''}" for value in (bar.low, bar.high))
    if bar.low == 0:
        return f"≤ {high}"
    return f"≥ {low}" if bar.high == 1 else f"{low} to {high}"


def _shown(figure: dict, unit: str) -> str:
    scale, digits = (100, 1) if unit else (1, 3)
    value, low, high = (f"{figure[end] * scale:.{digits}f}" for end in ("value", "low", "high"))
    return f"{value}{' %' if unit else ''} ({low} to {high})"


def _by_post_processing(trials: dict) -> str:
    post_processings = [
        post_processing for post_processing in trials["figures"] if post_processing in POST_PROCESSING_TITLES
    ]
    photos = ", ".join(f"{name} ({count})" for name, count in trials["record"]["photos"].items())
    lines = [
        "## After the post-processing of a photo\n",
        f"Photos of collections that training never saw: {photos}. In brackets 95 % bootstrap intervals over photos. "
        f"{trials['record']['machine']}, {trials['record']['date']}.\n",
        f"| | {' | '.join(POST_PROCESSING_TITLES[post_processing] for post_processing in post_processings)} |",
        f"|{' --- |' * (1 + len(post_processings))}",
    ]
    for measure, (title, unit) in ROWS.items():
        cells = [_shown(trials["figures"][post_processing][measure], unit) for post_processing in post_processings]
        lines.append(f"| {title} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _people(people: dict) -> str:
    opinion_unaware_score, mos = people["figures"]["opinion_unaware_score"], people.get("cross_validation")
    lines = [
        "## Beside people's scores\n",
        f"{people['record']['photos']} rated photos. On LIVE In the Wild others publish SROCC 0.451 (NIQE), 0.438 (IL-NIQE) "
        "and 0.696 (CLIP-IQA) without scores, and 0.79 (ARNIQA) with them.\n",
        f"- `opinion_unaware_score`, fitted to none: SROCC {_shown(opinion_unaware_score['srocc'], '')}, PLCC {_shown(opinion_unaware_score['plcc'], '')}. "
        "How it is made of statistics and appearance was chosen on the scores of LIVE In the Wild, which flatters it there.",
    ]
    if mos:
        lines.append(
            f"- `mos`, median of {mos['folds']} folds, each predicted by a head that was fitted to the others: "
            f"SROCC {mos['srocc']:.3f}, PLCC {mos['plcc']:.3f}; "
            f"SROCC {mos['srocc_unseen']:.3f} in the fold whose photos were not shown to the teacher either; "
            f"{100 * mos['interval_coverage']:.1f} % of its 90 % intervals hold. Of copies of the photos left out that we "
            f"damaged (severity 0.25 and above), {100 * mos['copies_below']:.1f} % get less than the photo itself."
        )
    return "\n".join(lines) + "\n"


def _failures(trials: dict) -> str:
    table = trials["confusion"]["png"]
    wrong = [(count, true, named) for true, row in table.items() for named, count in row.items() if named != true]
    worst = sorted(wrong, reverse=True)[:12]
    lines = [
        "## What it takes for what\n",
        "As PNG, severity 0.5 and above; a row is a distortion that was put on photos, a column a name that it was given.\n",
        f"![Confusion matrix]({PICTURE})\n",
        "Most often wrong:",
        *(
            f"- {DISTORTIONS[true].title} called {DISTORTIONS[named].title}: {count} of {sum(table[true].values())}"
            for count, true, named in worst
            if count
        ),
    ]
    return "\n".join(lines) + "\n"
