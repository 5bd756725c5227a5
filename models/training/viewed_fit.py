"""Fine-tuning a trunk of the viewed branch, with Lightning: on what people said of photos, or on photos that we damaged."""

from __future__ import annotations

import copy
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lightning as L
import torch
import torch.nn.functional as F
from lightning.pytorch.utilities.types import OptimizerLRScheduler
from torch import Tensor
from torch.utils.data import DataLoader, TensorDataset

from ...synth_distort import DISTORTIONS
from ...synth_distort.severity import PERCEPTIBLE, combined_severities
from ..distortion_model.kinds import labels_of
from ..distortion_model.viewed_network import Trunk, ViewedNetwork
from ..lightning_trainer import fit_with_checkpoints, one_cycle
from ..score import ACR_WORDS, WIDTH, word_masses

BATCH, COPIES = 16, 2  # photos, and damaged copies beside rated ones where there are any
EPOCHS_OF_OPINIONS, EPOCHS_OF_SEVERITIES = 8, 4
LATE_RATE, HEAD_RATE, SCORE_RATE = 2e-4, 1e-3, 0.06  # peaks of a one-cycle schedule
LATE_DECAY, HEAD_DECAY = 0.05, 0.1  # of AdamW
CORRELATION, SQUARES, LABEL_LOSS, OF_COPIES, SEVERITY_LOSS = 0.5, 0.5, 0.9, 0.25, 4.0  # weights of losses
BAND = 10.0  # points; see `OpinionFit`
CROP = 44  # maps' pixels, eight of the photo's each
SMALLER = 0.6  # share of batches in which rated photos are shown smaller
AVERAGED_FROM, AVERAGED_OVER = 0.6, 50  # of all steps, and steps of the moving average of the weights


@dataclass(frozen=True)
class OpinionSamples:
    """N rated photos at several scales, mirrored or not, and M damaged copies of them.

    Attributes:
        maps: for each scale (N, 2, h, w, C), of the early stages.
        statistics: for each scale (N, 2, length).
        scores: (N,) mean opinion scores, 0 to 100.
        spreads: (N,) standard deviations of single people's scores.
        labels: (N, LABELS) what people named, and NaN where nobody was asked.
        copies: (M, h, w, C) maps of the copies.
        copy_statistics: (M, length) of the same.
        severities: (M, K) of what was put on each.
    """

    maps: list[Tensor]
    statistics: list[Tensor]
    scores: Tensor
    spreads: Tensor
    labels: Tensor
    copies: Tensor
    copy_statistics: Tensor
    severities: Tensor


class TrunkFit(L.LightningModule):
    """What both fits share: optimizer, schedule, order of the photos, and the average of the last steps' weights.

    Args:
        network: whose trunk is trained.
        trunk: the trunk.
        photos: (N,) numbers of those to fit to.
        seed: of everything random.
    """

    def __init__(self, network: ViewedNetwork, trunk: Trunk, photos: Tensor, *, seed: int) -> None:
        super().__init__()
        self.network, self.trunk, self.photos, self.seed = network, trunk, photos, seed
        self.averaged = copy.deepcopy(trunk)
        self.averaged_scores = torch.nn.Parameter(network.word_scores.detach().clone(), requires_grad=False)
        self.register_buffer("steps", torch.zeros((), dtype=torch.long))

    def train_dataloader(self) -> DataLoader:
        """Numbers of photos in this epoch's order; each epoch is seeded by itself, so that a stopped fit goes on."""
        seed = self.seed * 10_000 + self.current_epoch
        torch.manual_seed(seed)
        order = self.photos[torch.randperm(len(self.photos))]
        return DataLoader(TensorDataset(order), batch_size=BATCH, drop_last=len(order) > BATCH)

    def configure_optimizers(self) -> OptimizerLRScheduler:
        """AdamW on a one-cycle schedule."""
        groups = [
            {"params": list(self.trunk.late.parameters()), "weight_decay": LATE_DECAY},
            {"params": list(self.trunk.head.parameters()), "weight_decay": HEAD_DECAY},
            {"params": [self.network.word_scores], "weight_decay": 0.0},
        ]
        return one_cycle(torch.optim.AdamW(groups), [LATE_RATE, HEAD_RATE, SCORE_RATE], self.trainer, rise=0.15)

    def on_train_batch_end(self, outputs: Any, batch: Any, batch_idx: int) -> None:
        """Average the weights over the last steps, whose mean predicts better than any of them."""
        self.steps += 1
        first = AVERAGED_FROM * int(self.trainer.estimated_stepping_batches)
        if self.steps < first:
            return
        share = max(1 / (float(self.steps) - first + 1), 1 / AVERAGED_OVER)
        with torch.no_grad():
            for mean, new in zip(self.averaged.parameters(), self.trunk.parameters(), strict=True):
                mean.lerp_(new, share)
            self.averaged_scores.lerp_(self.network.word_scores, share)

    def take_average(self) -> None:
        """Leave the averaged weights in the network."""
        self.trunk.load_state_dict(self.averaged.state_dict())
        self.network.word_scores.data.copy_(self.averaged_scores)


