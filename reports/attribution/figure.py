"""The figure of an attribution: the photo, and beside it the signed map with its scale."""

from __future__ import annotations

from pathlib import Path

import matplotlib
import numpy as np
import torch.nn.functional as F
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.figure import Figure

from ...explain.attribution.attribution import Attribution
from ...explain.counterfactuals.counterfactual import LEAST_GAIN
from ...models.distortion_model.statistics import CELL
from ...synth_distort import Photo
from ...synth_distort.files import write_file, write_json
from ...synth_distort.photo import to_uint8
from ...synth_distort.severity import PERCEPTIBLE
from ..encoding import figure_bytes
from ..figures import INK, STYLE

WORSE_HIGH, WORSE_LOW = "PuOr_r", "PuOr"  # orange is damage, whichever way the target counts it
LEAST_TOLD = {"points": LEAST_GAIN, "severity": PERCEPTIBLE}
_LARGEST = 900  # px of the longer side of what is drawn


def draw_attribution(ax: Axes, attribution: Attribution, photo: Photo) -> Axes:
    """The map of `attribution` over `photo` in grey; the scale is centred on zero, ends at its largest value, and is drawn."""
    height, width = attribution.height, attribution.width
    image = photo.image[:, :height, :width]
    factor = min(1.0, _LARGEST / max(height, width))
    small = F.interpolate(image[None], scale_factor=factor, mode="area")[0] if factor < 1 else image
    whole = (0, width, height, 0)
    pale = 120  # grey levels lighter than the photo is, so that colours above its shadows can be told apart
    ax.imshow(to_uint8(small).mean(2), cmap="gray", vmin=-pale, vmax=255, extent=whole)
    values = attribution.map_of(*small.shape[1:])
    limit = float(np.abs(attribution.values).max()) or 1.0
    cmap = WORSE_HIGH if attribution.target.sign > 0 else WORSE_LOW
    opacity = 0.15 + 0.75 * strength(attribution) * np.clip(np.abs(values) / limit, 0, 1)
    layer = ax.imshow(values, cmap=cmap, vmin=-limit, vmax=limit, alpha=opacity, extent=whole)
    ax.set_axis_off()
    figure = ax.get_figure()
    assert figure is not None
    below = ax.inset_axes((0, -0.05, 1, 0.025))  # so that the map is as large as the photo beside it
    bar = figure.colorbar(ScalarMappable(layer.norm, layer.cmap), cax=below, orientation="horizontal")
    side = height / attribution.values.shape[0]
    bar.set_label(f"{attribution.unit} in each square of {side:.0f} px; orange: damage, purple: the contrary")
    return ax


def draw_families(ax: Axes, attribution: Attribution) -> Axes:
    """What each family of statistics is worth, as bars about zero, in the target's unit."""
    names = sorted(attribution.families, key=lambda name: abs(attribution.families[name]))[-8:]
    values = [attribution.families[name] for name in names]
    colors = ["#b35806" if value * attribution.target.sign > 0 else "#542788" for value in values]
    ax.barh(names, values, color=colors)
    ax.axvline(0, color=INK, linewidth=0.8)
    ax.set_xlabel(f"{attribution.target.unit}, of {attribution.difference or 0:+.3g} in all")
    return ax


def attribution_figure(attribution: Attribution, photo: Photo) -> Figure:
    """The photo, the map, and, where they are known, families of statistics, with what the map is in words."""
    attribution = attribution.in_squares(CELL)
    with matplotlib.rc_context(STYLE):
        has_families = bool(attribution.families)
        aspect = attribution.height / attribution.width
        size = (12.5, 1.5 + 6 * aspect + (2.6 if has_families else 0))
        figure = Figure(figsize=size, layout="constrained")
        rows = (
            figure.subfigures(2, 1, squeeze=False, height_ratios=(size[1] - 2.6, 2.6))[:, 0]
            if has_families
            else [figure]
        )
        left, right = rows[0].subplots(1, 2)
        left.imshow(to_uint8(photo.image[:, : attribution.height, : attribution.width]))
        left.set_axis_off()
        left.set_anchor("N")
        right.set_anchor("N")
        draw_attribution(right, attribution, photo)
        if has_families:
            draw_families(rows[1].subplots(), attribution)
        rows[0].suptitle(_title(attribution), x=0.01, ha="left", fontsize=11)
    return figure


def write_attribution(attribution: Attribution, photo: Photo, path: Path) -> Path:
    """Write the figure to the PNG file `path`, and the numbers beside it as JSON; returns `path`."""
    with matplotlib.rc_context(STYLE):
        write_file(path, figure_bytes(attribution_figure(attribution, photo), "png", dpi=110))
    write_json(path.with_suffix(".json"), attribution.to_dict())
    return path


def strength(attribution: Attribution) -> float:
    """What there is to attribute, over the least that is told elsewhere, at most 1; 1 where nothing is known of either."""
    least = LEAST_TOLD.get(attribution.target.unit)
    if attribution.difference is None or least is None:
        return 1.0
    return min(1.0, float(np.abs(attribution.values).sum()) / least)


def _title(attribution: Attribution) -> str:
    unit = attribution.target.unit
    title = f"{attribution.target.name}: {attribution.prediction:.3g} {unit}"
    if attribution.difference is not None:
        title += f", {attribution.difference:+.3g} against {attribution.baseline}"
    if strength(attribution) < 1:
        title += ": next to nothing to attribute"
    title += f"  ({attribution.method.replace('_', ' ')}"
    if attribution.completeness_error is not None:
        title += f", completeness error {100 * attribution.completeness_error:.2g} %"
    return title + ")"
