"""A small picture of every image that a page of feature planes draws, kept for the next run."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Sequence
from pathlib import Path

from ...explain.planes.feature_planes import FeaturePlanes
from ...explain.planes.study import Settings
from ...explain.probes.ladder_features import Chain, Source, cache_key
from ...synth_distort import distort_chain
from ...synth_distort.files import write_json
from ...synth_distort.photo import as_saved, to_pil
from ...synth_distort.post_processing import POST_PROCESSINGS, Resize, post_process
from .plots import drawn_photos, point_key

SIDE = 72  # px; the longer side
QUALITY = 55  # of WebP


def thumbnails(
    study: FeaturePlanes, sources: Sequence[Source], settings: Settings, *, cache: Path | None = None
) -> dict[str, str]:
    """WebP files in base64, each by its point's key.

    Args:
        study: what is drawn.
        sources: the photos, by their numbers.
        settings: what the ladders were made of.
        cache: a folder where those of each photo are kept: to make them takes as long as to make the ladders.
    """
    features, pictures = study.features, {}
    for number in drawn_photos(study).tolist():
        source = sources[number]
        chains = tuple(features.chains[row] for row in (features.photo == number).nonzero()[0])
        key = cache_key(chains, settings.posts[0], settings.seed, SIDE, QUALITY)
        kept = cache and cache / "thumbnails" / f"{source.digest[:20]}-{key}.json"
        if kept and kept.exists():
            made = json.loads(kept.read_text())
        else:
            made = _made(source, chains, settings)
            if kept:
                write_json(kept, made)
        for chain, picture in zip(chains, made, strict=True):
            name, severity = chain[0] if chain else ("", 0.0)
            pictures[point_key(number, name, severity)] = picture
    return pictures


def _made(source: Source, chains: Sequence[Chain], settings: Settings) -> list[str]:
    image, made = source.image(), []
    for chain in chains:
        distorted = as_saved(distort_chain(image, dict(chain), seed=settings.seed))
        shown = post_process(distorted, POST_PROCESSINGS[settings.posts[0]])
        stream = io.BytesIO()
        to_pil(Resize(SIDE / max(shown.shape[1:]))(shown)).save(stream, "WEBP", quality=QUALITY)
        made.append(base64.b64encode(stream.getvalue()).decode())
    return made
