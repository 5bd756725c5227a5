"""Teaching the content network: it learns to give, of a photo made small, what MobileNetV2 sees in it at full size.

The teacher's maps at two depths are what is learned (hints; Romero et al., ICLR 2015): with a thousand photos, each place of a
map is an example, where one vector of a photo would be learned by heart. Half of the pristine photos are damaged first, since
what an ImageNet network makes of damage is part of what it knows of quality. No score is shown.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache, partial
from pathlib import Path

import lightning as L
import numpy as np
import torch
import torch.nn.functional as F
from lightning.pytorch.utilities.types import OptimizerLRScheduler
from torch import Tensor
from torch.utils.data import DataLoader, TensorDataset

from ...synth_distort import DISTORTIONS, distort, read_photo, severity_curve
from ...synth_distort.photo import as_saved
from ...synth_distort.post_processing import Resize
from ...synth_distort.severity import scale_digest
from ..distortion_model.content_network import SHRINK, TAUGHT, ContentNetwork, shrink_factor
from ..lightning_trainer import fit_with_checkpoints, one_cycle
from ..quality_cnns.backbones.registry import Backbone, BackboneNetwork
from .shards import photos_digest, write_shards

TEACHER = Backbone("mobilenet_v2", layers=("features.13", "features.17"))
VIEW = 384  # px; sides of what the teacher sees
DAMAGED = 0.5  # share of pristine photos that are damaged first
BATCH, LEARNING_RATE, WEIGHT_DECAY = 32, 2e-3, 0.05


def write_lessons(
    pristine: Sequence[Path],
    others: Sequence[Path],
    weights: Path | str,
    folder: Path,
    *,
    samples: int,
    seed: int,
    workers: int,
) -> None:
    """Write what `folder` lacks of `samples` small photos and the teacher's maps of them, as `write_shards` does.

    `read_shards` then gives `small` (N, 3, h, w) uint8, and for each entry of TAUGHT its map.

    Args:
        pristine: photos without damage, half of which are damaged before the teacher sees them.
        others: photos that are shown as they are.
        weights: of the teacher, as `BackboneNetwork` takes them.
        folder: where they go.
        samples: how many, evenly of all photos.
        seed: of the damage and the choice of the part.
        workers: processes.

    Raises:
        WeightsError: the teacher's weights are not there, or do not fit.
        PhotoError: a photo cannot be read.
        ValueError: `folder` holds lessons of other photos.
    """
    made_of = lessons_made_of(pristine, others, weights, seed=seed)
    lesson = partial(_lesson, tuple(pristine), tuple(others), weights, seed)
    write_shards(lesson, folder, samples=samples, made_of=made_of, workers=workers)


def lessons_made_of(pristine: Sequence[Path], others: Sequence[Path], weights: Path | str, *, seed: int) -> dict:
    """All that the lessons which `write_lessons` writes depend on, as JSON has it."""
    return {
        "seed": seed,
        "photos": photos_digest([*pristine, *others]),
        "scale": scale_digest(),
        "distortions": list(DISTORTIONS),
        "teacher": load_teacher(weights).digest,
        "layers": list(TEACHER.layers),
        "view": [VIEW, SHRINK, DAMAGED],
    }


@cache
def load_teacher(weights: Path | str) -> BackboneNetwork:
    """The teacher, with weights as `BackboneNetwork` takes them.

    Raises:
        WeightsError: they are not there, or do not fit.
    """
    return BackboneNetwork(TEACHER, weights).eval()


@torch.inference_mode()
def _lesson(
    pristine: Sequence[Path], others: Sequence[Path], weights: Path | str, seed: int, number: int
) -> dict[str, Tensor]:
    photos = [*pristine, *others]
    generator = np.random.default_rng((seed, number))
    place = number % len(photos)
    view = _view(read_photo(photos[place]).image, generator)
    if place < len(pristine) and generator.random() < DAMAGED:
        name = str(generator.choice(list(DISTORTIONS)))
        severity = float(generator.uniform(0.1, severity_curve(name).ceiling))
        view = as_saved(distort(view, name, severity, seed=int(generator.integers(2**32))))
    maps = load_teacher(weights).maps(view[None])
    small = (Resize(SHRINK)(view) * 255).round().to(torch.uint8)
    return {"small": small, **{str(at): one[0].half() for at, one in zip(TAUGHT, maps, strict=True)}}


def _view(photo: Tensor, generator: np.random.Generator) -> Tensor:
    """A part of `photo` (3, VIEW, VIEW), scaled and mirrored at random; so large that the student sees it as it later will."""
    shorter = min(photo.shape[1:])
    full = shrink_factor(*photo.shape[1:]) / SHRINK
    side = min(shorter, round(VIEW / (full * generator.uniform(0.75, 1.0))))
    top, left = (int(generator.integers(length - side + 1)) for length in photo.shape[1:])
    part = Resize(VIEW / side)(photo[:, top : top + side, left : left + side])
    return part.flip(2) if generator.random() < 0.5 else part


class Teaching(L.LightningModule):
    """The student, what it must say, and its optimizer.

    Args:
        network: the student.
        lessons: as `read_shards` gives them.
        seed: of the order of the lessons.
    """

    def __init__(self, network: ContentNetwork, lessons: dict[str, Tensor], *, seed: int) -> None:
        super().__init__()
        self.network, self.seed = network, seed
        self.lessons = TensorDataset(lessons["small"], *(lessons[str(at)] for at in TAUGHT))
        for at in TAUGHT:
            values = lessons[str(at)][::10].float()
            self.register_buffer(f"mean_{at}", values.mean((0, 2, 3))[:, None, None])
            self.register_buffer(f"deviation_{at}", values.std((0, 2, 3)).clamp(min=1e-3)[:, None, None])

    def train_dataloader(self) -> DataLoader:
        """The lessons in this epoch's order; each epoch is seeded by itself, so that a stopped run goes on as it would have."""
        generator = torch.Generator().manual_seed(self.seed * 10_000 + self.current_epoch)
        return DataLoader(
            self.lessons, batch_size=BATCH, shuffle=True, generator=generator, drop_last=len(self.lessons) > BATCH
        )

    def training_step(self, batch: list[Tensor]) -> Tensor:
        """How far the student is from the teacher, in shares of the variance of each channel."""
        small, *taught = batch
        said = self.network(small.float() / 255)
        errors = [
            F.mse_loss(
                one.float(), (truth.float() - self.get_buffer(f"mean_{at}")) / self.get_buffer(f"deviation_{at}")
            )
            for at, one, truth in zip(TAUGHT, said, taught, strict=True)
        ]
        loss = torch.stack(errors).mean()
        self.log("unexplained", loss, prog_bar=True)
        return loss

    def configure_optimizers(self) -> OptimizerLRScheduler:
        """AdamW on a one-cycle schedule."""
        optimizer = torch.optim.AdamW(self.parameters(), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY)
        return one_cycle(optimizer, LEARNING_RATE, self.trainer)


def teach(
    network: ContentNetwork, lessons: dict[str, Tensor], *, made_of: dict, folder: Path, epochs: int, seed: int
) -> None:
    """Train `network` in place; a stopped run goes on from its last epoch.

    Args:
        network: the student, with random weights.
        lessons: as `read_shards` gives them.
        made_of: what made the lessons, as their record has it.
        folder: that the folder with the checkpoints goes into.
        epochs: passes over the lessons.
        seed: of everything random.
    """
    key = [network, made_of, len(lessons["small"]), epochs, seed, BATCH, LEARNING_RATE, WEIGHT_DECAY]
    checkpoints = folder / f"content-{hashlib.sha256(repr(key).encode()).hexdigest()[:12]}"
    teaching = Teaching(network.to(memory_format=torch.channels_last).train(), lessons, seed=seed)
    fit_with_checkpoints(teaching, checkpoints, epochs=epochs, precision="bf16-mixed")
    network.to(memory_format=torch.contiguous_format).eval()
