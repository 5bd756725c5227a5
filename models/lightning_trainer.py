"""Lightning as used here: quiet, resumable from the last epoch, on a one-cycle schedule."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import lightning as L
import torch
from lightning.pytorch.callbacks import Callback, ModelCheckpoint
from lightning.pytorch.utilities.types import OptimizerLRScheduler
from torch.utils.data import DataLoader

DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")  # where Lightning's "auto" computes, too


def one_cycle(
    optimizer: torch.optim.Optimizer, peaks: float | list[float], trainer: L.Trainer, *, rise: float = 0.1
) -> OptimizerLRScheduler:
    """`optimizer` with learning rates that rise to `peaks` in a share `rise` of all steps, and fall to nothing by the last."""
    steps = int(trainer.estimated_stepping_batches)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, peaks, total_steps=steps, pct_start=rise)
    return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}


def fit_with_checkpoints(
    module: L.LightningModule,
    folder: Path,
    *,
    epochs: int,
    watched: DataLoader | None = None,
    precision: Literal["32-true", "bf16-mixed"] = "32-true",
    largest_gradient: float | None = None,
) -> L.Trainer:
    """Fit `module`, with a checkpoint in `folder` after each epoch; called again after a stop, go on from the last.

    Args:
        module: with its own training data.
        folder: for checkpoints.
        epochs: passes over the data.
        watched: validation data; None for none.
        precision: of the computation.
        largest_gradient: to whose norm longer ones are cut.
    """
    last = folder / "last.ckpt"
    kept = ModelCheckpoint(folder, filename=last.stem, enable_version_counter=False)
    trainer = quiet_trainer(
        folder, epochs=epochs, callbacks=[kept], precision=precision, largest_gradient=largest_gradient
    )
    with without_advice():
        trainer.fit(module, val_dataloaders=watched, ckpt_path=last if last.exists() else None)
    return trainer


@contextmanager
def without_advice() -> Iterator[None]:
    """Silence Lightning's advice on data loaders, which is for data on disk and machines with many cores."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module="lightning")
        yield


def quiet_trainer(
    folder: Path,
    *,
    epochs: int,
    callbacks: Sequence[Callback],
    precision: Literal["32-true", "bf16-mixed"] = "32-true",
    largest_gradient: float | None = None,
) -> L.Trainer:
    """A trainer on whatever accelerator the machine has, which prints its progress alone."""
    logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)
    return L.Trainer(
        max_epochs=epochs,
        precision=precision,
        gradient_clip_val=largest_gradient,
        reload_dataloaders_every_n_epochs=1,
        accelerator="auto",
        default_root_dir=folder,
        logger=False,
        callbacks=list(callbacks),
        enable_checkpointing=bool(callbacks),
        enable_model_summary=False,
    )
