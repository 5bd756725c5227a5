"""Stage 2 of training: the aware head is fitted to what people gave to photos, with what stage 1 learned left as it is.

Two losses make one scale of two kinds of photos: the rated ones have their mean opinion scores, and of any two photos that
clearly differ, rated or damaged by us, the better one has the higher score. What people would give to our damaged photos is not
known, but that more damage is worse is.
"""

from __future__ import annotations

import copy
import hashlib
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import lightning as L
import numpy as np
import safetensors.torch
import torch
import torch.nn.functional as F
from lightning.pytorch.utilities import CombinedLoader
from sklearn.model_selection import KFold
from torch import Tensor
from torch.utils.data import DataLoader, TensorDataset

from ..synth_distort import read_photo
from ..synth_distort.parallel import in_processes
from ..synth_distort.photo import write_whole
from .confidence import CONFIDENCE, conformal_quantile
from .correlation import plcc, srocc
from .fitting import quiet_trainer
from .quality_network import QualityNetwork
from .rated_photos import RatedPhoto
from .statistics import PooledStatistics
from .tiles import listed_windows

FOLDS = 5
EPOCHS, BATCH = 40, 64
LEARNING_RATE, WEIGHT_DECAY = 1e-3, 0.3
UNDAMAGED = 0.8  # nominal score of an undistorted photo, over 100; a damaged one keeps the share that its damage leaves
CLEARLY_DIFFERENT = 0.25  # in nominal score, from which on a pair is ranked
ENOUGH = 0.5  # of that difference
RANKING_WEIGHT = 2.0


@dataclass(frozen=True)
class Agreement:
    """How far predictions agree with people, by five-fold cross-validation on the rated photos.

    Attributes:
        srocc: Spearman's rank correlation, median over the folds.
        plcc: Pearson's correlation, likewise.
        errors: absolute error of each photo's prediction when it was left out, 0 to 100.
        coverage: share of the photos that lie in the interval which the errors of the other folds give.
    """

    srocc: float
    plcc: float
    errors: tuple[float, ...]
    coverage: float

    def to_dict(self) -> dict:
        """What goes into the model's record."""
        return {
            "photos": len(self.errors),
            "folds": FOLDS,
            "srocc": round(self.srocc, 4),
            "plcc": round(self.plcc, 4),
            "interval_coverage": round(self.coverage, 4),
        }


def describe_rated(photos: Sequence[RatedPhoto], folder: Path, *, workers: int) -> list[Tensor]:
    """The described windows (windows, length) of each photo, kept in `folder` for the next time."""
    folder.mkdir(parents=True, exist_ok=True)
    length = PooledStatistics().length
    files = [folder / f"{_digest(photo.path)}-{length}.safetensors" for photo in photos]
    missing = [(photo.path, file) for photo, file in zip(photos, files, strict=True) if not file.exists()]
    for _ in in_processes(_describe, missing, workers=workers, description="Statistics of rated photos"):
        pass
    return [safetensors.torch.load_file(file)["windows"] for file in files]


