"""How far predictions agree with people, on photos that no part of the model was fitted to, calibration included."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from sklearn.metrics import roc_auc_score
from torch import Tensor

from ..distortion_model.calibration import Calibration, half_width, mos_error_inputs
from ..distortion_model.kinds import KINDS, kinds_of
from ..distortion_model.prediction import are_found
from ..distortion_model.viewed_network import LABELS
from ..metrics.agreement import plcc, srocc
from .calibrate import EXCELLENT, Outputs, RatedOutputs, calibrated, mos_error, probabilities

POOR = 40  # MOS below which a photo is poor, and something is to be found in it


@dataclass(frozen=True)
class CrossValidated:
    """What calibrations that were fitted to the other folds make of N rated photos.

    Attributes:
        half: (N,) half-width of the interval of the MOS, in points.
        found: (N,) whether anything is found.
        as_viewed: (N, KINDS) probability of each kind as viewed.
        folds: (N,) the fold of each photo.
    """

    half: Tensor
    found: Tensor
    as_viewed: Tensor
    folds: np.ndarray


def cross_validated(
    distortions: tuple[str, ...],
    damaged: Outputs,
    truth: Tensor,
    rated: RatedOutputs,
    folds: np.ndarray,
    undistorted: Outputs | None = None,
) -> CrossValidated:
    """Calibrate without each of the folds, and predict its photos.

    Args:
        distortions: the names that the model predicts.
        damaged: what the network makes of damaged photos, as `calibrated` takes it; and `truth`.
        truth: severities of what was put on them.
        rated: of rated photos, by trunks that were fitted to the other folds.
        folds: (N,) the fold of each of them.
        undistorted: as `calibrated` takes it.
    """
    kinds = kinds_of(distortions)
    half, found = torch.zeros(len(folds)), torch.zeros(len(folds), dtype=torch.bool)
    as_viewed = torch.zeros(len(folds), len(KINDS))
    for fold in np.unique(folds):
        inside, others = folds == fold, folds != fold
        fitted: Calibration = calibrated(distortions, damaged, truth, rated[others], undistorted)
        half[inside] = half_width(mos_error_inputs(rated.outputs[inside].viewed), mos_error(rated[others]))
        predicted = probabilities(fitted, rated.outputs[inside], kinds)
        found[inside] = are_found(*predicted, distortions, torch.tensor(fitted.found_from)).any(1)
        as_viewed[inside] = predicted[0][:, 1]
    return CrossValidated(half, found, as_viewed, folds)


def agreement(made: CrossValidated, rated: RatedOutputs) -> dict:
    """How far what was `made` of `rated` photos agrees with people."""
    found, mos, scores = made.found, rated.outputs.viewed.mos, rated.scores
    errors = (mos - scores).abs()
    return {
        "photos": len(scores),
        "folds": len(np.unique(made.folds)),
        "srocc": round(srocc(mos, scores), 4),
        "plcc": round(plcc(mos, scores), 4),
        "rmse": round(float(errors.square().mean().sqrt()), 2),
        "interval_coverage": round(float((errors <= made.half).float().mean()), 4),
        "interval_width": round(float(interval_widths(mos, made.half).mean()), 2),
        "poor_with_finding": round(float(found[scores < POOR].float().mean()), 4),
        "excellent_without_finding": round(1 - float(found[scores >= EXCELLENT].float().mean()), 4),
        "label_areas": {} if rated.labels is None else label_areas(made.as_viewed, rated.labels),
    }


def interval_widths(mos: Tensor, half: Tensor) -> Tensor:
    """Widths (N,) of intervals about `mos` (N,) with half-widths `half` (N,), in points from 0 to 100."""
    return (mos + half).clamp(0, 100) - (mos - half).clamp(0, 100)


def label_areas(probability: Tensor, labels: Tensor) -> dict[str, float]:
    """Area under the ROC curve of each label that is a kind, by the probability of that (N, KINDS)."""
    return {
        label: round(float(roc_auc_score(labels[:, number], probability[:, KINDS.index(label)])), 4)
        for number, label in enumerate(LABELS)
        if label in KINDS and 0 < float(labels[:, number].sum()) < len(labels)
    }