class OpinionFit(TrunkFit):
    """The opinion trunk: ACR distribution, mean opinion score and labels.

    Nobody rated the damaged copies. Their scores are to be no better than what their severity leaves of the photo's score, so
    that a worse file is not predicted to be better, and not worse by more than BAND.

    Args:
        copies: in each batch, beside the rated photos.
    """

    def __init__(
        self, network: ViewedNetwork, samples: OpinionSamples, photos: Tensor, *, copies: int, seed: int
    ) -> None:
        super().__init__(network, network.opinion, photos, seed=seed)
        self.copies, self.samples, self.of_copies = samples, len(samples.copies) // len(samples.scores)
        self.costs = combined_severities(samples.severities)
        self.named = named_labels(samples.severities)

    def training_step(self, numbers: tuple[Tensor]) -> Tensor:
        """Divergence, correlation and squares of scores, the excess of copies, and labels as far as they are known."""
        (batch,), samples = numbers, self.samples
        scale = int(torch.randint(len(samples.maps), ())) if float(torch.rand(())) < SMALLER else 0
        mirrored = int(torch.randint(2, ()))
        originals = self.photos[torch.randint(len(self.photos), (self.copies,))]
        copies = originals + len(samples.scores) * torch.randint(self.of_copies, (self.copies,))
        side = min(CROP, samples.maps[scale].shape[2])
        maps = torch.cat([_crops(samples.maps[scale][batch, mirrored], side), _crops(samples.copies[copies], side)])
        statistics = torch.cat([samples.statistics[scale][batch, mirrored], samples.copy_statistics[copies]]).float()
        most = samples.scores[originals] * (1 - self.costs[copies])
        labels = torch.cat([samples.labels[batch], self.named[copies]])
        with torch.autocast(self.device.type, torch.bfloat16):
            outputs = self.trunk(maps, statistics).float()
        return self._loss(outputs, samples.scores[batch], samples.spreads[batch], most, labels)

    def _loss(self, outputs: Tensor, scores: Tensor, spreads: Tensor, most: Tensor, labels: Tensor) -> Tensor:
        """Of photos with `scores` (N,) and `spreads`, and after them copies with at `most` these scores; all with `labels`."""
        logits, named = outputs.split([len(ACR_WORDS), labels.shape[1]], dim=1)
        rated, predicted = len(scores), self.network.rating(logits)[1]
        divergence = F.kl_div(logits[:rated].log_softmax(1), word_masses(scores, spreads), reduction="batchmean")
        together = 1 - torch.corrcoef(torch.stack([predicted[:rated], scores]))[0, 1]
        squares = F.mse_loss(predicted[:rated] / WIDTH, scores / WIDTH)
        excess, lack = predicted[rated:] - most, most - BAND - predicted[rated:]
        outside = (excess.relu().square() + lack.relu().square()).sum() / max(1, self.copies) / WIDTH**2
        known = ~labels.isnan()
        wrong = F.binary_cross_entropy_with_logits(named[known], labels[known]) if known.any() else 0.0
        return divergence + CORRELATION * together + SQUARES * squares + OF_COPIES * outside + LABEL_LOSS * wrong


