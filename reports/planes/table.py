"""What was found of feature planes as Markdown, for documentation and for comparing backbones."""

from __future__ import annotations

from collections.abc import Sequence

from ...explain.planes.feature_planes import FeaturePlanes
from .sentences import (
    angle_sentence,
    atlas_sentence,
    further,
    map_sentences,
    severity_sentence,
    shape_sentence,
    verdict,
)


def planes_markdown(studies: Sequence[FeaturePlanes]) -> str:
    """A table with a row for each layer, and the sentences of each backbone's page."""
    first = studies[0]
    lines = [
        f"{len(first.names)} distortions of {len(first.fitted)} photos, {len(first.features)} images; every figure is of "
        "photos that the fit did not have, with 95 % intervals by bootstrap over photos. The best layers are in bold.",
        "",
        "| backbone | layer | numbers | type named rightly | severity, median Spearman |",
        "| --- | --- | --- | --- | --- |",
        *(row for study in studies for row in _rows(study)),
    ]
    for study in studies:
        sentences = [
            verdict(study),
            atlas_sentence(study),
            severity_sentence(study),
            shape_sentence(study),
            angle_sentence(study),
            map_sentences(study)["umap"],
            *further(study),
        ]
        lines += ["", f"## {study.backbone}", "", *(f"- {sentence}" for sentence in sentences)]
    return "\n".join(lines) + "\n"


def _rows(study: FeaturePlanes) -> list[str]:
    rows = []
    for probe in study.probes:
        accuracy, length = probe.accuracy, study.features.layers[probe.layer].shape[1]
        cells = [
            study.backbone,
            probe.layer,
            str(length),
            f"{accuracy['value']:.1%} ({accuracy['low']:.1%} to {accuracy['high']:.1%})",
            f"{study.severity_layers[probe.layer]:.2f}",
        ]
        bold = "**" if probe.layer == study.layer else ""
        rows.append("| " + " | ".join(f"{bold}{cell}{bold}" for cell in cells) + " |")
    return rows
