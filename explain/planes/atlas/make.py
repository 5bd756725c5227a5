"""Making an atlas: ladders of training photos, as the model embeds them, in a space in which their distortions lie apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import track
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from torch import Tensor

from ....models.distortion_model.files import load_model
from ....models.distortion_model.model import DistortionModel
from ....synth_distort import distort, severity_curve
from ....synth_distort.ladder import generator_of
from ....synth_distort.photo import as_saved
from ....synth_distort.post_processing import POST_PROCESSINGS, post_process
from ....synth_distort.pristine_photos import (
    CALIBRATION_COLLECTIONS,
    TEST_COLLECTIONS,
    PristinePhoto,
    at_rated_size,
    evenly,
    list_pristine,
)
from ....synth_distort.provenance import software
from .embeddings import EMBEDDINGS, embedding_of
from .level_atlas import LevelAtlas

PHOTOS = 24  # as the atlas that ships was made of
LEVELS = 4  # of each ladder
MILDEST = 0.2  # severity; a little below what is perceptible
POSTS = ("png", "jpeg92", "resize88_jpeg90")  # what happens to levels afterwards, each drawn
KEPT = 160  # principal components from which discriminants are found


def make_atlas(folder: Path, *, weights: Path | None = None, photos: int = PHOTOS, seed: int = 0) -> LevelAtlas:
    """The atlas of a model.

    Args:
        folder: pristine photos; collections that are kept for tests and calibration are left out.
        weights: of the model; None for the embedded one.
        photos: how many to make ladders of, evenly over the folder's.
        seed: of all randomness.

    Raises:
        ValueError: there are fewer than two photos.
        WeightsError: the model cannot be read.
    """
    model = load_model(weights)
    kept = (*TEST_COLLECTIONS, *CALIBRATION_COLLECTIONS)
    chosen = evenly([photo for photo in list_pristine(folder) if photo.collection not in kept], photos)
    if len(chosen) < 2:
        raise ValueError(f"{folder}: holds {len(chosen)} photos to make an atlas of; it takes 2 at least")
    names, severities, embeddings = [], [], []
    for photo in track(chosen, "Ladders", console=Console(stderr=True)):
        for name, severity, image in levels(photo, model.distortions, seed=seed):
            names.append(name)
            severities.append(severity)
            embeddings.append(embedding_of(model, image))
    distortions = np.array(names)
    record = {
        **software("torch", "scikit-learn"),
        "photos": Counter(photo.collection for photo in chosen),
        "levels": LEVELS,
        "mildest": MILDEST,
        "post_processing": POSTS,
        "embeddings": EMBEDDINGS,
        "images": len(distortions),
        "seed": seed,
    }
    return fit_atlas(np.array(embeddings), distortions, np.array(severities), model=model, record=record)


def levels(photo: PristinePhoto, distortions: Sequence[str], *, seed: int) -> Iterator[tuple[str, float, Tensor]]:
    """Name, severity and image of every level: `photo` as it is, then LEVELS of each distortion at severities of its own.

    Severities are drawn, one from each of LEVELS equal parts of what a distortion can do, so that those of many photos
    cover it all.
    """
    image, generator = at_rated_size(photo), generator_of(seed, f"{photo.path.name}/atlas")
    for post in POSTS:
        yield "", 0.0, as_saved(post_process(image, POST_PROCESSINGS[post]))
    for name in distortions:
        step = (severity_curve(name).ceiling - MILDEST) / LEVELS
        for number in range(LEVELS):
            severity = MILDEST + step * (number + float(generator.uniform()))
            distorted = as_saved(distort(image, name, severity, seed=int(generator.integers(2**32))))
            yield name, severity, as_saved(post_process(distorted, POST_PROCESSINGS[str(generator.choice(POSTS))]))


def fit_atlas(
    embeddings: np.ndarray,
    distortions: np.ndarray,
    severities: np.ndarray,
    *,
    model: DistortionModel,
    record: dict,
) -> LevelAtlas:
    """The atlas of levels with `embeddings` (N, length): in the linear discriminants of the distortions."""
    mean, projection = discriminants(embeddings, distortions)
    rows = (embeddings - mean) @ projection
    return LevelAtlas(distortions, severities, mean, projection, rows, model.sha256, record)


def discriminants(rows: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean (length,) and projection (length, K - 1) of rows (N, length) to the discriminants of their K labels.

    There, rows of one label have unit variance in each direction: what photos show counts little, what was done to them much
    (Fisher, 1936; Rao, 1948).
    """
    mean, scale = rows.mean(0), rows.std(0)
    scale = scale + 0.05 * np.median(scale) + 1e-9
    standard = (rows - mean) / scale
    basis = np.asarray(PCA(min(KEPT, *standard.shape), random_state=0).fit(standard).components_).T
    fitted = LinearDiscriminantAnalysis(solver="eigen", shrinkage="auto").fit(standard @ basis, labels)
    return mean, basis @ fitted.scalings_[:, : len(set(labels.tolist())) - 1] / scale[:, None]
