"""Fine-tuning: training a backbone itself on rated photos, with new layers on top, by Lightning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import lightning as L
import torch
from lightning.pytorch.utilities.types import OptimizerLRScheduler
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from ...synth_distort import read_photo
from ..lightning_trainer import fit_with_checkpoints, one_cycle
from .backbones.registry import BackboneNetwork
from .design import FineTuning
from .heads import LayeredHead
from .regions import RandomCrops, Regions
from .targets import Rated

NEW_LAYERS = 10  # times the backbone's learning rate
STANDARDIZED_ON = 64  # photos from which the features' means and deviations are taken


class Batch(NamedTuple):
    """Regions of some photos (N, 3, h, w), and the score and the spread of the ratings of the photo of each (N,)."""

    regions: Tensor
    score: Tensor
    spread: Tensor


class PhotoRegions(Dataset):
    """The regions of rated photos in one epoch; those drawn at random, and the mirroring, are new in each."""

    def __init__(self, paths: Sequence[Path], rated: Rated, regions: Regions, *, seed: int) -> None:
        self.paths, self.rated, self.seed = paths, rated, seed
        self.regions = replace(regions, seed=seed) if isinstance(regions, RandomCrops) else regions

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, number: int) -> Batch:
        parts, _ = self.regions.cut(read_photo(self.paths[number]).image)
        stacked = torch.stack(parts)
        generator = torch.Generator().manual_seed(self.seed * len(self) + number)
        mirrored = torch.rand(len(parts), generator=generator) < 0.5
        stacked = torch.where(mirrored[:, None, None, None], stacked.flip(3), stacked)
        rated = self.rated[torch.full((len(parts),), number)]
        return Batch(stacked, rated.score, rated.spread)


class Tuning(L.LightningModule):
    """One fine-tuning: backbone, new layers, loss and optimizer.

    Args:
        network: the backbone; its normalization layers keep their own means, since a batch is small.
        head: the new layers.
        plan: how to train.
        paths: of the photos.
        rated: their ratings.
        seed: of everything random.
    """

    def __init__(
        self,
        network: BackboneNetwork,
        head: LayeredHead,
        plan: FineTuning,
        paths: Sequence[Path],
        rated: Rated,
        seed: int,
    ) -> None:
        super().__init__()
        self.network, self.head, self.plan = network, head, plan
        self.paths, self.rated, self.seed = paths, rated, seed

    def train_dataloader(self) -> DataLoader:
        """The photos in this epoch's order; each epoch is seeded by itself, so that a stopped run goes on as it would have."""
        seed = self.seed * 10_000 + self.current_epoch
        photos = PhotoRegions(self.paths, self.rated, self.plan.regions, seed=seed)
        generator = torch.Generator().manual_seed(seed)
        return DataLoader(
            photos, batch_size=self.plan.batch, shuffle=True, generator=generator, collate_fn=lambda photos: photos
        )

    def on_train_epoch_start(self) -> None:
        """Seed what else is random, and keep the backbone's normalization as it is."""
        torch.manual_seed(self.seed * 10_000 + self.current_epoch)
        self.network.eval()
        self.head.train()

    def training_step(self, batch: list[Batch]) -> Tensor:
        """The loss of the regions of some photos, of whatever sizes these are."""
        together = [Batch(*map(torch.cat, zip(*photos, strict=True))) for photos in _by_size(batch)]
        features = torch.cat([self.network(photos.regions) for photos in together])
        rated = Rated(
            torch.cat([photos.score for photos in together]), torch.cat([photos.spread for photos in together])
        )
        loss = self.plan.target.loss(self.head(features), rated)
        self.log("loss", loss, prog_bar=True, batch_size=len(batch))
        return loss

    def configure_optimizers(self) -> OptimizerLRScheduler:
        """AdamW on a one-cycle schedule, the new layers at a higher rate than the backbone."""
        rates = [self.plan.learning_rate, NEW_LAYERS * self.plan.learning_rate]
        groups = [
            {"params": module.parameters(), "lr": rate}
            for module, rate in zip((self.network, self.head), rates, strict=True)
        ]
        optimizer = torch.optim.AdamW(groups, weight_decay=self.plan.weight_decay)
        rise = max(0.2, min(0.9, 2 / self.trainer.estimated_stepping_batches))  # even a few steps have one to rise in
        return one_cycle(optimizer, rates, self.trainer, rise=rise)


def fine_tune(
    network: BackboneNetwork, plan: FineTuning, paths: Sequence[Path], rated: Rated, *, folder: Path, seed: int
) -> LayeredHead:
    """Train `network` in place as `plan` says; a stopped run goes on from its last epoch.

    Args:
        network: the backbone.
        plan: how.
        paths: of the photos.
        rated: their ratings.
        folder: for checkpoints; it must belong to this network, plan and choice of photos.
        seed: of everything random.

    Returns:
        The new layers.

    Raises:
        PhotoError: a photo cannot be read.
        ValueError: a photo is smaller than a region.
    """
    torch.manual_seed(seed)
    first = PhotoRegions(paths[:STANDARDIZED_ON], rated, plan.regions, seed=seed)
    with torch.inference_mode():
        features = torch.cat([network(first[number].regions) for number in range(len(first))])
    head = LayeredHead(features.shape[1], plan.target.outputs, hidden=plan.hidden, dropout=plan.dropout)
    head.standardization.fit(features)
    tuning = Tuning(network, head, plan, paths, rated, seed)
    fit_with_checkpoints(tuning, folder, epochs=plan.epochs)
    network.eval()
    return head.eval()


def _by_size(photos: list[Batch]) -> list[list[Batch]]:
    """The photos whose regions are of one size, which the network takes in one go."""
    sizes = dict.fromkeys(photo.regions.shape[2:] for photo in photos)
    return [[photo for photo in photos if photo.regions.shape[2:] == size] for size in sizes]
