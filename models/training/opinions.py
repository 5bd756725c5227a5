"""What people said of photos: the opinion trunk is fitted to it, and predicts photos that it was not fitted to."""

from __future__ import annotations

import copy
import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from scipy.sparse.csgraph import connected_components
from sklearn.model_selection import GroupKFold
from torch import Tensor

from ...synth_distort.pristine_photos import PristinePhoto
from ..data_sets.rated_photos import RatedPhoto, list_rated
from ..distortion_model.viewed_network import LABELS, ViewedNetwork
from ..lightning_trainer import DEVICE
from .shards import read_shards
from .viewed_fit import (
    BATCH,
    BESIDE,
    EPOCHS_OF_OPINIONS,
    OpinionFit,
    OpinionSamples,
    as_floats,
    fit_viewed,
    standardize,
)
from .viewed_samples import PRISTINE_COPIES, write_copies, write_pristine, write_rated

FOLDS = 5
SHARE_WITH_COPIES = 0.3  # of the fit beside damaged copies in the average
FEWEST_RATED = 45  # nine for each fold, the fewest whose errors have a 90 % quantile
NEAR_DUPLICATE = 0.7  # cosine of what two photos show, from which on they are in the same fold
LABELS_FILE = "labels.csv"
USUAL_SPREAD = 15.0  # points; standard deviation of single people's scores, where a table has none


@dataclass(frozen=True)
class People:
    """Photos that people rated.

    Attributes:
        folder: where they are.
        photos: all of them.
        labels: (N, LABELS) what people named as wrong with each, NaN where nobody was asked.
    """

    folder: Path
    photos: list[RatedPhoto]
    labels: Tensor


def people_of(folder: Path) -> People:
    """Those whose scores are in `folder`, as `list_rated` reads them, with labels where it has a table of them.

    Raises:
        ValueError: they are too few, or a table cannot be read.
    """
    photos = list_rated(folder)
    if len(photos) < FEWEST_RATED:
        raise ValueError(f"{folder}: has {len(photos)} rated photos; training needs {FEWEST_RATED} at least")
    labels = torch.full((len(photos), len(LABELS)), torch.nan)
    table = folder / LABELS_FILE
    if table.is_file():
        with table.open(newline="") as stream:
            named = {row["file"]: row["distortion"] for row in csv.DictReader(stream)}
        for number, photo in enumerate(photos):
            word = named.get(photo.path.name)
            if word in LABELS:
                labels[number] = torch.tensor([float(label == word) for label in LABELS])
    return People(folder, photos, labels)


def opinion_samples(
    people: People, good: Sequence[PristinePhoto], folder: Path, *, copies: int, seed: int, workers: int
) -> OpinionSamples:
    """What the opinion trunk is fitted to, kept in `folder`: photos that people rated, and `good` ones."""
    photos = people.photos
    write_rated(photos, folder / "rated", workers=workers)
    write_copies(photos, folder / "copies", copies=copies, seed=seed, workers=workers)
    write_pristine(good, folder / "pristine", seed=seed + 2, workers=workers)
    damaged = read_shards(folder / "copies", samples=copies * len(photos))
    pristine = read_shards(folder / "pristine", samples=PRISTINE_COPIES * len(good))
    return OpinionSamples(
        photos=read_shards(folder / "rated", samples=len(photos))["photos"],
        scores=torch.tensor([photo.score for photo in photos]),
        spreads=torch.tensor([photo.spread if photo.spread is not None else USUAL_SPREAD for photo in photos]),
        labels=people.labels,
        copies=damaged["photos"],
        severities=damaged["severities"],
        pristine=pristine["photos"],
        pristine_severities=pristine["severities"],
    )


