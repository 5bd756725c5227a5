"""Every figure: each function draws results onto the axes that it is given, and returns them. Nothing is computed here.

Colour maps are perceptually uniform, so that they survive grey print and colour-vision deficiency; scales are fixed and drawn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from ..explain.location import SeverityMap
from ..explain.own_ladder import ScoredLadder
from ..synth_distort import DISTORTIONS
from ..synth_distort.photo import to_uint8

if TYPE_CHECKING:
    from ..models.quality_cnns.region_study import RegionStudy

INK, ACCENT, FAINT = "#1f2933", "#8c2d5a", "#9aa5b1"
SEVERITY_MAP = "inferno"
CHANNELS = ("#b3382c", "#2f7d4f", "#3b5b92")
_GRADES = {
    0: "0\nimperceptible",
    0.25: "0.25",
    0.5: "severity 0.5\nslightly annoying",
    0.75: "0.75",
    1: "1\nvery annoying",
}
STYLE: dict[Any, Any] = {
    "font.family": "sans-serif",
    "font.size": 11,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": FAINT,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": INK,
    "ytick.color": INK,
    "figure.dpi": 144,
}


def draw_severity_map(ax: Axes, photo: Tensor, severity: SeverityMap) -> Axes:
    """`severity` over the photo it belongs to, (3, h, w) at any size, in grey beneath; scale 0 to 1, drawn."""
    rows, columns = severity.values.shape
    whole = (0, severity.width, severity.height, 0)
    pale = 120  # grey levels lighter than it is, so that the colours above it can be told apart in its shadows
    ax.imshow(to_uint8(photo).mean(2), cmap="gray", vmin=-pale, vmax=255, extent=whole)
    layer = ax.imshow(
        severity.values,
        cmap=SEVERITY_MAP,
        vmin=0,
        vmax=1,
        alpha=0.62,
        interpolation="bilinear",
        extent=(0, columns * severity.cell, rows * severity.cell, 0),
    )
    ax.set(xlim=whole[:2], ylim=whole[2:])
    ax.set_axis_off()
    figure = ax.get_figure()
    assert isinstance(figure, Figure)
    bar = figure.colorbar(layer, ax=ax, ticks=list(_GRADES), location="bottom", fraction=0.05, pad=0.03, aspect=45)
    first, *_, last = bar.ax.set_xticklabels(_GRADES.values())
    first.set_horizontalalignment("left")
    last.set_horizontalalignment("right")
    bar.ax.set_facecolor("0.6")  # the colours of the scale as they look on the photo, over a middle grey
    return ax


def draw_scores(ax: Axes, ladder: ScoredLadder) -> Axes:
    """The score for damage at each level of `ladder`, on the whole scale of the score."""
    ax.plot(ladder.severities, ladder.scores, color=ACCENT, marker="o", clip_on=False)
    rises = ladder.scores[1] > ladder.scores[0]  # then the line runs through what stands above its beginning
    ax.annotate(
        f"{ladder.excerpt.words} as it is",
        (ladder.severities[0], ladder.scores[0]),
        xytext=(6, -16 if rises else 8),
        textcoords="offset points",
        color=INK,
    )
    ax.set(xlim=(0, 1), ylim=(0, 100), xlabel="severity added", ylabel="score for damage")
    ax.grid(axis="y", color=FAINT, alpha=0.3)
    return ax


def draw_histogram(ax: Axes, shares: np.ndarray) -> Axes:
    """The share of pixels at each of 256 levels in red, green and blue, (3, 256); what is clipped is written at the ends."""
    largest = float(np.quantile(shares[:, 1:-1], 0.995)) * 1.25 + 1e-6  # a single full level does not flatten the rest
    for counts, colour, line in zip(shares, CHANNELS, ("-", "--", ":"), strict=True):
        ax.plot(counts, color=colour, linestyle=line, linewidth=1.4)
    black, white = 100 * shares[:, 0].max(), 100 * shares[:, -1].max()
    for share, at, side in ((black, 0.0, "left"), (white, 1.0, "right")):
        ax.text(at, 1.02, f"{share:.1f} % clipped", transform=ax.transAxes, ha=side, va="bottom", color=INK)
    ax.set(
        xlim=(0, 255),
        ylim=(0, largest),
        yticks=[],
        xticks=[0, 64, 128, 192, 255],
        xlabel="level of red, green (dashed), blue (dotted)",
    )
    ax.spines["left"].set_visible(False)
    return ax


def draw_levels(axes: Sequence[Axes], images: Sequence[Tensor], captions: Sequence[str]) -> Sequence[Axes]:
    """`images` (3, H, W), one to each of `axes`, with a caption beneath each."""
    for ax, image, caption in zip(axes, images, captions, strict=True):
        ax.imshow(to_uint8(image), interpolation="none")
        ax.set(xticks=[], yticks=[], xlabel=caption)
        ax.spines[:].set_visible(False)
    return axes


def contact_sheet(images: Sequence[Tensor], captions: Sequence[str], *, title: str) -> Figure:
    """The levels of a ladder side by side, scaled down to fit."""
    height, width = images[0].shape[1:]
    columns = min(len(images), 5)
    rows = -(-len(images) // columns)
    figure = Figure(figsize=(2.6 * columns, 0.45 + (2.6 * height / width + 0.45) * rows), layout="constrained")
    axes = list(np.ravel(figure.subplots(rows, columns, squeeze=False)))
    draw_levels(axes[: len(images)], images, captions)
    for ax in axes[len(images) :]:
        ax.set_axis_off()
    figure.suptitle(title, x=0.01, ha="left", weight="bold")
    return figure


def pixel_strip(images: Sequence[Tensor], captions: Sequence[str]) -> Figure:
    """`images` (3, H, W) of one size side by side, each pixel one pixel of the figure, with a caption beneath each."""
    height, width = images[0].shape[1:]
    gap, room, dpi = 6, 30, 100  # px between images, px beneath them, px per inch
    total, tall = len(images) * (width + gap) - gap, height + room
    figure = Figure(figsize=(total / dpi, tall / dpi), dpi=dpi)
    axes = [
        figure.add_axes((number * (width + gap) / total, room / tall, width / total, height / tall))
        for number in range(len(images))
    ]
    draw_levels(axes, images, captions)
    return figure


def draw_confusion(ax: Axes, table: Mapping[str, Mapping[str, int]]) -> Axes:
    """How often each distortion (rows) was given each name (columns), as a share of its row; right names on the diagonal."""
    names = list(table)
    counts = np.array([[table[true][named] for named in names] for true in names], dtype=float)
    shares = counts / counts.sum(axis=1, keepdims=True).clip(min=1)
    layer = ax.imshow(shares, cmap="Greys", vmin=0, vmax=1)
    ax.set_xticks(range(len(names)), names, rotation=90, fontsize=8)
    ax.set_yticks(range(len(names)), names, fontsize=8)
    ax.set(xlabel="named", ylabel="put on the photo")
    families = [DISTORTIONS[name].family for name in names]
    for border in (place for place in range(1, len(names)) if families[place] != families[place - 1]):
        ax.axhline(border - 0.5, color=ACCENT, linewidth=0.5)
        ax.axvline(border - 0.5, color=ACCENT, linewidth=0.5)
    ax.spines[:].set_visible(False)
    figure = ax.get_figure()
    assert isinstance(figure, Figure)
    figure.colorbar(layer, ax=ax, label="share of the row", fraction=0.03, pad=0.01)
    return ax


def draw_region_curves(ax: Axes, study: RegionStudy) -> Axes:
    """Agreement with people against the number of crops, a line for each pooling; the whole photo as a level line.

    Points are medians over the splits, bars their quartiles.
    """
    strokes = {"mean": "-", "max": "--", "min": ":"}
    for name, values in study.curves.items():
        of, by = name.split(" pooling, ")
        low, middle, high = np.quantile(values, [0.25, 0.5, 0.75], axis=1)
        color = ACCENT if of == "prediction" else INK
        errors = np.stack([middle - low, high - middle]) if by == "mean" else None
        ax.errorbar(
            study.counts, middle, errors, color=color, linestyle=strokes[by], marker="o", ms=4, capsize=2, label=name
        )
    whole = float(np.median(study.whole))
    ax.axhline(whole, color=FAINT, zorder=0)
    ax.text(min(study.counts), whole, "whole photo", ha="left", va="bottom")
    ax.set(xlabel="random crops of a photo", ylabel="SROCC with people's scores", xticks=study.counts)
    ax.legend(frameon=False, fontsize=9, ncols=2, loc="upper center", bbox_to_anchor=(0.5, -0.14))
    return ax
