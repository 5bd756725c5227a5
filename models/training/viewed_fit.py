"""Fine-tuning the viewed branch, with Lightning: on photos that we damaged, then on what people said of photos."""

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
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from ...synth_distort import DISTORTIONS
from ...synth_distort.severity import PERCEPTIBLE, combined_severities
from ..distortion_model.kinds import labels_of
from ..distortion_model.viewed_network import Trunk, ViewedNetwork
from ..lightning_trainer import fit_with_checkpoints, one_cycle
from ..score import ACR_WORDS, WIDTH, word_masses

EPOCHS_OF_OPINIONS, EPOCHS_OF_SEVERITIES = 8, 4
BATCH, SEVERITY_BATCH = 16, 32  # rated photos, and damaged ones
BESIDE = ((0, 12), (2, 6))  # in each of two fits, damaged copies and pristine photos beside a batch of rated ones
STAGE_RATE, HEAD_RATE, SCORE_RATE = 2e-4, 1e-3, 0.06  # peaks of a one-cycle schedule
STAGE_DECAY, HEAD_DECAY = 0.05, 0.1  # of AdamW
LARGEST_GRADIENT = 5.0
CORRELATION, SQUARES, LABEL_LOSS, OF_COPIES, SEVERITY_LOSS = 0.5, 0.5, 0.9, 0.25, 4.0  # weights of losses
BAND = 10.0  # points; see `OpinionFit`
CROP, SEVERITY_CROPS = 352, (224, 256, 288)  # px
SCALES, SMALLER = (0.86, 0.72, 0.58), 0.45  # at which rated photos are shown smaller, and the share of batches that are
AVERAGED_FROM, AVERAGED_OVER = 0.6, 50  # of all steps, and steps of the moving average of the weights


@dataclass(frozen=True)
class OpinionSamples:
    """N rated photos, M damaged copies of them, one of each photo after the other, and P pristine photos, damaged or not.

    Attributes:
        photos: (N, 3, h, w) bytes.
        scores: (N,) mean opinion scores, 0 to 100.
        spreads: (N,) standard deviations of single people's scores.
        labels: (N, LABELS) what people named, and NaN where nobody was asked.
        copies: (M, 3, h', w') bytes.
        severities: (M, K) of what was put on each copy.
        pristine: (P, 3, h', w') bytes.
        pristine_severities: (P, K) of what was put on each of these.
    """

    photos: Tensor
    scores: Tensor
    spreads: Tensor
    labels: Tensor
    copies: Tensor
    severities: Tensor
    pristine: Tensor
    pristine_severities: Tensor


class ViewedFit(L.LightningModule):
    """What both fits share: optimizer, schedule, order of the photos, and the average of the last steps' weights.

    Args:
        network: what is trained.
        trunk: of the network, the one that is trained.
        stages: of the network, those that are trained.
        photos: (n,) numbers of the photos to fit to.
        batch: photos a step.
        seed: of everything random.
    """

    def __init__(
        self, network: ViewedNetwork, trunk: Trunk, stages: list[nn.Module], photos: Tensor, *, batch: int, seed: int
    ) -> None:
        super().__init__()
        self.network, self.trunk, self.photos, self.batch, self.seed = network, trunk, photos, batch, seed
        self.trained = nn.ModuleList([*stages, trunk.head])
        self.trained.register_parameter("word_scores", network.word_scores)
        self.averaged = copy.deepcopy(self.trained).requires_grad_(False)
        self.register_buffer("steps", torch.zeros((), dtype=torch.long))

    def train_dataloader(self) -> DataLoader:
        """Numbers of photos in this epoch's order; each epoch is seeded by itself, so that a stopped fit goes on."""
        torch.manual_seed(self.seed * 10_000 + self.current_epoch)
        order = self.photos[torch.randperm(len(self.photos))]
        return DataLoader(TensorDataset(order), batch_size=self.batch, drop_last=len(order) > self.batch)

    def configure_optimizers(self) -> OptimizerLRScheduler:
        """AdamW on a one-cycle schedule."""
        *stages, head = self.trained
        groups = [
            {"params": [one for stage in stages for one in stage.parameters()], "weight_decay": STAGE_DECAY},
            {"params": list(head.parameters()), "weight_decay": HEAD_DECAY},
            {"params": [self.network.word_scores], "weight_decay": 0.0},
        ]
        return one_cycle(torch.optim.AdamW(groups), [STAGE_RATE, HEAD_RATE, SCORE_RATE], self.trainer, rise=0.15)

    def on_train_batch_end(self, outputs: Any, batch: Any, batch_idx: int) -> None:
        """Average the weights over the last steps, whose mean predicts better than any of them."""
        self.steps += 1
        first = AVERAGED_FROM * int(self.trainer.estimated_stepping_batches)
        if self.steps < first:
            return
        share = max(1 / (float(self.steps) - first + 1), 1 / AVERAGED_OVER)
        with torch.no_grad():
            for mean, new in zip(self.averaged.parameters(), self.trained.parameters(), strict=True):
                mean.lerp_(new, share)

    def take_average(self) -> None:
        """Leave the averaged weights in the network."""
        self.trained.load_state_dict(self.averaged.state_dict())

    def outputs(self, maps: Tensor, described: Tensor) -> Tensor:
        """Of the trunk, in single precision."""
        with self.half_precision():
            return self.trunk(maps, described).float()

    def half_precision(self) -> torch.autocast:
        """Where a network's convolutions take half the time."""
        return torch.autocast(self.device.type, torch.bfloat16)


