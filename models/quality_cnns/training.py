"""Training a quality CNN on rated photos, as `blemish train RECIPE --data NAME=PATH` does; resumable at every step."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import safetensors.torch
import torch
from torch import Tensor

from ...synth_distort.files import write_file
from ...synth_distort.provenance import provenance
from ..data_sets import RatedDataSet
from ..data_sets.rated_photos import RatedPhoto
from ..data_sets.splits import folds, official_split, random_splits
from ..metrics.agreement import agreement
from ..metrics.conformal import CONFIDENCE, conformal_quantile
from .backbones.registry import Backbone, BackboneNetwork, build_backbone, random_network
from .backbones.weights import read_backbone_weights
from .features import PhotoFeatures, content_digest, extract
from .heads import LayeredHead
from .model import FineTuning, Judge, QualityCnn, System, fit_judge, side_by_side
from .regions import WholePhoto
from .targets import Rated, ScoreDistribution

FOLDS = 5
FEWEST = 25  # photos, so that five are left out


@dataclass(frozen=True)
class Workshop:
    """Where a system is made, and with what.

    Attributes:
        folder: for features, checkpoints and results.
        weights: of backbones, as `BackboneNetwork` takes them.
        workers: processes that extract features.
        seed: of everything random.
    """

    folder: Path
    weights: Path | str | None
    workers: int
    seed: int


@dataclass(frozen=True)
class Fitted:
    """A system whose backbone and head are fitted.

    Attributes:
        judge: the head.
        features: of all photos, by the (fine-tuned) backbones.
        weights: of the backbones, as `BackboneNetwork` takes them.
    """

    judge: Judge
    features: list[PhotoFeatures]
    weights: Path | str | None


def fit_system(system: System, photos: Sequence[RatedPhoto], chosen: np.ndarray, workshop: Workshop) -> Fitted:
    """Fit `system` to those of `photos` with the numbers `chosen`; the others are only described.

    Raises:
        PhotoError: a photo cannot be read or is smaller than a region.
        WeightsError: weights of a backbone are missing.
        ValueError: the system learns the spread of people's scores, and the data set has none.
    """
    rated = rated_of(photos)
    if isinstance(system.answer, ScoreDistribution) and any(photos[number].spread is None for number in chosen):
        raise ValueError(f"{system.name} learns how people's scores spread; the data set has means alone")
    weights, tuned_head = workshop.weights, None
    if system.fine_tuning is not None:
        weights, tuned_head = _tuned(system, system.fine_tuning, photos, chosen, workshop)
    features = features_of(system, photos, weights, workshop)
    if tuned_head is not None and _serves(system):
        return Fitted(Judge(system.aggregation, system.answer, tuned_head), features, weights)
    judge = fit_judge(
        system, [features[number] for number in chosen], rated[torch.from_numpy(chosen)], seed=workshop.seed
    )
    return Fitted(judge, features, weights)


def _serves(system: System) -> bool:
    """Whether the layers that were tuned with the backbone, which answered for one region each, are the head asked for."""
    alone = isinstance(system.regions, WholePhoto) and system.aggregation.by == "mean"
    by_region = system.aggregation.of == "predictions" and not system.aggregation.learned
    return system.fine_tuning is not None and system.fine_tuning.answer == system.answer and (alone or by_region)


def features_of(
    system: System, photos: Sequence[RatedPhoto], weights: Path | str | None, workshop: Workshop
) -> list[PhotoFeatures]:
    """Features of all `photos` by the backbones of `system`, from the cache where they are there."""
    paths = [photo.path for photo in photos]
    cache = workshop.folder / "features"
    return side_by_side(
        [
            extract(paths, backbone, system.regions, weights=weights, folder=cache, workers=workshop.workers)
            for backbone in system.backbones
        ]
    )


def train_system(system: System, data: RatedDataSet, workshop: Workshop) -> QualityCnn:
    """Train `system` on `data`, and measure it on photos that were left out.

    Where the data set has an official split, the system is fitted to its training part and measured on its test part. Elsewhere
    a head on features off the shelf is measured by five folds and then fitted to all photos, and a fine-tuned system is fitted
    to a random 80 % and measured on the rest.

    Raises:
        ValueError: there are fewer than FEWEST photos; or see `fit_system`.
    """
    photos = data.photos
    if len(photos) < FEWEST:
        raise ValueError(f"{data.name} has {len(photos)} rated photos; training needs {FEWEST} at least")
    divisions, chosen = _divisions(system, photos, seed=workshop.seed)
    fitted = fit_system(system, photos, chosen, workshop)
    left_out, predicted = [], []
    for kept, others in divisions:
        judge = fitted.judge if len(divisions) == 1 else fit_system(system, photos, kept, workshop).judge
        left_out.extend(others.tolist())
        predicted.append(judge.scores([fitted.features[number] for number in others]))
    truth = rated_of(photos).score[left_out]
    errors = (torch.cat(predicted) - truth).numpy()
    record = {
        "command": f"blemish train {system.name} --data {data.name}={data.folder.name} --seed {workshop.seed}",
        "data": {"name": data.name, "photos": len(photos), "scores": digest_of_photos(photos)},
        "left_out": agreement(torch.cat(predicted).numpy(), truth.numpy()).to_dict(),
        "measured_by": "one split" if len(divisions) == 1 else f"{FOLDS} folds",
        **provenance("torch", "torchvision", "scikit-learn"),
    }
    return QualityCnn(
        name=system.name,
        system=system,
        networks=tuple(build_backbone(backbone, fitted.weights) for backbone in system.backbones),
        judge=replace(fitted.judge, spread=float(np.std(errors))),
        error=conformal_quantile(np.abs(errors), CONFIDENCE),
        record=record,
    )


def _divisions(
    system: System, photos: Sequence[RatedPhoto], *, seed: int
) -> tuple[list[tuple[np.ndarray, np.ndarray]], np.ndarray]:
    """What to measure on, and the photos that the trained system is fitted to."""
    official = official_split(photos)
    if official is None and system.fine_tuning is None:
        return folds(photos, count=FOLDS, seed=seed), np.arange(len(photos))
    division = official or random_splits(photos, count=1, seed=seed)[0]
    return [division], division[0]


def rated_of(photos: Sequence[RatedPhoto]) -> Rated:
    """What people gave, as tensors; a spread that is not known counts as 0."""
    return Rated(
        torch.tensor([photo.score for photo in photos], dtype=torch.float32),
        torch.tensor([photo.spread or 0.0 for photo in photos], dtype=torch.float32),
    )


def digest_of_photos(photos: Sequence[RatedPhoto]) -> str:
    """SHA-256 of the photos' contents and scores, by which a model knows those that it learned from."""
    rows = [f"{content_digest(photo.path)} {photo.score:.4f} {photo.spread}" for photo in photos]
    return hashlib.sha256("/".join(rows).encode()).hexdigest()


