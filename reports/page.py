"""The report as one HTML page: no address outside it, readable on a phone and on paper."""

from __future__ import annotations

import base64
import io

import jinja2
import matplotlib
from matplotlib.figure import Figure
from torch import Tensor

from ..explain.checks import ScoredLadder
from ..explain.diagnosis import Diagnosis
from ..models.score import ACR_WORDS
from ..synth_distort import DISTORTIONS, names
from ..synth_distort.photo import to_pil
from ..synth_distort.post_processing import Resize
from .figures import STYLE, draw_levels, draw_scores, draw_severity_map
from .report_json import versions

LONGEST_SIDE = 1000  # px of the photo as it is shown
DETAIL = 160  # px, sides of the detail of each level


def render(diagnosis: Diagnosis) -> str:
    """The page of `diagnosis`."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("blemish.reports", "."),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    shown = _to_fit(diagnosis.photo.image)
    with matplotlib.rc_context(STYLE):
        return environment.get_template("page.html.j2").render(
            diagnosis=diagnosis,
            name=names.shown(diagnosis.photo.path.name) if diagnosis.photo.path else "photo",
            versions=versions(),
            acr_words=ACR_WORDS,
            photo=_jpeg(shown),
            map=_map_picture(diagnosis, shown),
            ladders={ladder.distortion: _ladder_picture(ladder) for ladder in diagnosis.ladders},
            passed=[item for item in diagnosis.checks if item.passed],
            failed=[item for item in diagnosis.checks if not item.passed],
        )


def _to_fit(image: Tensor) -> Tensor:
    longest = max(image.shape[1:])
    return Resize(LONGEST_SIDE / longest)(image) if longest > LONGEST_SIDE else image


def _map_picture(diagnosis: Diagnosis, shown: Tensor) -> str | None:
    where = diagnosis.severity_map
    if where is None:
        return None
    figure = Figure(figsize=(7.2, min(9.0, 7.2 * where.height / where.width + 0.9)), layout="constrained")
    draw_severity_map(figure.add_subplot(), shown, where)
    return _picture(figure)


def _ladder_picture(ladder: ScoredLadder) -> str:
    entry = DISTORTIONS[ladder.distortion]
    figure = Figure(figsize=(7.2, 3.5), layout="constrained")
    grid = figure.add_gridspec(2, len(ladder.levels), height_ratios=(1, 1.5))
    axes = [figure.add_subplot(grid[0, column]) for column in range(len(ladder.levels))]
    captions = ["as it is", *(f"+ {severity:.1f}" for severity in ladder.severities[1:])]
    draw_levels(axes, [_detail(level) for level in ladder.levels], captions)
    draw_scores(figure.add_subplot(grid[1, :]), ladder).set_xlabel(f"severity of the {entry.title} added")
    return _picture(figure)


def _detail(image: Tensor) -> Tensor:
    height, width = image.shape[1:]
    top, left = max(0, (height - DETAIL) // 2), max(0, (width - DETAIL) // 2)
    return image[:, top : top + DETAIL, left : left + DETAIL]


def _picture(figure: Figure) -> str:
    stream = io.BytesIO()
    settings = {"quality": 90}  # as PNG, the details of a noisy photo take megabytes
    figure.savefig(stream, format="webp", facecolor="white", pil_kwargs=settings)
    return _embedded(stream.getvalue(), "image/webp")


def _jpeg(image: Tensor) -> str:
    stream = io.BytesIO()
    to_pil(image).save(stream, "JPEG", quality=90)
    return _embedded(stream.getvalue(), "image/jpeg")


def _embedded(content: bytes, kind: str) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"
