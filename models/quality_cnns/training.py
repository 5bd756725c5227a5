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
from .design import Design, FineTuning
from .features import PhotoFeatures, content_digest, extract
from .heads import LayeredHead
from .model import FittedHead, QualityCnn, fit_head, side_by_side
from .regions import WholeImage
from .targets import Rated, ScoreDistribution

FOLDS = 5
FEWEST = 25  # photos, so that five are left out


@dataclass(frozen=True)
class Workshop:
    """Where a quality CNN is made, and with what.

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
    """A design whose backbone and head are fitted.

    Attributes:
        fitted_head: the head.
        features: of all photos, by the (fine-tuned) backbones.
        weights: of the backbones, as `BackboneNetwork` takes them.
    """

    fitted_head: FittedHead
    features: list[PhotoFeatures]
    weights: Path | str | None


def fit_design(design: Design, photos: Sequence[RatedPhoto], chosen: np.ndarray, workshop: Workshop) -> Fitted:
    """Fit `design` to those of `photos` with the numbers `chosen`; of the others only features are extracted.

    Raises:
        PhotoError: a photo cannot be read or is smaller than a region.
        WeightsError: weights of a backbone are missing.
        ValueError: the target is the distribution of people's scores, and the data set has none.
    """
    rated = rated_of(photos)
    if isinstance(design.target, ScoreDistribution) and any(photos[number].spread is None for number in chosen):
        raise ValueError(f"{design.name} is trained on the spread of people's scores; the data set has means alone")
    weights, tuned_head = workshop.weights, None
    if design.fine_tuning is not None:
        weights, tuned_head = _tuned(design, design.fine_tuning, photos, chosen, workshop)
    features = features_of(design, photos, weights, workshop)
    if tuned_head is not None and _serves(design):
        return Fitted(FittedHead(design.aggregation, design.target, tuned_head), features, weights)
    fitted_head = fit_head(
        design, [features[number] for number in chosen], rated[torch.from_numpy(chosen)], seed=workshop.seed
    )
    return Fitted(fitted_head, features, weights)


def _serves(design: Design) -> bool:
    """Whether the layers that were tuned with the backbone, one region at a time, are the head of the design."""
    alone = isinstance(design.regions, WholeImage) and design.aggregation.by == "mean"
    by_region = design.aggregation.of == "predictions" and not design.aggregation.learned
    return design.fine_tuning is not None and design.fine_tuning.target == design.target and (alone or by_region)


def features_of(
    design: Design, photos: Sequence[RatedPhoto], weights: Path | str | None, workshop: Workshop
) -> list[PhotoFeatures]:
    """Features of all `photos` by the backbones of `design`, read from the cache where it holds them."""
    paths = [photo.path for photo in photos]
    cache = workshop.folder / "features"
    return side_by_side(
        [
            extract(paths, backbone, design.regions, weights=weights, folder=cache, workers=workshop.workers)
            for backbone in design.backbones
        ]
    )


def train_design(design: Design, data: RatedDataSet, workshop: Workshop) -> QualityCnn:
    """Train `design` on `data`, and measure it on photos that were left out.

    Where the data set has an official split, the fit is to its training part and the figures are of its test part. Elsewhere a
    head on features off the shelf is measured by five folds and then fitted to all photos, and a fine-tuned design is fitted to
    a random 80 % and measured on the rest.

    Raises:
        ValueError: there are fewer than FEWEST photos; or see `fit_design`.
    """
    photos = data.photos
    if len(photos) < FEWEST:
        raise ValueError(f"{data.name} has {len(photos)} rated photos; training needs {FEWEST} at least")
    divisions, chosen = _divisions(design, photos, seed=workshop.seed)
    fitted = fit_design(design, photos, chosen, workshop)
    left_out, predicted = [], []
    for kept, others in divisions:
        fitted_head = (
            fitted.fitted_head if len(divisions) == 1 else fit_design(design, photos, kept, workshop).fitted_head
        )
        left_out.extend(others.tolist())
        predicted.append(fitted_head.scores([fitted.features[number] for number in others]))
    truth = rated_of(photos).score[left_out]
    errors = (torch.cat(predicted) - truth).numpy()
    record = {
        "command": f"blemish train {design.name} --data {data.name}={data.folder.name} --seed {workshop.seed}",
        "data": {"name": data.name, "photos": len(photos), "scores": digest_of_photos(photos)},
        "left_out": agreement(torch.cat(predicted).numpy(), truth.numpy()).to_dict(),
        "measured_by": "one split" if len(divisions) == 1 else f"{FOLDS} folds",
        **provenance("torch", "torchvision", "scikit-learn"),
    }
    return QualityCnn(
        name=design.name,
        design=design,
        networks=tuple(build_backbone(backbone, fitted.weights) for backbone in design.backbones),
        fitted_head=replace(fitted.fitted_head, spread=float(np.std(errors))),
        error=conformal_quantile(np.abs(errors), CONFIDENCE),
        record=record,
    )


def _divisions(
    design: Design, photos: Sequence[RatedPhoto], *, seed: int
) -> tuple[list[tuple[np.ndarray, np.ndarray]], np.ndarray]:
    """The divisions to measure on, and the photos of the final fit."""
    official = official_split(photos)
    if official is None and design.fine_tuning is None:
        return folds(photos, count=FOLDS, seed=seed), np.arange(len(photos))
    division = official or random_splits(photos, count=1, seed=seed)[0]
    return [division], division[0]


def rated_of(photos: Sequence[RatedPhoto]) -> Rated:
    """The ratings of N photos as tensors (N,); a missing spread counts as 0."""
    return Rated(
        torch.tensor([photo.score for photo in photos], dtype=torch.float32),
        torch.tensor([photo.spread or 0.0 for photo in photos], dtype=torch.float32),
    )


def digest_of_photos(photos: Sequence[RatedPhoto]) -> str:
    """SHA-256 of the photos' contents and scores, kept with a model as the record of its training photos."""
    rows = [f"{content_digest(photo.path)} {photo.score:.4f} {photo.spread}" for photo in photos]
    return hashlib.sha256("/".join(rows).encode()).hexdigest()


def _tuned(
    design: Design, plan: FineTuning, photos: Sequence[RatedPhoto], chosen: np.ndarray, workshop: Workshop
) -> tuple[Path, LayeredHead]:
    """The folder with the fine-tuned weights of the one backbone, and the layers trained with it."""
    try:
        from .fine_tuning import NEW_LAYERS, fine_tune
    except ModuleNotFoundError as error:
        raise ValueError(f"fine-tuning needs {error.name}: pip install 'blemish[train]'") from error

    (backbone,) = design.backbones
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
        len(state["standardization.mean"]), plan.target.outputs, hidden=plan.hidden, dropout=plan.dropout
    )
    head.load_state_dict(state)
    return folder, head.eval()


def _whole_state(backbone: Backbone, tuned: BackboneNetwork, weights: Path | str | None) -> dict[str, Tensor]:
    """The state of the whole network, which loads like any other file of its weights; the classifier keeps its weights."""
    network = random_network(backbone.name)
    state = network.state_dict() if weights is None else read_backbone_weights(backbone.name, weights, network)
    return {name: tensor.contiguous() for name, tensor in {**state, **tuned.network.state_dict()}.items()}
