"""A page that shows every distortion: a picture of its levels, what its parameter means, and what was validated of it."""

from __future__ import annotations

import inspect
import json
import math
from pathlib import Path

import matplotlib
from torch import Tensor

from ..synth_distort import DISTORTIONS, FAMILIES, Distortion, Ladder, Photo, severity_curve
from ..synth_distort.files import write_file
from ..synth_distort.photo import as_saved
from ..synth_distort.post_processing import Resize
from ..synth_distort.severity import SHIPPED_CURVES
from .encoding import figure_bytes
from .figures import STYLE, pixel_strip
from .templates import write_markdown

WIDTH = 320  # px; of each level
SEVERITIES = (0.0, 0.25, 0.5, 0.75, 1.0)
FIGURES = ("rising", "untouched_at_zero", "spacing_error")  # of each distortion in a validation


def write_gallery(photo: Photo, folder: Path, *, validation: Path | None, seed: int) -> Path:
    """Write a picture of each distortion, made from `photo`, into `folder`, and README.md, which shows them; its path.

    Args:
        photo: shown scaled to WIDTH px.
        folder: created where there is none.
        validation: what `blemish validate` wrote; None to leave its figures out.
        seed: of what is random in the distortions.

    Raises:
        OSError: a file cannot be read or written.
        ValueError: `validation` was not written by `blemish validate`.
    """
    validated = None if validation is None else _read(validation)
    image = as_saved(Resize(WIDTH / photo.width)(photo.image))
    for entry in DISTORTIONS.values():
        write_file(folder / f"{entry.name}.webp", _picture(image, entry, seed))
    return write_markdown(
        folder / "README.md",
        "gallery.md.j2",
        distortions=[(entry, severity_curve(entry.name)) for entry in DISTORTIONS.values()],
        families=[family for family in FAMILIES if any(entry.family == family for entry in DISTORTIONS.values())],
        inference_error=json.loads(SHIPPED_CURVES.read_text())["record"]["leave_one_out_mean_absolute_error"],
        validation=validated,
        explained=_explained,
    )


def shown_severities(entry: Distortion) -> tuple[float, ...]:
    """Those of SEVERITIES up to the ceiling of `entry`, and the ceiling itself where it is below 1."""
    ceiling = severity_curve(entry.name).ceiling
    reached = tuple(severity for severity in SEVERITIES if severity <= ceiling)
    return reached if ceiling == 1 else (*reached, ceiling)


def _read(validation: Path) -> dict:
    try:
        content = json.loads(validation.read_text())
        missing = [name for name in DISTORTIONS if name not in content["distortions"]]
        figures = [one[name] for one in content["distortions"].values() for name in FIGURES]
        complete = all(map(math.isfinite, figures)) and {"photos", "machine", "date"} <= set(content["record"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{validation}: was not written by `blemish validate`") from error
    if missing or not complete:
        lacking = ", ".join(missing) or "its record"
        raise ValueError(f"{validation}: lacks {lacking}; `blemish validate` writes it anew")
    return content


def _picture(image: Tensor, entry: Distortion, seed: int) -> bytes:
    ladder = Ladder(image, entry.name, shown_severities(entry), seed=seed)
    captions = ["as it is"]
    captions += [
        f"{severity:.2f}  ({value:.3g} {entry.unit}".rstrip() + ")"
        for severity, value in zip(ladder.severities[1:], ladder.values[1:], strict=True)
    ]
    with matplotlib.rc_context(STYLE):
        return figure_bytes(pixel_strip([as_saved(level) for level in ladder], captions), "webp")


def _explained(entry: Distortion) -> str:
    """The docstring of the kernel on one line."""
    return (inspect.getdoc(entry.kernel) or "").replace("\n", " ").replace("  ", " ")
