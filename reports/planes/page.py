"""The page of feature planes: one file that turns, hovers and speaks for itself, for one backbone or several."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import matplotlib
from matplotlib.figure import Figure
from plotly.offline import get_plotlyjs

from ...explain.planes.feature_planes import FeaturePlanes
from ...explain.planes.study import Settings
from ...explain.probes.activations import FilterMaps, strongest_filters
from ...explain.probes.ladder_features import Source
from ...models.quality_cnns.backbones.layer_features import LayerNetwork
from ...synth_distort import distort_chain
from ...synth_distort.photo import as_saved
from ..encoding import data_address, figure_bytes
from ..figures import STYLE
from ..templates import page_template
from .plots import MAPS, angle_plot, atlas_plot, drawn_photos, map_plot, severity_plot, shape_plot
from .sentences import (
    angle_sentence,
    atlas_sentence,
    further,
    map_sentences,
    severity_sentence,
    shape_sentence,
    verdict,
)
from .stills import draw_filters
from .thumbnails import thumbnails


def planes_page(
    studies: Sequence[FeaturePlanes], sources: Sequence[Source], settings: Settings, *, cache: Path | None = None
) -> str:
    """The page as HTML.

    Args:
        studies: of each backbone, of the same photos.
        sources: the photos, by their numbers.
        settings: what the ladders were made of.
        cache: a folder where pictures are kept for the next run.
    """
    parts = [_part(study, sources, settings) for study in studies]
    plots = {part["name"]: part.pop("plots") for part in parts}
    # What stands in a script must not end it.
    pictures = thumbnails(studies[0], sources, settings, cache=cache)
    data = json.dumps({"plots": plots, "thumbnails": pictures}).replace("</", "<\\/")
    layers = [
        (
            study.backbone,
            layer,
            study.features.layers[layer].shape[1],
            accuracy.accuracy,
            study.severity_layers[layer],
            layer == study.layer,
        )
        for study in studies
        for layer, accuracy in ((one.layer, one) for one in study.probes)
    ]
    return page_template("planes/page.html.j2").render(
        parts=parts,
        layers=layers,
        maps=MAPS,
        photos=len(sources),
        drawn=len(drawn_photos(studies[0])),
        distortions=studies[0].names,
        settings=settings,
        data=data,
        plotly=get_plotlyjs(),
    )


def _part(study: FeaturePlanes, sources: Sequence[Source], settings: Settings) -> dict:
    """What the page shows of one backbone."""
    plots = {f"map-{method}": map_plot(study, method) for method in MAPS}
    plots |= {
        "angles": angle_plot(study),
        "atlas": atlas_plot(study),
        "severity": severity_plot(study),
        "shapes": shape_plot(study),
    }
    return {
        "name": study.backbone,
        "layer": study.layer,
        "verdict": verdict(study),
        "map_sentences": map_sentences(study),
        "angles": angle_sentence(study),
        "atlas": atlas_sentence(study),
        "severity": severity_sentence(study),
        "shapes": shape_sentence(study),
        "further": further(study),
        "filters": _filters(study, sources, settings),
        "plots": plots,
    }


def _filters(study: FeaturePlanes, sources: Sequence[Source], settings: Settings) -> dict | None:
    """The activation maps of one photo under the distortion that is named most surely; None for networks without maps."""
    if not isinstance(study.network, LayerNetwork):
        return None
    name = max((one for one in study.atlas if one.layer == study.layer), key=lambda one: one.fisher).distortion
    photo = sources[int(drawn_photos(study)[0])].image()
    distorted = as_saved(distort_chain(photo, {name: _worst(study, name)}, seed=settings.seed))
    try:
        maps = strongest_filters(study.network, study.layer, photo, distorted)
    except ValueError:  # a layer of tokens or vectors has no maps to draw
        return None
    return {"distortion": name, "picture": _picture(maps), "filters": [one.filter for one in maps]}


def _worst(study: FeaturePlanes, name: str) -> float:
    return float(study.features.severity[study.features.distortion == name].max())


def _picture(maps: Sequence[FilterMaps]) -> str:
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(8, 1.9 * len(maps)), layout="constrained")
        draw_filters(figure, maps)
        return data_address(figure_bytes(figure, "webp", dpi=110), "webp")
