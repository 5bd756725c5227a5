"""Where a photo falls among the labelled levels of the atlas: the map, and what the nearest levels say of each finding."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ...explain.diagnosis import Diagnosis
from ...explain.planes.atlas.level_atlas import Level, NearestLevels
from ...models.distortion_model.kinds import kind_of
from ..encoding import data_address, figure_bytes
from ..figures import ACCENT, FAINT, INK

WIDTH, HEIGHT = 5.4, 4.4  # inches; narrow, so that its words can be read on a phone
UNDISTORTED = "undistorted"


def nearest_picture(nearest: NearestLevels) -> str | None:
    """The map of the atlas with the photo on it, as an address; None where there is no atlas."""
    if nearest.atlas is None:
        return None
    figure = Figure(figsize=(WIDTH, HEIGHT), layout="constrained")
    draw_nearest(figure.add_subplot(), nearest)
    return data_address(figure_bytes(figure, "webp"), "webp")


def draw_nearest(ax: Axes, nearest: NearestLevels) -> Axes:
    """All levels, larger ones more severe; those of the distortions that are nearest in dark; the photo as a star.

    Raises:
        ValueError: there is no atlas to draw.
    """
    atlas = nearest.atlas
    if atlas is None:
        raise ValueError("nearest has no atlas; there is nothing to draw")
    near = {one.distortion for one in nearest.levels}
    sizes, dark = 2 + 16 * atlas.severities, np.isin(atlas.distortions, list(near))
    ax.scatter(*atlas.places[~dark].T, s=sizes[~dark], color=FAINT, alpha=0.35, linewidths=0)
    ax.scatter(*atlas.places[dark].T, s=sizes[dark], color=INK, alpha=0.6, linewidths=0)
    for kind, place in _centres(atlas.distortions, atlas.places).items():
        ax.annotate(kind, place, color=INK, fontsize=9, ha="center", va="center", bbox=_pale())
    ax.scatter(*nearest.place, s=260, marker="*", color=ACCENT, edgecolors="white", linewidths=1.2, zorder=5)
    ax.annotate("this photo", nearest.place, xytext=(9, 7), textcoords="offset points", color=ACCENT, bbox=_pale())
    ax.set(xticks=[], yticks=[])
    ax.spines[:].set_visible(False)
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
    if nearest.refutes(name):
        return f"{title}: {count or 'none'} of the {of} nearest levels is of its kind ({kind}): this speaks against it."
    return f"{title}: {count} of the {of} nearest levels {'is' if count == 1 else 'are'} of its kind ({kind})."


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


def _centres(distortions: np.ndarray, places: np.ndarray) -> dict[str, np.ndarray]:
    """Of each kind, and of undistorted photos, the level that lies in the middle of them, (2,)."""
    kinds = np.array([kind_of(name) if name else UNDISTORTED for name in distortions.tolist()])
    centres = {}
    for kind in dict.fromkeys(kinds.tolist()):
        some = places[kinds == kind]
        centres[kind] = some[np.linalg.norm(some - np.median(some, axis=0), axis=1).argmin()]
    return centres


def _pale() -> dict:
    return {"boxstyle": "round,pad=0.15", "facecolor": "white", "edgecolor": "none", "alpha": 0.75}
