"""A page that shows every distortion: a picture of its levels, what its parameter means, and what was validated of it."""

from __future__ import annotations

import inspect
import io
import json
from pathlib import Path

import matplotlib
from torch import Tensor

from ..synth_distort import DISTORTIONS, FAMILIES, Distortion, Ladder, Photo, severity_curve
from ..synth_distort.files import write_file
from ..synth_distort.photo import as_saved
from ..synth_distort.post_processing import Resize
from ..synth_distort.severity import SHIPPED_CURVES
from .figures import STYLE, pixel_strip

WIDTH = 320  # px; of each level
SEVERITIES = (0.0, 0.25, 0.5, 0.75, 1.0)

INTRODUCTION = """# The distortions

Every distortion at severities 0.25, 0.5, 0.75 and 1, which mean the same for all: 0 imperceptible, 0.25 perceptible but not
annoying, 0.5 slightly annoying, 0.75 annoying, 1 very annoying. One that cannot do so much shows its worst last.

**Scale** says where the severities come from: *rated*, up to a severity, is what people gave to this distortion (KADID-10k);
*inferred* is what full-reference measures say that people would give ({error:.3f} mean absolute error of severity on rated
distortions that were left out of the fit).
"""
VALIDATED = """
**Rising** is the share of pairs of neighbouring levels, ten on each of {photos} photos, of which at least two of the three
measures VSI, MDSI and HaarPSI call the second worse. **Uneven** is the largest distance of the ladder's measured steps from
even ones, as a share of the whole ladder. Severity 0 left every byte of every photo as it was{exception}.
Measured by `blemish certify` on {machine}, {date}.
"""


def write_gallery(photo: Photo, folder: Path, *, validation: Path | None, seed: int) -> Path:
    """Write a picture of each distortion, made from `photo`, into `folder`, and README.md, which shows them; its path.

    Args:
        photo: shown scaled to WIDTH px.
        folder: made where it is not there.
        validation: what `blemish certify` wrote; None to leave its figures out.
        seed: of what is random in the distortions.

    Raises:
        OSError: a file cannot be read or written.
        ValueError: the validation is none.
    """
    validated = None if validation is None else _read(validation)
    image = as_saved(Resize(WIDTH / photo.width)(photo.image))
    for entry in DISTORTIONS.values():
        write_file(folder / f"{entry.name}.webp", _picture(image, entry, seed))
    error = json.loads(SHIPPED_CURVES.read_text())["record"]["leave_one_out_mean_absolute_error"]
    parts = [INTRODUCTION.format(error=error)]
    if validated is not None:
        parts.append(_validated(validated))
    parts.append(_table(validated))
    parts.extend(_section(family) for family in FAMILIES)
    page = folder / "README.md"
    write_file(page, "\n".join(parts).encode())
    return page


def shown_severities(entry: Distortion) -> tuple[float, ...]:
    """Those of SEVERITIES that `entry` reaches, and its worst where that is less than the last."""
    ceiling = severity_curve(entry.name).ceiling
    reached = tuple(severity for severity in SEVERITIES if severity <= ceiling)
    return reached if ceiling == 1 else (*reached, ceiling)


def _read(validation: Path) -> dict:
    try:
        content = json.loads(validation.read_text())
        missing = [name for name in DISTORTIONS if name not in content["distortions"]]
        _validated(content)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{validation}: is no validation of `blemish certify`") from error
    if missing:
        raise ValueError(f"{validation}: says nothing of {', '.join(missing)}; `blemish certify` makes it anew")
    return content


def _picture(image: Tensor, entry: Distortion, seed: int) -> bytes:
    ladder = Ladder(image, entry.name, shown_severities(entry), seed=seed)
    captions = ["as it is"]
    captions += [
        f"{severity:.2f}  ({value:.3g} {entry.unit}".rstrip() + ")"
        for severity, value in zip(ladder.severities[1:], ladder.values[1:], strict=True)
    ]
    stream = io.BytesIO()
    with matplotlib.rc_context(STYLE):
        figure = pixel_strip([as_saved(level) for level in ladder], captions)
        figure.savefig(stream, format="webp", facecolor="white", pil_kwargs={"quality": 90})
    return stream.getvalue()


def _validated(validation: dict) -> str:
    untouched = all(figures["untouched_at_zero"] == 1 for figures in validation["distortions"].values())
    record = validation["record"]
    return VALIDATED.format(
        photos=sum(record["photos"].values()),
        exception="" if untouched else ", but for the distortions marked ✗",
        machine=record["machine"],
        date=record["date"],
    )


def _table(validation: dict | None) -> str:
    headings = ["distortion", "family", "scale", "worst"]
    if validation:
        headings += ["rising", "uneven", "DMOS error"]
    lines = ["", f"| {' | '.join(headings)} |", f"|{' --- |' * len(headings)}"]
    for entry in DISTORTIONS.values():
        curve = severity_curve(entry.name)
        cells = [f"[{entry.name}](#{entry.name})", entry.family, _scale(entry), f"{curve.ceiling:.2f}"]
        if validation:
            figures = validation["distortions"][entry.name]
            agreement = figures.get("largest_dmos_error")
            mark = "" if figures["untouched_at_zero"] == 1 else " ✗"
            cells += [f"{100 * figures['rising']:.1f} %{mark}", f"{figures['spacing_error']:.2f}"]
            cells.append("–" if agreement is None else f"{agreement:.2f}")
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _scale(entry: Distortion) -> str:
    curve = severity_curve(entry.name)
    return f"rated to {curve.rated_up_to:.2f}" if curve.source == "rated" else "inferred"


def _section(family: str) -> str:
    entries = [entry for entry in DISTORTIONS.values() if entry.family == family]
    return "\n".join([f"## {family.capitalize()}\n", *map(_entry, entries)])


def _entry(entry: Distortion) -> str:
    unit = f", {entry.unit}" if entry.unit else ""
    explained = (inspect.getdoc(entry.kernel) or "").replace("\n", " ").replace("  ", " ")
    return (
        f'### <a id="{entry.name}"></a>{entry.name}\n\n{explained}\n\n*Parameter*: {entry.parameter}{unit}.\n\n'
        f"![{entry.title} at rising severity]({entry.name}.webp)\n"
    )
