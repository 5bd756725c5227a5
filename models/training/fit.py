"""Fitting the learned part of the quality network to statistics on disk, with Lightning."""

from __future__ import annotations

import copy
import hashlib
from pathlib import Path

import lightning as L
import torch
import torch.nn.functional as F
from lightning.pytorch.utilities.types import OptimizerLRScheduler
from torch import Tensor
from torch.utils.data import DataLoader, TensorDataset

from ...synth_distort.severity import PERCEPTIBLE, combined_severities
from ..distortion_model.statistics_network import HeadOutputs, StatisticsNetwork
from ..lightning_trainer import fit_with_checkpoints, one_cycle, without_advice

PRESENT_COVERAGE = 0.25  # mean coverage of a crop's windows from which on a local distortion counts for the whole
BATCH = 256  # crops
LEARNING_RATE, WEIGHT_DECAY = 2e-3, 0.2  # of AdamW; the first is the peak of a one-cycle schedule
LEARNING_RATE_AFTER = 1e-3  # of a fit that goes on from another one
START_SHARE = 0.3  # of the weights that such a fit began with, in those that it ends with
DAMAGE = 10.0  # weight of the combined severity
AGAINST = 1.5  # weight of telling the distortions that are there from all others
UNITS_FROM = 8  # every eighth sample tells in which units the network reads statistics
WINDOWS_AT_ONCE = 5  # of a crop's nine; leaving some out in each step keeps the fit from learning the crops by heart
INSIDE, OUTSIDE = 0.6, 0.1  # a window covered more than the first has the distortion; less than the second has it not


class Fit(L.LightningModule):
    """One fit: its losses and its optimizer.

    Args:
        network: the network, whose fixed part is left alone.
        samples: what to fit it to, as `read_shards` gives them.
        seed: of the order of the samples and all else that is random.
        rate: the highest learning rate.
    """

    def __init__(self, network: StatisticsNetwork, samples: dict[str, Tensor], *, seed: int, rate: float) -> None:
        super().__init__()
        self.network, self.samples, self.seed, self.rate = network, _dataset(samples), seed, rate

    def train_dataloader(self) -> DataLoader:
        """The samples in this epoch's order; each epoch is seeded by itself, so that a stopped fit goes on as it would have."""
        generator = torch.Generator().manual_seed(self._epoch_seed)
        order = torch.randperm(len(self.samples), generator=generator).tolist()
        return DataLoader(self.samples, batch_size=BATCH, sampler=order, generator=generator)

    def on_train_epoch_start(self) -> None:
        """Seed what else is random in this epoch."""
        torch.manual_seed(self._epoch_seed)

    @property
    def _epoch_seed(self) -> int:
        return self.seed * 10_000 + self.current_epoch

    def training_step(self, batch: tuple[Tensor, Tensor, Tensor, Tensor]) -> Tensor:
        """The loss of one batch of (windows, averages, severities, coverage), some of its windows left out."""
        windows, averages, severities, coverage = batch
        kept = torch.randperm(windows.shape[1])[:WINDOWS_AT_ONCE]
        loss = batch_loss(self.network, windows[:, kept], averages, severities, coverage[:, kept])
        self.log("loss", loss, prog_bar=True)
        return loss

    def validation_step(self, batch: tuple[Tensor, Tensor, Tensor, Tensor]) -> None:
        """The same on photos that are not fitted to."""
        self.log("unseen_loss", batch_loss(self.network, *batch), prog_bar=True)

    def configure_optimizers(self) -> OptimizerLRScheduler:
        """AdamW on a one-cycle schedule."""
        optimizer = torch.optim.AdamW(self.parameters(), lr=self.rate, weight_decay=WEIGHT_DECAY)
        return one_cycle(optimizer, self.rate, self.trainer)


