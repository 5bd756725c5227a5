"""Stills of feature planes, for papers: each function draws onto the figure or axes that it is given."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from ...explain.planes.feature_planes import FeaturePlanes
from ...explain.probes.activations import FilterMaps
from ..figures import ACCENT, FAINT, INK
from .plots import FEW, drawn_photos, looks

HALO = [withStroke(linewidth=2.5, foreground="white")]  # so that names are legible over lines


def draw_ladders(ax, study: FeaturePlanes, method: str):
    """The ladders of the drawn photos on a map, on axes of three dimensions; the planes of few distortions as pale sheets."""
    places, features = study.coordinates(method), study.features
    names, photos = features.distortion, drawn_photos(study)
    for name, (color, _) in looks(study.names).items():
        every = []
        for photo in photos:
            rows = np.flatnonzero((features.photo == photo) & ((names == name) | ((names == "") & (method != "umap"))))
            path = places[rows[np.argsort(features.severity[rows])]]
            ax.plot(*path.T, color=color, linewidth=0.6, alpha=0.5)
            ax.scatter(*path.T, color=color, s=3 + 14 * np.sort(features.severity[rows]), alpha=0.7, linewidths=0)
            every.append(path)
        ends = np.array([path[-1] for path in every])
        ax.text(
            *ends.mean(0), name, color=color, weight="bold", fontsize=11 if len(study.names) <= 12 else 7, zorder=100
        )
        if method == "pca" and len(study.names) <= FEW:
            _draw_sheet(ax, np.concatenate(every), color)
    for axis in (ax.xaxis, ax.yaxis, ax.zaxis):
        axis.set_ticklabels([])
        axis.set_pane_color((0.98, 0.98, 0.99))
        axis._axinfo["grid"].update(color="#e3e8ed", linewidth=0.5)
    ax.set_box_aspect(None, zoom=1.15)
    if method == "umap":
        ax.set_title(
            f"stability {study.stability.index:.2f} (chance {study.stability.chance:.2f})", fontsize=9, color=INK
        )
    return ax


def draw_angles(ax: Axes, study: FeaturePlanes) -> Axes:
    """The largest principal angles, like planes side by side; × where two are not told apart."""
    order = study.angles.clustered
    names = [study.names[place] for place in order]
    layer = ax.imshow(study.angles.matrix[np.ix_(order, order)], cmap="cividis", vmin=0, vmax=90)
    place = {name: number for number, name in enumerate(names)}
    for pair in study.not_told_apart:
        for a, b in ((pair.first, pair.second), (pair.second, pair.first)):
            ax.text(place[a], place[b], "×", ha="center", va="center", color="white", fontsize=8)
    _names(ax, names, names)
    _bar(ax, layer, "largest principal angle, degrees", [0, 30, 60, 90])
    return ax


def draw_atlas(ax: Axes, study: FeaturePlanes) -> Axes:
    """Share of images named rightly, distortion by layer."""
    layers = list(study.features.layers)
    value = {(one.distortion, one.layer): one.accuracy for one in study.atlas}
    order = sorted(study.names, key=lambda name: value[name, study.layer])
    shares = np.array([[value[name, layer] for layer in layers] for name in order])
    layer = ax.imshow(shares, cmap="cividis", vmin=0, vmax=1, aspect="auto")
    for row, column in np.ndindex(*shares.shape):
        shade = "white" if shares[row, column] < 0.6 else "black"
        ax.text(column, row, f"{100 * shares[row, column]:.0f}", ha="center", va="center", fontsize=7, color=shade)
    _names(ax, layers, order)
    _bar(ax, layer, "named rightly", [0, 0.5, 1])
    return ax


def draw_severity(ax: Axes, study: FeaturePlanes) -> Axes:
    """Spearman's correlation of severity, with its interval, and of the position along the axis."""
    rows = sorted(study.severity, key=lambda one: one.rank_correlation)
    measured = [one.spearman for one in rows]
    value = np.array([one["value"] for one in measured])
    errors = np.array([[one["value"] - one["low"], one["high"] - one["value"]] for one in measured]).T.clip(min=0)
    places = np.arange(len(rows))
    ax.errorbar(
        value, places, xerr=errors, fmt="o", color=ACCENT, ecolor=INK, ms=4, linewidth=1, label="ridge regression"
    )
    ax.plot(
        [one.spearman_along_axis["value"] for one in rows],
        places,
        "D",
        color=FAINT,
        ms=4,
        label="position along its axis",
    )
    ax.set_yticks(places, [one.distortion for one in rows], fontsize=8)
    ax.set(xlim=(0, 1.02), xlabel="Spearman correlation with severity")
    ax.legend(frameon=False, fontsize=8, loc="lower left")
    return ax


def draw_filters(figure: Figure, maps: Sequence[FilterMaps]) -> Figure:
    """A row for each filter: what it puts out for the photo, for its distorted version, and the difference, centred on
    zero.
    """
    axes = figure.subplots(len(maps), 3, squeeze=False)
    for row, one in zip(axes, maps, strict=True):
        low, high = min(one.undistorted.min(), one.distorted.min()), max(one.undistorted.max(), one.distorted.max())
        row[0].imshow(one.undistorted, cmap="inferno", vmin=low, vmax=high)
        layer = row[1].imshow(one.distorted, cmap="inferno", vmin=low, vmax=high)
        figure.colorbar(layer, ax=row[1], fraction=0.03).ax.tick_params(labelsize=7)
        difference = one.distorted - one.undistorted
        largest = max(float(np.abs(difference).max()), 1e-9)
        layer = row[2].imshow(difference, cmap="RdBu_r", vmin=-largest, vmax=largest)
        figure.colorbar(layer, ax=row[2], fraction=0.03).ax.tick_params(labelsize=7)
        row[0].set_ylabel(f"filter {one.filter}", fontsize=9)
        for ax in row:
            ax.set(xticks=[], yticks=[])
    for ax, title in zip(axes[0], ("undistorted", "distorted", "difference"), strict=True):
        ax.set_title(title, fontsize=10)
    return figure


def _draw_sheet(ax, points: np.ndarray, color: str) -> None:
    """The plane of `points` (N, 3) through the first of them, which is undistorted."""
    vectors = np.linalg.svd(points - points[0], full_matrices=False)[2][:2]
    low, high = np.quantile((points - points[0]) @ vectors.T, [0.02, 0.98], axis=0)
    first, second = np.meshgrid([low[0], high[0]], [low[1], high[1]])
    sheet = first[..., None] * vectors[0] + second[..., None] * vectors[1] + points[0]
    ax.plot_surface(*np.moveaxis(sheet, -1, 0), color=color, alpha=0.13, shade=False, linewidth=0)


def _names(ax: Axes, columns: Sequence[str], rows: Sequence[str]) -> None:
    ax.set_xticks(range(len(columns)), columns, rotation=90, fontsize=8)
    ax.set_yticks(range(len(rows)), rows, fontsize=8)
    ax.spines[:].set_visible(False)


def _bar(ax: Axes, layer, label: str, ticks: Sequence[float]) -> None:
    figure = ax.get_figure()
    assert isinstance(figure, Figure)
    figure.colorbar(layer, ax=ax, label=label, ticks=list(ticks), fraction=0.03, pad=0.02)
