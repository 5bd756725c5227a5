"""The interface that every quality model is brought to, and what happens when a model does not keep to it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

BATCH = 4  # images that a model is given at once; ladders of 20 levels fill five batches
TIMEOUT = 300.0  # s that it has for them


class ScorerError(ValueError):
    """A model that cannot be had; the message names it and says what is missing."""


class ScoringError(Exception):
    """A model that returned no usable scores; the message says what came back."""


class HangError(ScoringError):
    """A model that returned nothing in time."""


@dataclass(frozen=True)
class Batch:
    """Images of one size that are scored together.

    Attributes:
        images: (N, 3, H, W) float32, sRGB, in [0, 1], with 256 levels.
        references: (N, 3, H, W) the undistorted versions, for full-reference measures.
        suffix: of the files that a model which reads files is given, ".png" or ".bmp".
    """

    images: Tensor
    references: Tensor
    suffix: str = ".png"

    def __len__(self) -> int:
        """How many images there are."""
        return len(self.images)


@dataclass(frozen=True)
class Scorer:
    """A quality model.

    Attributes:
        name: as it was asked for.
        adapter: what brought it to this interface: "blemish", "pyiqa", "piq", "torchmetrics", "callable", "ONNX" or "command".
        fingerprint: of the model's code or weights: the same fingerprint, the same scores.
        score: `Batch` to N scores, as anything that becomes an array.
        batch: images in each call.
        higher_is_better: what the model says of itself; None where it says nothing.
        scale: the ends of its scale, where it declares one.
        full_reference: whether it compares with the undistorted photo, which blind models never get.
        reads_files: whether it is given files and not tensors.
        note: what the adapter had to do to the images.
    """

    name: str
    adapter: str
    fingerprint: str
    score: Callable[[Batch], Any]
    batch: int = BATCH
    higher_is_better: bool | None = None
    scale: tuple[float, float] | None = None
    full_reference: bool = False
    reads_files: bool = False
    note: str = ""


def checked_scores(scorer: Scorer, batch: Batch, *, timeout: float = TIMEOUT) -> np.ndarray:
    """What `scorer` returns for `batch`, (N,) float64, if it is one finite number of its scale for each image.

    Raises:
        HangError: nothing came back within `timeout` seconds. The thread that waits for it is left behind.
        ScoringError: it raised, or returned something else.
    """
    returned = _in_time(scorer, batch, timeout)
    try:
        scores = np.asarray(returned.detach().cpu() if isinstance(returned, Tensor) else returned, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ScoringError(f"returned {_shortened(returned)}, which are no numbers") from error
    if scores.shape not in ((len(batch),), (len(batch), 1)) and not (len(batch) == 1 and scores.size == 1):
        raise ScoringError(
            f"returned an array of shape {scores.shape} for {len(batch)} images; it should be one score each"
        )
    scores = scores.reshape(-1)
    if not np.isfinite(scores).all():
        raise ScoringError(f"returned {scores[~np.isfinite(scores)][0]} for one of {len(batch)} images")
    if scorer.scale is not None:
        low, high = scorer.scale
        slack = 1e-3 * (high - low)
        if scores.min() < low - slack or scores.max() > high + slack:
            worst = scores.min() if scores.min() < low - slack else scores.max()
            raise ScoringError(f"returned {worst:g}, outside its own scale of {low:g} to {high:g}")
    return scores


def _in_time(scorer: Scorer, batch: Batch, timeout: float) -> Any:
    """What `scorer.score` returns or raises, waited for in a thread of its own: what hangs can only be left behind."""
    outcome: list[Any] = []

    def work() -> None:
        try:
            with torch.inference_mode():
                outcome.extend((scorer.score(batch), None))
        except Exception as error:  # whatever a stranger's model raises is its answer
            outcome.extend((None, error))

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(timeout)
    if not outcome:
        raise HangError(f"returned nothing within {timeout:g} s")
    returned, error = outcome
    if isinstance(error, ScoringError):
        raise error
    if error is not None:
        raise ScoringError(f"raised {type(error).__name__}: {_shortened(error)}") from error
    return returned


def _shortened(what: object) -> str:
    text = " ".join(str(what).split())
    return text if len(text) <= 160 else text[:157] + "..."
