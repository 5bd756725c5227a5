"""Where a photo falls among the labelled ladders of the atlas: the figure, and what the nearest levels say of each finding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ...explain.diagnosis import Diagnosis
from ...explain.planes.atlas.level_atlas import Level, NearestLevels
from ...models.distortion_model.kinds import kind_of
from ...synth_distort import DISTORTIONS
from ..encoding import data_address, figure_bytes
from ..figures import ACCENT, FAINT

WIDTH, ROW, REST = (
    5.4,
    0.36,
    1.3,
)  # inches: of the figure, of each ladder, of what stands below; it can be read on a phone
LADDERS = 7  # that are drawn
FEW = 3  # nearest levels by which ladders are put in order
CLOSENESS = "viridis"  # the nearest darkest
UNDISTORTED = "undistorted"


def nearest_picture(diagnosis: Diagnosis) -> str | None:
    """The ladders nearest to the photo, as an address; None where there is no atlas."""
    nearest = diagnosis.nearest
    if nearest is None or nearest.atlas is None:
        return None
    shown = nearest_ladders(nearest, [finding.name for finding in diagnosis.findings])
    figure = Figure(figsize=(WIDTH, REST + ROW * len(shown)), layout="constrained")
    draw_nearest(figure.add_subplot(), nearest, shown)
    return data_address(figure_bytes(figure, "webp"), "webp")


def nearest_ladders(nearest: NearestLevels, findings: Sequence[str]) -> list[str]:
    """Names of the ladders to draw, the nearest first: LADDERS of them, and those of `findings`, however far.

    Raises:
        ValueError: there is no atlas.
    """
    if nearest.atlas is None:
        raise ValueError("nearest has no atlas, so there are no ladders to draw")
    names = nearest.atlas.distortions
    apart = {name: np.sort(nearest.distances[names == name])[:FEW].mean() for name in np.unique(names).tolist()}
    order = sorted(apart, key=lambda name: apart[name])
    return [name for place, name in enumerate(order) if place < LADDERS or name in findings]


def draw_nearest(ax: Axes, nearest: NearestLevels, ladders: Sequence[str]) -> Axes:
    """Each of `ladders` as a row of its levels by severity, in the colour of their distance; the nearest levels ringed.

    Raises:
        ValueError: there is no atlas.
    """
    atlas = nearest.atlas
    if atlas is None:
        raise ValueError("nearest has no atlas, so there is nothing to draw")
    row = {name: number for number, name in enumerate(ladders)}
    drawn = np.flatnonzero(np.isin(atlas.distortions, ladders))
    drawn = drawn[np.argsort(-nearest.distances[drawn])]  # the nearest on top
    heights = np.array([row[name] for name in atlas.distortions[drawn].tolist()])
    dots = ax.scatter(
        atlas.severities[drawn], heights, c=nearest.distances[drawn], cmap=CLOSENESS, s=42, linewidths=0, clip_on=False
    )
    ringed = [(one.severity, row[one.distortion]) for one in nearest.levels if one.distortion in row]
    ax.scatter(*zip(*ringed, strict=True), s=110, facecolors="none", edgecolors=ACCENT, linewidths=1.8, clip_on=False)
    ax.set_yticks(range(len(ladders)), [DISTORTIONS[name].title if name else UNDISTORTED for name in ladders])
    ax.set(xlim=(-0.03, 1.02), ylim=(len(ladders) - 0.5, -0.5), xlabel="severity of the level")
    ax.grid(axis="y", color=FAINT, alpha=0.4)
    ax.set_axisbelow(True)
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0)
    figure = ax.get_figure()
    assert isinstance(figure, Figure)
    bar = figure.colorbar(dots, ax=ax, location="bottom", fraction=0.05, pad=0.02, aspect=45)
    bar.set_label("distance of the level from this photo")
    bar.outline.set_visible(False)  # pyright: ignore[reportCallIssue]
    return ax


def nearest_sentence(nearest: NearestLevels) -> str:
    """The nearest levels by name: "Nearest: JPEG compression at 0.55, at 0.50; WebP compression at 0.45."."""
    if not nearest.levels:
        return nearest.reason
    by_name: dict[str, list[Level]] = {}
    for one in nearest.levels:
        by_name.setdefault(one.distortion, []).append(one)
    words = [
        ", ".join([str(first), *(f"at {one.severity:.2f}" for one in rest)])
        if first.distortion
        else UNDISTORTED + (f" ({1 + len(rest)} photos)" if rest else "")
        for first, *rest in by_name.values()
    ]
    return f"Nearest labelled levels: {'; '.join(words)}."


def outcomes(diagnosis: Diagnosis) -> list[tuple[bool, str]]:
    """Of each finding, whether the nearest levels agree with it, and the sentence that says so."""
    nearest = diagnosis.nearest
    if nearest is None or nearest.atlas is None:
        return []
    return [(not nearest.refutes(one.name), outcome(nearest, one.name, one.title)) for one in diagnosis.findings]


def outcome(nearest: NearestLevels, name: str, title: str) -> str:
    """What the nearest levels say of a finding of the distortion called `name`."""
    count, of, kind = len(nearest.agreeing(name)), len(nearest.levels), kind_of(name)
    said = f"{title}: {count or 'none'} of the {of} nearest levels {'are' if count > 1 else 'is'} of its kind ({kind})"
    return f"{said}: this speaks against it." if nearest.refutes(name) else f"{said}."


def rates_sentence(nearest: NearestLevels) -> str:
    """How often such outcomes are right, as it was measured on test photos; empty where it was not."""
    rates: Mapping[str, dict] = nearest.atlas.record.get("rates", {}) if nearest.atlas else {}
    true, false = (rates.get(name) for name in ("true findings agreed with", "false findings refuted"))
    if not true or not false:
        return ""
    return (
        f"On test photos, the nearest levels agree with {100 * true['share']:.0f} % of true findings (of {true['of']}), "
        f"and speak against {100 * false['share']:.0f} % of the model’s false ones (of {false['of']})."
    )
