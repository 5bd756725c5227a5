"""The verdict on a photo in words: one sentence, how sure it is, and how score and severity go together."""

from __future__ import annotations

from dataclasses import dataclass

from ...explain.diagnosis import Diagnosis
from ...models.distortion_model.prediction import Finding
from ...synth_distort import DISTORTIONS, severity_word

APART = 25.0  # points between the MOS and 100 × (1 − overall severity), from which on a sentence says why


@dataclass(frozen=True)
class Verdict:
    """What a page says first.

    Attributes:
        kind: "confirmed", "suspected", "clear", "unclear" or "no photograph", for programs and colours.
        sentence: what is wrong, how bad and where.
        sureness: how sure that is, and why.
    """

    kind: str
    sentence: str
    sureness: str


def verdict(diagnosis: Diagnosis) -> Verdict:
    """The verdict of `diagnosis`."""
    if diagnosis.prediction is None:
        return Verdict(
            "no photograph",
            f"This is not a photograph: it has {diagnosis.photograph.because}.",
            "It gets no score and no findings, since the model was made for photographs. Facts and measurements follow.",
        )
    if diagnosis.confirmed:
        others = len(diagnosis.confirmed) - 1
        more = f" {others} more confirmed below." if others else ""
        worst = diagnosis.confirmed[0]
        check = diagnosis.check_of(worst)
        return Verdict(
            "confirmed", f"{described(diagnosis, worst)}.", f"Confirmed by measurement: {_rates(check)}{more}"
        )
    if diagnosis.findings:
        worst = diagnosis.findings[0]
        missing = diagnosis.check_of(worst) is None
        why = "no check has power over this distortion" if missing else "the measurements do not bear it out"
        quick = not diagnosis.checks and not diagnosis.ladders
        sureness = "Not checked: this was a quick look." if quick else f"The model's guess alone: {why}."
        return Verdict("suspected", f"Perhaps {lower(described(diagnosis, worst))}.", sureness)
    count = len(diagnosis.prediction.distortions)
    if diagnosis.undistorted:
        return Verdict(
            "clear",
            f"None of the {count} distortions was found, neither in the whole photo nor in a part.",
            " ".join(filter(None, (_doubted(diagnosis), _missed(diagnosis), _excluded(diagnosis)))),
        )
    if diagnosis.locally_high is not None and diagnosis.worst_part is not None:
        title = DISTORTIONS[diagnosis.locally_high].title
        where = "" if diagnosis.worst_part.is_everywhere else f" {diagnosis.worst_part.where}"
        return Verdict(
            "unclear",
            f"Nothing was found in the photo as a whole, but there may be {title}{where}.",
            f"No all-clear: the model's map of it reaches a severity of {diagnosis.worst_part.worst:.2f} around A, "
            "where no check was made. Compare A with B.",
        )
    return Verdict(
        "unclear",
        f"None of the {count} distortions was found for certain, and no all-clear can be given.",
        "The photo may have a distortion that is not in the list, or be unlike those of the training set.",
    )


def described(diagnosis: Diagnosis, finding: Finding) -> str:
    """A finding with how bad it is and where: "Motion blur, annoying, around the middle (60 % of the photo)"."""
    part = diagnosis.parts[finding.name]
    everywhere = "over the whole photo" if finding.is_by_pixels else "in the photo as viewed"
    where = everywhere if part.is_everywhere else f"{part.where} ({100 * part.share:.0f} % of the photo)"
    return f"{finding.title[0].upper()}{finding.title[1:]}, {finding.word}, {where}"


def reconciled(diagnosis: Diagnosis) -> str:
    """A sentence on what the severity leaves open, or why the score differs from it; empty where neither is so."""
    prediction = diagnosis.prediction
    if diagnosis.locally_high is not None and not diagnosis.findings:
        return "The severity is of the photo as a whole; the part at A may have more."
    if prediction is None or prediction.mos is None:
        return ""
    difference = prediction.mos.value - 100 * (1 - prediction.overall_severity.value)
    if difference < -APART:
        return (
            "The score is lower than the severity alone would make it: people also judge subject, light and composition, and a "
            "photo may have faults that are not in the list."
        )
    if difference > APART:
        return (
            "The score is higher than the severity alone would make it: people forgive this much in a photo like this."
        )
    return ""


def lower(sentence: str) -> str:
    """`sentence` as it goes on within another; names such as JPEG stay as they are."""
    return (
        sentence
        if sentence[:2].isupper() or sentence.startswith(("Gaussian", "WebP"))
        else sentence[0].lower() + sentence[1:]
    )


def percent(share: float) -> str:
    """A share in words."""
    return "under 1 %" if share < 0.01 else f"{100 * share:.0f} %"


def _rates(check) -> str:
    if check is None or check.false_confirmation is None or check.power is None:
        return "its rates were not measured."
    false, power = percent(check.false_confirmation), percent(check.power)
    return f"{false} of good photos would be confirmed so, wrongly, and {power} of photos with this much."


def _doubted(diagnosis: Diagnosis) -> str:
    """What speaks against an all-clear on this photo, if the nearest labelled levels do."""
    kind = "" if diagnosis.nearest is None else diagnosis.nearest.kind
    return kind and f"But most of the labelled levels nearest to this photo, shown below, are distorted (kind: {kind})."


def _missed(diagnosis: Diagnosis) -> str:
    """How often this is said of photos that are distorted."""
    rates = diagnosis.all_clear_rates
    if rates is None:
        return "How often this model says so of distorted photos was not measured."
    shares = " and ".join(
        f"{percent(share)} at “{severity_word(severity)}”" for severity, share in sorted(rates.missed.items())
    )
    return (
        f"It can be wrong: of {rates.photos} test photos with one of the distortions put on all over, {shares} got this "
        f"verdict too. Of the same photos without any, {percent(rates.undistorted)} got it."
    )


def _excluded(diagnosis: Diagnosis) -> str:
    left = len(diagnosis.not_excluded)
    return (
        ""
        if not left
        else f"At “slightly annoying”, the measurements alone could not exclude {left} of them, named below."
    )