class SeverityFit(ViewedFit):
    """The early stages and the severity trunk: overall severity and the kinds of distortion of photos that we damaged.

    Args:
        photos: (N, 3, h, w) bytes.
        severities: (N, K) of what was put on them.
    """

    def __init__(self, network: ViewedNetwork, photos: Tensor, severities: Tensor, *, seed: int) -> None:
        stages: list[nn.Module] = [network.early, network.severity.late]
        super().__init__(network, network.severity, stages, torch.arange(len(photos)), batch=SEVERITY_BATCH, seed=seed)
        self.damaged, self.overall, self.labels = photos, combined_severities(severities), all_labels(severities)

    def training_step(self, numbers: tuple[Tensor]) -> Tensor:
        """Absolute error and correlation of the overall severity, and the kinds that are there."""
        batch = numbers[0].cpu()
        side = SEVERITY_CROPS[int(torch.randint(len(SEVERITY_CROPS), ()))]
        photos = as_floats(_crops(self.damaged, batch, side).to(self.device))
        with self.half_precision():
            maps, described = self.network.early_stages(photos)
        outputs = self.outputs(maps, described)
        severity, truth = outputs[:, 0].sigmoid(), self.overall[batch].to(self.device)
        wrong = _known_loss(outputs[:, 1:], self.labels[batch].to(self.device))
        together = 1 - torch.corrcoef(torch.stack([severity, truth]))[0, 1]
        return SEVERITY_LOSS * F.l1_loss(severity, truth) + 0.3 * together + wrong