def fit_human_scores(
    network: QualityNetwork,
    windows: Sequence[Tensor],
    scores: Sequence[float],
    damaged: dict[str, Tensor],
    *,
    folder: Path,
    seed: int,
) -> Agreement:
    """Fit the aware head of `network` in place, and say how well such a head does on photos that it was not fitted to.

    Args:
        network: fitted to distortions already; only its aware head changes.
        windows: (windows, length) described windows of each rated photo.
        scores: mean opinion score of each, 0 to 100.
        damaged: samples as `read_shards` gives them, to rank.
        folder: that Lightning may work in.
        seed: of the folds, the initial weights and the order of the photos.
    """
    network.eval()
    rated = torch.cat([_summaries(network, one[None]) for one in windows])
    truth = torch.tensor(scores) / 100
    everywhere = (damaged["coverage"] > 0.99).all(1)
    chunks = [_summaries(network, chunk) for chunk in damaged["windows"][everywhere].split(512)]
    nominal = UNDAMAGED * (1 - damaged["severities"][everywhere]).prod(1)
    ladder = TensorDataset(torch.cat(chunks), nominal)

    predicted = torch.zeros(len(truth))
    folds = list(KFold(FOLDS, shuffle=True, random_state=seed).split(truth))
    for kept, left_out in folds:
        head = _fitted_head(network, TensorDataset(rated[kept], truth[kept]), ladder, folder=folder, seed=seed)
        with torch.inference_mode():
            predicted[left_out] = head(rated[left_out])[:, 0].sigmoid()
    network.aware.load_state_dict(
        _fitted_head(network, TensorDataset(rated, truth), ladder, folder=folder, seed=seed).state_dict()
    )
    errors = (100 * (predicted - truth).abs()).numpy()
    covered = [errors[fold] <= conformal_quantile(errors[others], CONFIDENCE) for others, fold in folds]
    return Agreement(
        srocc=float(np.median([srocc(predicted[fold], truth[fold]) for _, fold in folds])),
        plcc=float(np.median([plcc(predicted[fold], truth[fold]) for _, fold in folds])),
        errors=tuple(errors.tolist()),
        coverage=float(np.concatenate(covered).mean()),
    )


class RatingFit(L.LightningModule):
    """One fit of an aware head to batches of (rated summaries and scores, damaged summaries and nominal scores)."""

    def __init__(self, head: torch.nn.Sequential) -> None:
        super().__init__()
        self.head = head

    def training_step(self, batch: tuple[list[Tensor], list[Tensor]]) -> Tensor:
        """The error on the rated photos, and on the order of all pairs."""
        (rated, scores), (damaged, nominal) = batch
        predicted = self.head(torch.cat([rated, damaged]))[:, 0].sigmoid()
        error = (predicted[: len(rated)] - scores).abs().mean()
        return 5 * error + RANKING_WEIGHT * ranking_loss(predicted, torch.cat([scores, nominal]))

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """AdamW, with much decay: the summaries are longer than the rated photos are many."""
        return torch.optim.AdamW(self.parameters(), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY)


def ranking_loss(predicted: Tensor, scores: Tensor) -> Tensor:
    """How far the better of each pair of N photos that clearly differ lacks being so much better as it must be, at least.

    It costs nothing to be right by half the difference of the scores (0 to 1): asked for more, predictions run to the ends of
    the scale, where nobody's photo is.
    """
    better = scores[:, None] - scores
    counted = better > CLEARLY_DIFFERENT
    losses = F.relu(ENOUGH * better - (predicted[:, None] - predicted))
    return (losses * counted).sum() / counted.sum().clamp(min=1)


def _fitted_head(
    network: QualityNetwork, rated: TensorDataset, damaged: TensorDataset, *, folder: Path, seed: int
) -> torch.nn.Sequential:
    torch.manual_seed(seed)
    head = copy.deepcopy(network.aware)
    for layer in head:
        if isinstance(layer, torch.nn.Linear):
            layer.reset_parameters()
    loaders = [
        DataLoader(part, batch_size=BATCH, shuffle=True, drop_last=len(part) > BATCH) for part in (rated, damaged)
    ]
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module="lightning")
        trainer = quiet_trainer(folder, epochs=EPOCHS, callbacks=[])
        trainer.fit(RatingFit(head.train()), CombinedLoader(loaders, "min_size"))
    return head.eval()


@torch.no_grad()
def _summaries(network: QualityNetwork, windows: Tensor) -> Tensor:
    return network.summarize(windows.float())


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:24]


def _describe(job: tuple[Path, Path]) -> None:
    path, file = job
    windows = listed_windows(read_photo(path).image)
    write_whole(file, safetensors.torch.save({"windows": windows.half().contiguous()}))