def fit_opinions(
    start: ViewedNetwork, samples: OpinionSamples, photos: Tensor, folder: Path, *, made_of: str, seed: int
) -> ViewedNetwork:
    """A copy of `start` whose opinion trunk is fitted to the photos with the numbers `photos`.

    It is fitted twice, without damaged copies and beside them, and the weights are averaged (Wortsman et al., "Model soups",
    ICML 2022): the first predicts photos as people take them better, the second the order of damage.

    Args:
        start: a network whose severity trunk is fitted; the opinion trunk begins with the same stages.
        samples: of all photos.
        photos: (n,) their numbers.
        folder: for checkpoints.
        made_of: all that the fit depends on but its photos' numbers; another makes other checkpoints.
        seed: of everything random.
    """
    torch.manual_seed(seed)
    unfitted = copy.deepcopy(start)
    unfitted.opinion.late.load_state_dict(start.severity.late.state_dict())
    unfitted.opinion.head.apply(_reset)
    standardize(unfitted.to(DEVICE), unfitted.opinion, samples.photos[photos])
    fitted = []
    for copies, pristine in BESIDE:
        torch.manual_seed(seed)
        network = copy.deepcopy(unfitted)
        fit = OpinionFit(network, samples, photos, copies=copies, pristine=pristine, seed=seed)
        fit_viewed(fit, folder, epochs=EPOCHS_OF_OPINIONS, made_of=f"{made_of} {copies} {pristine}")
        fitted.append(network.eval())
    without, network = fitted
    with torch.no_grad():
        for values, others in zip(network.opinion.parameters(), without.opinion.parameters(), strict=True):
            values.lerp_(others, 1 - SHARE_WITH_COPIES)
        network.word_scores.lerp_(without.word_scores, 1 - SHARE_WITH_COPIES)
    return network


def left_out(
    start: ViewedNetwork, samples: OpinionSamples, groups: np.ndarray, folder: Path, *, made_of: str, seed: int
) -> dict[str, Tensor]:
    """What trunks that were fitted to the other folds make of each photo: acr, mos and labels; and the fold of each.

    Args:
        start: see `fit_opinions`.
        samples: of all photos.
        groups: (N,) the number of each photo's group, which is in one fold.
        folder: for checkpoints.
        made_of: see `fit_opinions`.
        seed: of everything random.
    """
    folds = np.zeros(len(groups), dtype=np.int64)
    made: dict[str, Tensor] = {}
    splits = GroupKFold(FOLDS, shuffle=True, random_state=seed).split(folds, groups=groups)
    for fold, (kept, others) in enumerate(splits):
        folds[others] = fold
        network = fit_opinions(start, samples, torch.from_numpy(kept), folder, made_of=made_of, seed=seed)
        for name, values in opinions(network, samples.photos[others]).items():
            made.setdefault(name, torch.zeros(len(folds), *values.shape[1:]))[others] = values
    return {**made, "folds": torch.from_numpy(folds)}


def rescaled_by_others(predicted: Tensor, scores: Tensor, folds: Tensor) -> Tensor:
    """Predicted MOS (N,) of photos that were not fitted to, on the scale that fits the other folds best."""
    fitted = predicted.clone()
    for fold in folds.unique():
        inside = folds == fold
        slope, shift = rescaled(predicted[~inside], scores[~inside])
        fitted[inside] = slope * predicted[inside] + shift
    return fitted


def rescaled(predicted: Tensor, scores: Tensor) -> tuple[float, float]:
    """Slope and shift of predicted MOS (N,), of photos that were not fitted to, under which they are nearest to `scores`."""
    slope, shift = np.polyfit(predicted.numpy(), scores.numpy(), 1)
    return float(slope), float(shift)


@torch.inference_mode()
def opinions(network: ViewedNetwork, photos: Tensor) -> dict[str, Tensor]:
    """What `network` makes of photos (N, 3, h, w) of bytes: acr, mos and labels, as a `ViewedOutput` has them."""
    network.to(DEVICE)
    rows = [network(as_floats(some.to(DEVICE))) for some in photos.split(BATCH)]
    network.cpu()
    return {name: torch.cat([getattr(row, name) for row in rows]).cpu() for name in ("acr", "mos", "labels")}


@torch.inference_mode()
def near_duplicates(network: ViewedNetwork, photos: Tensor) -> np.ndarray:
    """(N,) the number of each photo's group: photos (N, 3, h, w) of bytes that show the same, by the last maps for ImageNet."""
    network.to(DEVICE)
    shown = []
    for some in photos.split(BATCH):
        maps, _ = network.early_stages(as_floats(some.to(DEVICE)))
        shown.append(network.opinion.late(maps)[0].mean((2, 3)).sqrt().cpu())
    rows = torch.cat(shown)
    rows = torch.nn.functional.normalize(rows - rows.mean(0), dim=1)
    return connected_components((rows @ rows.T).numpy() > NEAR_DUPLICATE, directed=False)[1]


def _reset(layer: torch.nn.Module) -> None:
    """Small random weights in a linear layer."""
    if isinstance(layer, torch.nn.Linear):
        torch.nn.init.normal_(layer.weight, std=0.1 * layer.in_features**-0.5)
        torch.nn.init.zeros_(layer.bias)