class OpinionFit(ViewedFit):
    """The opinion trunk: ACR distribution, mean opinion score and labels. The early stages stay as they are.

    Nobody rated the damaged copies. Their scores are to be no better than what their severity leaves of the photo's score, so
    that a worse file is not predicted to be better, and not worse by more than BAND. Of pristine photos the labels alone are
    learned: of what is intended, nobody would name anything.

    Args:
        copies: in each batch, beside the rated photos.
        pristine: the same of pristine photos.
    """

    def __init__(
        self, network: ViewedNetwork, samples: OpinionSamples, photos: Tensor, *, copies: int, pristine: int, seed: int
    ) -> None:
        super().__init__(network, network.opinion, [network.opinion.late], photos, batch=BATCH, seed=seed)
        self.copies, self.pristine, self.samples = copies, pristine, samples
        self.costs, self.named = combined_severities(samples.severities), named_labels(samples.severities)
        self.pristine_named = all_labels(samples.pristine_severities)

    def training_step(self, numbers: tuple[Tensor]) -> Tensor:
        """Divergence, correlation and squares of scores, the excess of copies, and labels as far as they are known."""
        samples, batch = self.samples, numbers[0].cpu()
        scale = SCALES[int(torch.randint(len(SCALES), ()))] if float(torch.rand(())) < SMALLER else 1.0
        taken = min(round(CROP / scale), *samples.photos.shape[2:])
        rated = as_floats(_crops(samples.photos, batch, taken).to(self.device), round(taken * scale))
        originals = self.photos[torch.randint(len(self.photos), (self.copies,))]
        copies = originals + len(samples.scores) * torch.randint(
            max(1, len(samples.copies) // len(samples.scores)), (self.copies,)
        )
        pristine = torch.randint(len(samples.pristine), (self.pristine,))
        beside = [_crops(samples.copies, copies, rated.shape[2]), _crops(samples.pristine, pristine, rated.shape[2])]
        photos = torch.cat([rated, as_floats(torch.cat(beside).to(self.device))])
        with torch.no_grad(), self.half_precision():
            maps, described = self.network.early_stages(photos)
        most = samples.scores[originals] * (1 - self.costs[copies])
        labels = torch.cat([samples.labels[batch], self.named[copies], self.pristine_named[pristine]])
        truth = (samples.scores[batch], samples.spreads[batch], most, labels)
        return self._loss(self.outputs(maps, described), *(one.to(self.device) for one in truth))

    def _loss(self, outputs: Tensor, scores: Tensor, spreads: Tensor, most: Tensor, labels: Tensor) -> Tensor:
        """Of photos with `scores` (N,) and `spreads`, then copies with at `most` these, then others; all with `labels`."""
        logits, named = outputs.split([len(ACR_WORDS), labels.shape[1]], dim=1)
        rated, predicted = len(scores), self.network.rating(logits[: len(scores) + len(most)])[1]
        divergence = F.kl_div(logits[:rated].log_softmax(1), word_masses(scores, spreads), reduction="batchmean")
        together = 1 - torch.corrcoef(torch.stack([predicted[:rated], scores]))[0, 1]
        squares = F.mse_loss(predicted[:rated] / WIDTH, scores / WIDTH)
        excess, lack = predicted[rated:] - most, most - BAND - predicted[rated:]
        outside = (excess.relu().square() + lack.relu().square()).sum() / max(1, self.copies) / WIDTH**2
        wrong = _known_loss(named, labels)
        return divergence + CORRELATION * together + SQUARES * squares + OF_COPIES * outside + LABEL_LOSS * wrong


def fit_viewed(fit: ViewedFit, folder: Path, *, epochs: int, made_of: str) -> None:
    """Run `fit`, leave the averaged weights in its network; a stopped fit goes on from its last epoch.

    Args:
        fit: the fit; its trunk's statistics must be standardized already.
        folder: that the folder with the checkpoints goes into.
        epochs: passes over the photos.
        made_of: what else the fit depends on.
    """
    digest = hashlib.sha256(f"{made_of} {epochs} {fit.seed} {fit.photos.tolist()}".encode()).hexdigest()[:12]
    checkpoints = folder / f"{type(fit).__name__.lower()}-{digest}"
    fit_with_checkpoints(fit, checkpoints, epochs=epochs, largest_gradient=LARGEST_GRADIENT)
    fit.take_average()


@torch.inference_mode()
def standardize(network: ViewedNetwork, trunk: Trunk, photos: Tensor) -> None:
    """Learn the units of a trunk's statistics from photos (N, 3, h, w) of bytes."""
    device = network.word_scores.device
    rows = [trunk.statistics(*network.early_stages(as_floats(some.to(device)))) for some in photos.split(BATCH)]
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


def as_floats(photos: Tensor, side: int | None = None) -> Tensor:
    """Photos of bytes as the network takes them, in [0, 1]; squares made `side` px wide, with antialiasing."""
    floats = photos.float() / 255
    if side is None or side == photos.shape[2]:
        return floats
    return F.interpolate(floats, size=(side, side), mode="bicubic", antialias=True).clamp(0, 1)


def _known_loss(logits: Tensor, labels: Tensor) -> Tensor:
    """Cross-entropy of labels (N, LABELS) that are known."""
    known = ~labels.isnan()
    if not known.any():
        return logits.new_zeros(())
    return F.binary_cross_entropy_with_logits(logits[known], labels[known])


def _crops(photos: Tensor, numbers: Tensor, side: int) -> Tensor:
    """A square of `side` px anywhere in each of the `numbers`-th photos (N, 3, h, w), half of them mirrored."""
    cut = []
    for number in numbers.tolist():
        top, left = (int(torch.randint(length - side + 1, ())) for length in photos.shape[2:])
        crop = photos[number, :, top : top + side, left : left + side]
        cut.append(crop.flip(2) if float(torch.rand(())) < 0.5 else crop)
    return torch.stack(cut) if cut else photos[:0, :, :side, :side]