def fit(
    network: StatisticsNetwork,
    samples: dict[str, Tensor],
    unseen: dict[str, Tensor],
    *,
    folder: Path,
    epochs: int,
    seed: int,
    going_on: bool = False,
) -> float:
    """Fit `network` in place to `samples`, as `read_shards` gives them; a stopped fit goes on from its last epoch.

    Args:
        network: its statistics are standardized here, its learned part is trained.
        samples: what to fit to.
        unseen: from other photos, to watch.
        folder: where checkpoints go.
        epochs: passes over the samples.
        seed: of the initial weights and the order of the samples.
        going_on: whether the network's weights, fitted before to other samples, are where the fit starts.

    Returns:
        The loss on `unseen` after the last epoch.
    """
    torch.manual_seed(seed)
    start = copy.deepcopy(network).state_dict() if going_on else None
    if not going_on:
        _begin(network, samples)
    weights = [DAMAGE, AGAINST, PRESENT_COVERAGE, INSIDE, OUTSIDE]
    rate = LEARNING_RATE_AFTER if going_on else LEARNING_RATE
    made_of = [network, BATCH, rate, WEIGHT_DECAY, WINDOWS_AT_ONCE, *weights]
    digest = hashlib.sha256(repr(made_of).encode()).hexdigest()[:8]
    checkpoints = folder / f"fit-{len(samples['windows'])}-samples-{epochs}-epochs-seed-{seed}-{digest}"
    module, watched = Fit(network, samples, seed=seed, rate=rate), DataLoader(_dataset(unseen), batch_size=BATCH)
    trainer = fit_with_checkpoints(module, checkpoints, epochs=epochs, watched=watched, precision="bf16-mixed")
    if start:
        _draw_back(network, start)
    with without_advice():
        return trainer.validate(module, watched, verbose=False)[0]["unseen_loss"]


def _begin(network: StatisticsNetwork, samples: dict[str, Tensor]) -> None:
    """Draw the weights of the learned part, and take the units of the statistics from the samples."""
    for part in (network.encoder, network.attention, network.heads, network.averages):
        for layer in part.modules():
            if isinstance(layer, torch.nn.Linear):
                layer.reset_parameters()
    network.standardize.fit(samples["windows"][::UNITS_FROM].float().flatten(0, 1))
    network.averages.standardize.fit(samples["averages"][::UNITS_FROM].float().flatten(1))


@torch.no_grad()
def _draw_back(network: StatisticsNetwork, start: dict[str, Tensor]) -> None:
    """Move the weights of `network` by START_SHARE of the way back to where its fit began (Wortsman et al., CVPR 2022)."""
    for name, weight in network.named_parameters():
        weight.lerp_(start[name], START_SHARE)


def batch_loss(
    network: StatisticsNetwork, windows: Tensor, averages: Tensor, severities: Tensor, coverage: Tensor
) -> Tensor:
    """What the predictions for a batch cost: of whole crops by each of both readings, and of each of their windows.

    Args:
        network: the network.
        windows: (N, windows, length) described windows.
        averages: (N, AVERAGES, length) described averages.
        severities: (N, K), 0 where a distortion is absent.
        coverage: (N, windows) share of each window that was distorted.
    """
    *head_outputs, local = network(windows.float(), averages.float())
    share = coverage.mean(1)
    # What lies between "in a corner" and "everywhere" has no right prediction for the whole, and is left to the windows.
    named = (share >= PRESENT_COVERAGE) | (severities.sum(1) == 0)
    present = severities * named[:, None]
    damage = combined_severities(severities)
    everywhere = (coverage > 0.99).all(1)
    loss = 0.5 * _window_loss(local, severities, coverage)
    for whole in head_outputs:  # each by itself: what predictions together must not have learned to lean on the other
        loss = loss + _naming_loss(whole, present, weight=named.float()) + _severity_loss(whole, present)
        loss = loss + DAMAGE * _mean((whole.damage - damage).abs(), everywhere.float())
    return loss


def _window_loss(local: HeadOutputs, severities: Tensor, coverage: Tensor) -> Tensor:
    there = severities[:, None] * (coverage > INSIDE)[..., None]
    known = ((coverage > INSIDE) | (coverage < OUTSIDE)).float()
    return _naming_loss(local, there, weight=known) + _severity_loss(local, there)


def _naming_loss(head_outputs: HeadOutputs, severities: Tensor, *, weight: Tensor) -> Tensor:
    """Each distortion by itself, those that are there against all others, and "none"."""
    perceptible = (severities >= PERCEPTIBLE).float()
    each = F.binary_cross_entropy_with_logits(head_outputs.presence, perceptible, reduction="none").sum(-1)
    none = F.binary_cross_entropy_with_logits(head_outputs.none, 1 - perceptible.amax(-1), reduction="none")
    share = perceptible / perceptible.sum(-1, keepdim=True).clamp(min=1)
    against = -(head_outputs.presence.log_softmax(-1) * share).sum(-1)
    return _mean((each + none + AGAINST * against), weight)


def _severity_loss(head_outputs: HeadOutputs, severities: Tensor) -> Tensor:
    return 4 * _mean((head_outputs.severity - severities).abs(), (severities > 0).float())


def _mean(values: Tensor, weight: Tensor) -> Tensor:
    return (values * weight).sum() / weight.sum().clamp(min=1)


def _dataset(samples: dict[str, Tensor]) -> TensorDataset:
    return TensorDataset(*(samples[name] for name in ("windows", "averages", "severities", "coverage")))