class SeverityFit(TrunkFit):
    """The severity trunk: overall severity and the kinds of distortion of photos that we damaged."""

    def __init__(self, network: ViewedNetwork, samples: dict[str, Tensor], *, seed: int) -> None:
        super().__init__(network, network.severity, torch.arange(len(samples["maps"])), seed=seed)
        self.samples, self.overall = samples, combined_severities(samples["severities"])
        self.labels = all_labels(samples["severities"])

    def training_step(self, numbers: tuple[Tensor]) -> Tensor:
        """Absolute error and correlation of the overall severity, and the kinds that are there."""
        (batch,) = numbers
        maps = self.samples["maps"][batch]
        side = int(torch.randint(26, maps.shape[1] + 1, ())) if float(torch.rand(())) < 0.5 else maps.shape[1]
        maps, statistics = _crops(maps, side), self.samples["statistics"][batch].float()
        with torch.autocast(self.device.type, torch.bfloat16):
            outputs = self.trunk(maps, statistics).float()
        severity, labels, truth = outputs[:, 0].sigmoid(), self.labels[batch], self.overall[batch]
        known = ~labels.isnan()
        wrong = F.binary_cross_entropy_with_logits(outputs[:, 1:][known], labels[known])
        together = 1 - torch.corrcoef(torch.stack([severity, truth]))[0, 1]
        return SEVERITY_LOSS * F.l1_loss(severity, truth) + 0.3 * together + wrong


def fit_trunk(fit: TrunkFit, folder: Path, *, epochs: int, made_of: str) -> None:
    """Run `fit`, leave the averaged weights in its network; a stopped fit goes on from its last epoch.

    Args:
        fit: the fit; its trunk's statistics must be standardized already.
        folder: that the folder with the checkpoints goes into.
        epochs: passes over the photos.
        made_of: what else the fit depends on.
    """
    digest = hashlib.sha256(f"{made_of} {epochs} {fit.seed} {fit.photos.tolist()}".encode()).hexdigest()[:12]
    fit_with_checkpoints(fit, folder / f"{type(fit).__name__.lower()}-{digest}", epochs=epochs)
    fit.take_average()


@torch.inference_mode()
def standardize(trunk: Trunk, maps: Tensor, statistics: Tensor) -> None:
    """Learn the units of a trunk's statistics from maps (N, h, w, C) and statistics (N, length) of the early stages."""
    rows = [
        trunk.statistics(as_channels_last(one), two.float())
        for one, two in zip(maps.split(BATCH), statistics.split(BATCH), strict=True)
    ]
    trunk.standardize.fit(torch.cat(rows))


def named_labels(severities: Tensor) -> Tensor:
    """(N, LABELS) of damaged copies (N, K): 1 for what was clearly put on, NaN for the rest, which the photo may have had."""
    there = (severities >= PERCEPTIBLE).float() @ labels_of_registry().float() > 0
    return torch.where(there, 1.0, torch.nan)


def all_labels(severities: Tensor) -> Tensor:
    """(N, LABELS) of damaged pristine photos (N, K): 1 for what is perceptible, NaN for what is fainter, 0 for the rest."""
    of_labels = labels_of_registry().float()
    there, faint = ((severities >= low).float() @ of_labels > 0 for low in (PERCEPTIBLE, 1e-6))
    return torch.where(there, 1.0, torch.where(faint, torch.nan, 0.0))


def labels_of_registry() -> Tensor:
    """(K, LABELS) whether each distortion of the registry has each label."""
    return labels_of(tuple(DISTORTIONS))


def as_channels_last(maps: Tensor) -> Tensor:
    """Maps (N, h, w, C) in half precision as the trunk takes them, (N, C, h, w)."""
    return maps.permute(0, 3, 1, 2).float()


def _crops(maps: Tensor, side: int) -> Tensor:
    """A square of `side` anywhere in each of the maps (N, h, w, C), as the trunk takes them."""
    places = [[int(torch.randint(length - side + 1, ())) for length in maps.shape[1:3]] for _ in maps]
    cut = [one[top : top + side, left : left + side] for one, (top, left) in zip(maps, places, strict=True)]
    return as_channels_last(torch.stack(cut))
