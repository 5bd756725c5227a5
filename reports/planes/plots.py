"""The figures of the page of feature planes that a person turns and hovers over, as Plotly's JSON."""

from __future__ import annotations

import json

import numpy as np
import plotly.graph_objects as go

from ...explain.planes.feature_planes import FeaturePlanes
from ...synth_distort import DISTORTIONS, FAMILIES
from ..figures import FAINT, INK

# Okabe and Ito's colours, which people with colour-vision deficiency tell apart, and darker ones where they do not suffice.
COLORS = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#E69F00",
    "#56B4E9",
    "#8c2d5a",
    "#6b6b6b",
    "#7a6a00",
    "#1b3a4b",
    "#a3231f",
    "#3f7d20",
)
SYMBOLS = ("circle", "square", "diamond", "cross", "x", "circle-open", "square-open", "diamond-open")
FEW = 6  # distortions whose planes are drawn as sheets
MOST_POINTS = 1300  # on a map; whole photos are left out beyond that
CAMERA = {"eye": {"x": 1.1, "y": 1.1, "z": 0.75}}
MAPS = {"pca": "What changes (PCA)", "lda": "What is there (LDA)", "umap": "Neighbourhoods (UMAP)"}


def looks(names: tuple[str, ...]) -> dict[str, tuple[str, str]]:
    """A colour and a symbol for each distortion: those of many share the colour of their family and differ by symbol."""
    if len(names) <= len(COLORS):
        return {name: (COLORS[place], SYMBOLS[place % 4]) for place, name in enumerate(names)}
    taken: dict[str, int] = dict.fromkeys(FAMILIES, 0)
    chosen = {}
    for name in names:
        family = DISTORTIONS[name].family
        place = FAMILIES.index(family)
        color = place if taken[family] < len(SYMBOLS) else len(FAMILIES) + place % (len(COLORS) - len(FAMILIES))
        chosen[name] = (COLORS[color], SYMBOLS[taken[family] % len(SYMBOLS)])
        taken[family] += 1
    return chosen


def drawn_photos(study: FeaturePlanes) -> np.ndarray:
    """Numbers of the photos that are drawn: as many as leave a map readable, and none that LDA's map was fitted to."""
    photos = np.flatnonzero(~study.fitted)
    each = len(study.features) / len(study.fitted)
    return photos[: max(2, int(MOST_POINTS / each))]


def map_plot(study: FeaturePlanes, method: str) -> dict:
    """A map in three dimensions: a line for each ladder, larger markers for higher severity, names at the ladders' ends."""
    features, places = study.features, study.coordinates(method)
    names, photos = features.distortion, drawn_photos(study)
    traces: list[go.Scatter3d | go.Mesh3d] = []
    ends = {}
    for name, (color, symbol) in looks(study.names).items():
        rows = _with_gaps(features.photo, features.severity, names, name, photos, keep_origin=method != "umap")
        xyz = np.array([places[row] if row >= 0 else [np.nan] * 3 for row in rows])
        severity = np.array([features.severity[row] if row >= 0 else 0 for row in rows])
        ends[name] = (np.nanmean(xyz[severity == severity.max()], axis=0), color)
        traces.append(
            go.Scatter3d(
                x=_short(xyz[:, 0]),
                y=_short(xyz[:, 1]),
                z=_short(xyz[:, 2]),
                mode="lines+markers",
                name=name,
                marker={"size": np.round(2 + 5 * severity, 1), "color": color, "symbol": symbol, "line": {"width": 0}},
                line={"color": color, "width": 1.5},
                opacity=0.75,
                customdata=_keys(features, rows),
                hovertemplate="%{customdata}<extra></extra>",
            )
        )
        if method == "pca" and len(study.names) <= FEW:
            traces.append(_sheet(xyz[~np.isnan(xyz[:, 0])], name, color))
    x, y, z = np.array([place for place, _ in ends.values()]).T
    traces.append(
        go.Scatter3d(
            x=x,
            y=y,
            z=z,
            mode="text",
            text=list(ends),
            hoverinfo="skip",
            showlegend=False,
            textfont={"color": [color for _, color in ends.values()], "size": 13 if len(ends) <= 12 else 10},
        )
    )
    axis = {
        "showticklabels": False,
        "title": "",
        "backgroundcolor": "#fafbfc",
        "gridcolor": "#e3e8ed",
        "zeroline": False,
    }
    return _plot(
        traces,
        scene={"xaxis": axis, "yaxis": axis, "zaxis": axis, "aspectmode": "cube", "camera": CAMERA},
        height=560,
        legend=len(ends) <= 12,
    )


def angle_plot(study: FeaturePlanes) -> dict:
    """The largest principal angle between every two planes, like ones side by side; × where they are not told apart."""
    order = study.angles.clustered
    matrix, names = study.angles.matrix[np.ix_(order, order)], [study.names[place] for place in order]
    shared = {frozenset((pair.first, pair.second)) for pair in study.not_told_apart}
    marks = [["×" if frozenset((a, b)) in shared and a != b else "" for b in names] for a in names]
    heat = go.Heatmap(
        z=matrix,
        x=names,
        y=names,
        zmin=0,
        zmax=90,
        colorscale="Cividis",
        text=marks,
        texttemplate="%{text}",
        colorbar={"title": "degrees", "thickness": 12, "tickvals": [0, 30, 60, 90]},
        hovertemplate="%{y} and %{x}: %{z:.0f}°<extra></extra>",
    )
    return _plot([heat], height=_tall(len(names)), yaxis={"autorange": "reversed"})