def _tuned(
    system: System, plan: FineTuning, photos: Sequence[RatedPhoto], chosen: np.ndarray, workshop: Workshop
) -> tuple[Path, LayeredHead]:
    """The folder with the fine-tuned weights of the one backbone, and the layers trained with it."""
    try:
        from .fine_tuning import NEW_LAYERS, fine_tune
    except ModuleNotFoundError as error:
        raise ValueError(f"fine-tuning needs {error.name}: pip install 'blemish[train]'") from error

    (backbone,) = system.backbones
    some = [photos[number] for number in chosen]
    untuned = BackboneNetwork(backbone, workshop.weights)
    made_of = f"{backbone} {plan} {untuned.digest} {digest_of_photos(some)} {workshop.seed} {NEW_LAYERS}"
    folder = workshop.folder / "tuned" / f"{backbone.name}-{hashlib.sha256(made_of.encode()).hexdigest()[:12]}"
    weights, layers = folder / f"{backbone.name}.safetensors", folder / "head.safetensors"
    if not layers.exists():
        paths = [photo.path for photo in some]
        head = fine_tune(untuned, plan, paths, rated_of(some), folder=folder, seed=workshop.seed)
        write_file(weights, safetensors.torch.save(_whole_state(backbone, untuned, workshop.weights)))
        write_file(layers, safetensors.torch.save(head.state_dict()))
        (folder / "last.ckpt").unlink(missing_ok=True)
    state = safetensors.torch.load_file(layers)
    head = LayeredHead(
        len(state["standardization.mean"]), plan.answer.outputs, hidden=plan.hidden, dropout=plan.dropout
    )
    head.load_state_dict(state)
    return folder, head.eval()


def _whole_state(backbone: Backbone, tuned: BackboneNetwork, weights: Path | str | None) -> dict[str, Tensor]:
    """The state of the whole network, so that it reads like any other file of its weights; the classifier is as it was."""
    network = random_network(backbone.name)
    state = network.state_dict() if weights is None else read_backbone_weights(backbone.name, weights, network)
    return {name: tensor.contiguous() for name, tensor in {**state, **tuned.network.state_dict()}.items()}
