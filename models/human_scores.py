"""Stage 2 of training: the aware head is fitted to what people gave to photos, with what stage 1 learned left as it is.

Two losses make one scale of two kinds of photos: the rated ones have their mean opinion scores, and of any two photos that
clearly differ, rated or damaged by us, the better one has the higher score. What people would give to our damaged photos is not
known, but that more damage is worse is.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import lightning as L
import numpy as np
import torch
import torch.nn.functional as F
from lightning.pytorch.utilities import CombinedLoader
from lightning.pytorch.utilities.types import OptimizerLRScheduler
from sklearn.model_selection import KFold
from torch import Tensor
from torch.utils.data import DataLoader, TensorDataset

from .confidence import CONFIDENCE, conformal_quantile
from .correlation import plcc, srocc
from .fitting import one_cycle, quiet_trainer, without_advice
from .quality_network import QualityNetwork
from .standardization import Standardization

FOLDS = 5
EPOCHS, BATCH = 60, 64
LEARNING_RATE, WEIGHT_DECAY = 1e-3, 0.3  # of AdamW; the first is the peak of a one-cycle schedule
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
        srocc_unseen: Spearman's rank correlation in the first fold, of whose photos no part of the model saw any.
        unseen_errors: absolute error of each prediction in that fold, 0 to 100.
        photos: how many there are.
        coverage: share of them that lie in the interval which the errors of the other folds give.
    """

    srocc: float
    plcc: float
    srocc_unseen: float
    unseen_errors: tuple[float, ...]
    photos: int
    coverage: float

    def to_dict(self) -> dict:
        """What goes into the model's record."""
        return {
            "photos": self.photos,
            "folds": FOLDS,
            "srocc": round(self.srocc, 4),
            "plcc": round(self.plcc, 4),
            "srocc_unseen": round(self.srocc_unseen, 4),
            "interval_coverage": round(self.coverage, 4),
        }


def fit_human_scores(
    network: QualityNetwork,
    rated: Tensor,
    scores: Sequence[float],
    damaged: dict[str, Tensor],
    *,
    folds: Sequence[tuple[np.ndarray, np.ndarray]],
    folder: Path,
    seed: int,
) -> Agreement:
    """Fit the aware head of `network` in place, and say how well such a head does on photos that it was not fitted to.

    Args:
        network: fitted to distortions and content already; only its aware head changes.
        rated: (N, length) what the aware head reads of rated photos.
        scores: mean opinion score of each, 0 to 100.
        damaged: aware_input (M, length) and severities (M, K) of damaged ones, to rank.
        folds: numbers of the photos fitted to and of those left out; no part of the model saw what the first leaves out.
        folder: that Lightning may work in.
        seed: of the initial weights and the order of the photos.
    """
    network.eval()
    truth = torch.tensor(scores) / 100
    ladder = TensorDataset(damaged["aware_input"], UNDAMAGED * (1 - damaged["severities"]).prod(1))

    predicted = torch.zeros(len(truth))
    for kept, left_out in folds:
        head = _fitted_head(network, TensorDataset(rated[kept], truth[kept]), ladder, folder=folder, seed=seed)
        with torch.inference_mode():
            predicted[left_out] = head(rated[left_out])[:, 0].sigmoid()
    network.aware.load_state_dict(
        _fitted_head(network, TensorDataset(rated, truth), ladder, folder=folder, seed=seed).state_dict()
    )
    errors = (100 * (predicted - truth).abs()).numpy()
    covered = [errors[fold] <= conformal_quantile(errors[others], CONFIDENCE) for others, fold in folds]
    rank_correlations = [srocc(predicted[fold], truth[fold]) for _, fold in folds]
    return Agreement(
        srocc=float(np.median(rank_correlations)),
        plcc=float(np.median([plcc(predicted[fold], truth[fold]) for _, fold in folds])),
        srocc_unseen=rank_correlations[0],
        unseen_errors=tuple(errors[folds[0][1]].tolist()),
        photos=len(truth),
        coverage=float(np.concatenate(covered).mean()),
    )


def cross_validation_folds(count: int, seed: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """For each of FOLDS parts of `count` photos, the numbers of the photos that are fitted to and of those left out."""
    return list(KFold(FOLDS, shuffle=True, random_state=seed).split(np.arange(count)))


class RatingFit(L.LightningModule):
    """One fit of an aware head to batches of inputs and scores of rated photos, inputs and nominal scores of damaged ones."""

    def __init__(self, head: torch.nn.Sequential) -> None:
        super().__init__()
        self.head = head

    def training_step(self, batch: tuple[list[Tensor], list[Tensor]]) -> Tensor:
        """The error on the rated photos, and on the order of all pairs."""
        (rated, scores), (damaged, nominal) = batch
        predicted = self.head(torch.cat([rated, damaged]))[:, 0].sigmoid()
        error = (predicted[: len(rated)] - scores).abs().mean()
        return 5 * error + RANKING_WEIGHT * ranking_loss(predicted, torch.cat([scores, nominal]))

    def configure_optimizers(self) -> OptimizerLRScheduler:
        """AdamW on a one-cycle schedule, with much decay: the inputs are longer than the rated photos are many."""
        optimizer = torch.optim.AdamW(self.parameters(), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY)
        return one_cycle(optimizer, LEARNING_RATE, self.trainer)


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
        if isinstance(layer, Standardization):
            layer.fit(rated.tensors[0])
    loaders = [
        DataLoader(part, batch_size=BATCH, shuffle=True, drop_last=len(part) > BATCH) for part in (rated, damaged)
    ]
    with without_advice():
        trainer = quiet_trainer(folder, epochs=EPOCHS, callbacks=[])
        trainer.fit(RatingFit(head.train()), CombinedLoader(loaders, "min_size"))
    return head.eval()