def atlas_plot(study: FeaturePlanes) -> dict:
    """Share of the images of each distortion (rows) that are named rightly from each layer (columns)."""
    layers = list(study.features.layers)
    value = {(one.distortion, one.layer): one for one in study.atlas}
    order = sorted(study.names, key=lambda name: value[name, study.layer].accuracy)
    cells = [[value[name, layer] for layer in layers] for name in order]
    words = [[f"silhouette {one.silhouette:.2f}, Fisher ratio {one.fisher:.1f}" for one in row] for row in cells]
    heat = go.Heatmap(
        z=[[one.accuracy for one in row] for row in cells],
        x=layers,
        y=order,
        zmin=0,
        zmax=1,
        colorscale="Cividis",
        customdata=words,
        colorbar={"title": "right", "thickness": 12, "tickformat": ".0%"},
        texttemplate="%{z:.0%}",
        textfont={"size": 10},
        hovertemplate="%{y} from %{x}: %{z:.0%} right; %{customdata}<extra></extra>",
    )
    return _plot([heat], height=_tall(len(order)), yaxis={"autorange": "reversed"})


def severity_plot(study: FeaturePlanes) -> dict:
    """Spearman's correlation of the severity read with the true one, with its interval, for each distortion."""
    rows = sorted(study.severity, key=lambda one: one.rank_correlation, reverse=True)
    measured = [one.spearman for one in rows]
    names = [one.distortion for one in rows]
    high = [one["high"] - one["value"] for one in measured]
    low = [one["value"] - one["low"] for one in measured]
    points = go.Scatter(
        x=[one["value"] for one in measured],
        y=names,
        mode="markers",
        marker={"color": COLORS[6], "size": 8},
        name="ridge regression",
        error_x={"type": "data", "array": high, "arrayminus": low, "color": INK, "thickness": 1.2},
    )
    along = [one.spearman_along_axis["value"] for one in rows]
    axis = go.Scatter(
        x=along,
        y=names,
        mode="markers",
        marker={"color": FAINT, "symbol": "diamond", "size": 7},
        name="position along its axis",
    )
    return _plot(
        [points, axis],
        height=_tall(len(names)) + 40,
        legend=True,
        xaxis={"range": [min(0.5, *along), 1.02], "title": "Spearman"},
        yaxis={"autorange": "reversed"},
    )


def shape_plot(study: FeaturePlanes) -> dict:
    """Share of each distortion's displacements that subspaces of 1, 2, … dimensions hold, on photos left out of their fit."""
    chosen = looks(study.names)
    traces = [
        go.Scatter(
            x=list(range(1, len(one.explained) + 1)),
            y=one.explained,
            mode="lines+markers",
            name=one.distortion,
            line={"color": chosen[one.distortion][0], "width": 1.5},
            marker={"size": 4},
            hovertemplate=one.distortion + ": %{x} dimensions hold %{y:.0%}<extra></extra>",
        )
        for one in study.shapes
    ]
    return _plot(
        traces,
        height=380,
        legend=len(traces) <= 12,
        xaxis={"title": "dimensions", "dtick": 1},
        yaxis={"range": [0, 1], "tickformat": ".0%", "title": "held"},
    )


def point_key(photo: int, distortion: str, severity: float) -> str:
    """By which a point's thumbnail is found, and what hovering over it says."""
    return f"photo {photo}, {distortion} {severity:g}" if distortion else f"photo {photo}, undistorted"


def _with_gaps(
    photo: np.ndarray, severity: np.ndarray, names: np.ndarray, name: str, photos: np.ndarray, *, keep_origin: bool
) -> list[int]:
    """Rows of the ladders of `name`, level by level, with -1 after each ladder so that its line ends."""
    rows: list[int] = []
    for number in photos:
        levels = np.flatnonzero((photo == number) & ((names == name) | ((names == "") & keep_origin)))
        rows += [*levels[np.argsort(severity[levels])].tolist(), -1]
    return rows


def _keys(features, rows: list[int]) -> list[str]:
    names = features.distortion
    return [point_key(features.photo[row], names[row], features.severity[row]) if row >= 0 else "" for row in rows]


def _sheet(points: np.ndarray, name: str, color: str) -> go.Mesh3d:
    """The plane of points (N, 3) through the undistorted photo, as a pale sheet that covers most of them."""
    origin = points[0]
    vectors = np.linalg.svd(points - origin, full_matrices=False)[2][:2]
    along = (points - origin) @ vectors.T
    low, high = np.quantile(along, [0.02, 0.98], axis=0)
    corners = np.array([[low[0], low[1]], [high[0], low[1]], [high[0], high[1]], [low[0], high[1]]]) @ vectors + origin
    x, y, z = corners.T
    return go.Mesh3d(
        x=x,
        y=y,
        z=z,
        i=[0, 0],
        j=[1, 2],
        k=[2, 3],
        color=color,
        opacity=0.16,
        hoverinfo="skip",
        name=name,
        showlegend=False,
    )


def _plot(traces: list, *, height: int, legend: bool = False, **axes: dict) -> dict:
    layout = {
        "height": height,
        "margin": {"l": 4, "r": 4, "t": 8, "b": 4},
        "showlegend": legend,
        "font": {"color": INK, "size": 12},
        "legend": {"orientation": "h", "y": 1.01, "yanchor": "bottom", "itemsizing": "constant"},
        "plot_bgcolor": "white",
        **axes,
    }
    figure = go.Figure(traces, layout)
    figure.update_layout(template="none")
    figure.update_xaxes(automargin=True)
    figure.update_yaxes(automargin=True)
    return json.loads(figure.to_json() or "{}")


def _short(values: np.ndarray) -> np.ndarray:
    """In half the bytes; a map's extent is a few units."""
    return values.astype(np.float32)


def _tall(rows: int) -> int:
    return 120 + (40 if rows <= 6 else 19) * rows
