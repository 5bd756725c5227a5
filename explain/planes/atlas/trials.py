"""How often the nearest levels agree with findings: true ones, the model's own false ones, and names drawn at random."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import track
from torch import Tensor

from ....models.distortion_model.files import load_model
from ....models.distortion_model.kinds import kind_of
from ....models.evaluation.conditions import MILD
from ....synth_distort import DISTORTIONS, distort_chain, severity_curve
from ....synth_distort.ladder import generator_of
from ....synth_distort.photo import as_saved
from ....synth_distort.post_processing import POST_PROCESSINGS, post_process
from ....synth_distort.pristine_photos import PristinePhoto, at_rated_size, evenly, list_pristine
from .embeddings import predict_with_embedding
from .level_atlas import atlas_file, atlas_of
from .make import POSTS

SINGLE, CHAINS = 12, 4  # images of each photo with one distortion, and with two


@dataclass(frozen=True)
class Outcome:
    """A finding, and whether the nearest levels refute it.

    Attributes:
        photo: number of the photo.
        put_on: how many distortions the image has.
        is_true: whether the image has a distortion of the finding's kind; None for a name that was drawn.
        refuted: whether the nearest levels disagree.
    """

    photo: int
    put_on: int
    is_true: bool | None
    refuted: bool


def atlas_rates(
    folder: Path, collections: tuple[str, ...], *, weights: Path | None = None, photos: int | None = None, seed: int = 0
) -> dict[str, dict[str, float]]:
    """Shares of findings that the nearest levels agree with or refute, each with how many there were.

    Args:
        folder: pristine photos.
        collections: of these, those to measure on.
        weights: of the model; None for the embedded one.
        photos: how many, evenly over them; None for all.
        seed: of all randomness.

    Raises:
        ValueError: there are no such photos.
        AtlasError: the model has no atlas.
    """
    model = load_model(weights)
    atlas = atlas_of(model, atlas_file(weights))
    found = [photo for photo in list_pristine(folder) if photo.collection in collections]
    if not found:
        raise ValueError(f"{folder}: holds no photos of {', '.join(collections)}")
    outcomes = []
    chosen = evenly(found, photos or len(found))
    for number, photo in enumerate(track(chosen, "Photos", console=Console(stderr=True))):
        generator = generator_of(seed, f"{photo.path.name}/drawn")
        for chain, image in trials(photo, seed=seed):
            prediction, embedding = predict_with_embedding(model, image)
            nearest, kinds = atlas.nearest(embedding), {kind_of(name) for name in chain}
            for finding in prediction.findings:
                is_true = finding.kind in kinds
                outcomes.append(Outcome(number, len(chain), is_true, nearest.refutes(finding.name)))
            absent = [name for name in DISTORTIONS if kind_of(name) not in kinds]
            drawn = str(generator.choice(absent))
            outcomes.append(Outcome(number, len(chain), None, nearest.refutes(drawn)))
    return summary(outcomes)


def trials(photo: PristinePhoto, *, seed: int) -> Iterator[tuple[dict[str, float], Tensor]]:
    """What is put on `photo`, and the image: nothing, one distortion, two; saved in one of POSTS afterwards."""
    image, generator = at_rated_size(photo), generator_of(seed, f"{photo.path.name}/trials of the atlas")
    names = list(DISTORTIONS)
    chains: list[tuple[str, ...]] = [()] * len(POSTS)
    chains += [(str(name),) for name in generator.choice(names, SINGLE, replace=False)]
    chains += [tuple(map(str, generator.choice(names, 2, replace=False))) for _ in range(CHAINS)]
    for number, chain in enumerate(chains):
        severities = {name: float(generator.uniform(MILD, severity_curve(name).ceiling)) for name in chain}
        distorted = as_saved(distort_chain(image, severities, seed=int(generator.integers(2**32))))
        yield severities, as_saved(post_process(distorted, POST_PROCESSINGS[POSTS[number % len(POSTS)]]))


def summary(outcomes: list[Outcome]) -> dict[str, dict[str, float]]:
    """The rates of which there were any findings."""
    of = {
        "true findings agreed with": [not one.refuted for one in outcomes if one.is_true],
        "true findings agreed with, one distortion": [not o.refuted for o in outcomes if o.is_true and o.put_on == 1],
        "true findings agreed with, two distortions": [not o.refuted for o in outcomes if o.is_true and o.put_on > 1],
        "false findings refuted": [one.refuted for one in outcomes if one.is_true is False],
        "false findings on undistorted photos refuted": [
            one.refuted for one in outcomes if one.is_true is False and not one.put_on
        ],
        "names drawn at random refuted": [one.refuted for one in outcomes if one.is_true is None],
    }
    return {name: {"share": round(float(np.mean(held)), 4), "of": len(held)} for name, held in of.items() if len(held)}
