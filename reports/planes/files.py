"""Feature planes on disk: the page, its data for programs, and stills for papers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

import matplotlib
from matplotlib.figure import Figure

from ...explain.planes.feature_planes import FeaturePlanes
from ...explain.planes.study import Settings
from ...explain.probes.ladder_features import Source
from ...synth_distort.files import write_file, write_json
from ...synth_distort.provenance import provenance
from ..encoding import figure_bytes
from ..figures import STYLE
from ..templates import write_markdown
from .page import planes_page
from .plots import MAPS
from .sentences import sentences
from .stills import draw_angles, draw_atlas, draw_ladders, draw_severity

FORMATS = ("png", "svg")


def write_planes(
    studies: Sequence[FeaturePlanes],
    sources: Sequence[Source],
    settings: Settings,
    folder: Path,
    *,
    figures: Path | None = None,
    cache: Path | None = None,
) -> Path:
    """Write planes.html, planes.md and planes.json, and a folder for each backbone that `load_planes` reads; the page's path.

    Args:
        studies: of each backbone.
        sources: the photos, by their numbers.
        settings: what the ladders were made of.
        folder: made where it is not there.
        figures: a folder for stills; None for none.
        cache: a folder where the page's pictures are kept for the next run; None for none.
    """
    for study in studies:
        study.save(folder / study.backbone)
    names = [str(source.photo) if isinstance(source.photo, Path) else source.digest for source in sources]
    record = {**asdict(settings), "photo_files": names, **provenance("torch", "scikit-learn", "umap-learn", "numpy")}
    write_json(folder / "planes.json", {"record": record, "backbones": [study.summary() for study in studies]})
    spoken = {study.backbone: sentences(study) for study in studies}
    write_markdown(folder / "planes.md", "planes/tables.md.j2", studies=studies, settings=settings, sentences=spoken)
    page = folder / "planes.html"
    write_file(page, planes_page(studies, sources, settings, cache=cache).encode())
    if figures is not None:
        for study in studies:
            write_stills(study, figures)
    return page


def write_stills(study: FeaturePlanes, folder: Path) -> None:
    """Every figure of one backbone, each in all of FORMATS."""
    many = 0.16 * len(study.names)
    for method in MAPS:
        _write(
            folder / f"{study.backbone}-{method}",
            (7, 6.5),
            lambda ax, method=method: draw_ladders(ax, study, method),
            projection="3d",
        )
    _write(folder / f"{study.backbone}-angles", (4.5 + many, 4 + many), lambda ax: draw_angles(ax, study))
    _write(folder / f"{study.backbone}-atlas", (6, 2.2 + many), lambda ax: draw_atlas(ax, study))
    _write(folder / f"{study.backbone}-severity", (6, 2.2 + many), lambda ax: draw_severity(ax, study))


def _write(stem: Path, size: tuple[float, float], draw: Callable, *, projection: str | None = None) -> None:
    with matplotlib.rc_context({**STYLE, "svg.hashsalt": "blemish"}):
        figure = Figure(figsize=size, layout="constrained")
        draw(figure.add_subplot(projection=projection))
        for kind in FORMATS:
            dated = {"metadata": {"Date": None}} if kind == "svg" else {}
            write_file(stem.with_name(f"{stem.name}.{kind}"), figure_bytes(figure, kind, dpi=160, **dated))
