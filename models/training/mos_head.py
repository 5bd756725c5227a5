"""The MOS head is fitted to what people gave to photos, with what stage 1 learned left as it is.

One scale is made of rated photos and of damage that nobody rated: a rated photo that we damage keeps the share of its score
that the combined severity leaves, since severities are on a human scale themselves.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ..distortion_model.mos_head import MosHead
from ..distortion_model.network import DistortionNetwork
from ..metrics.agreement import plcc, srocc
from ..metrics.conformal import CONFIDENCE, conformal_quantile

FOLDS = 5


@dataclass(frozen=True)
class Ratings:
    """What the MOS head reads of N rated photos and M damaged copies of them, and what people gave.

    Attributes:
        inputs: (N, length) of the photos.
        scores: (N,) mean opinion scores, over 100.
        copies: (M, length) of the copies.
        originals: (M,) the number of the photo that each is a copy of.
        severities: (M,) combined severity of what was put on each.
    """

    inputs: Tensor
    scores: Tensor
    copies: Tensor
    originals: Tensor
    severities: Tensor

    def of(self, photos: np.ndarray) -> Ratings:
        """The photos with these numbers alone, and their copies."""
        kept = torch.from_numpy(np.isin(self.originals.numpy(), photos))
        numbers = torch.zeros(len(self.inputs), dtype=torch.long)
        numbers[photos] = torch.arange(len(photos))
        originals = numbers[self.originals[kept]]
        return Ratings(self.inputs[photos], self.scores[photos], self.copies[kept], originals, self.severities[kept])

    @property
    def scores_of_copies(self) -> Tensor:
        """(M,) what people would give to the copies, over 100."""
        return self.scores[self.originals] * (1 - self.severities)


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
        copies_below: share of damaged copies of photos left out that get less than the photo as it is.
    """

    srocc: float
    plcc: float
    srocc_unseen: float
    unseen_errors: tuple[float, ...]
    photos: int
    coverage: float
    copies_below: float

    def to_dict(self) -> dict:
        """What goes into the model's record."""
        return {
            "photos": self.photos,
            "folds": FOLDS,
            "srocc": round(self.srocc, 4),
            "plcc": round(self.plcc, 4),
            "srocc_unseen": round(self.srocc_unseen, 4),
            "interval_coverage": round(self.coverage, 4),
            "copies_below": round(self.copies_below, 4),
        }


def fit_human_scores(
    network: DistortionNetwork,
    ratings: Ratings,
    undamaged: Tensor,
    *,
    folds: Sequence[tuple[np.ndarray, np.ndarray]],
) -> Agreement:
    """Fit the MOS head of `network` in place, and say how well such a head does on photos that it was not fitted to.

    Args:
        network: fitted to distortions and content already; only its MOS head changes.
        ratings: photos and what people gave to them.
        undamaged: (U, length) what the MOS head reads of photos without damage that nobody rated.
        folds: numbers of the photos fitted to and of those left out; no part of the model saw what the first leaves out.
    """
    truth = ratings.scores
    predicted, below = torch.zeros(len(truth)), []
    for kept, left_out in folds:
        head, unseen = _fitted_head(network, ratings.of(kept), undamaged), ratings.of(left_out)
        predicted[left_out] = scores = _scores(head, unseen.inputs)
        below.append(_scores(head, unseen.copies) < scores[unseen.originals])
    network.mos_head = _fitted_head(network, ratings, undamaged)

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
        copies_below=float(torch.cat(below).float().mean()),
    )


def _fitted_head(network: DistortionNetwork, ratings: Ratings, undamaged: Tensor) -> MosHead:
    head = copy.deepcopy(network.mos_head)
    head.fit(ratings.inputs, ratings.scores, ratings.copies, ratings.scores_of_copies, undamaged)
    return head


@torch.inference_mode()
def _scores(head: MosHead, inputs: Tensor) -> Tensor:
    return head(inputs).sigmoid()
