"""The table of variants: other implementations of the registry's distortions, for training alone.

A variant is a kernel `(image, amount, generator) -> image` whose damage rises with an amount from 0 (not asked for) to 1 (more
than anyone would); what its amounts come to in severity is measured, and kept in `severities.json`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from torch import Tensor

Kernel = Callable[["Tensor", float, np.random.Generator], "Tensor"]


@dataclass(frozen=True)
class Variant:
    """Another implementation of the distortion called `of`."""

    name: str
    of: str
    kernel: Kernel

    def __call__(self, image: Tensor, amount: float, generator: np.random.Generator) -> Tensor:
        """`image`, (3, H, W) float32 in [0, 1], damaged by `amount`; the same shape, type and range."""
        return self.kernel(image, amount, generator).float().clamp(0, 1)


VARIANTS: dict[str, list[Variant]] = defaultdict(list)  # by the distortion that they are of


def variant(of: str) -> Callable[[Kernel], Kernel]:
    """Enter the decorated kernel into `VARIANTS` under its function's name."""

    def enter(kernel: Kernel) -> Kernel:
        name = kernel.__name__
        VARIANTS[of].append(Variant(name, of, kernel))
        return kernel

    return enter


def between(low: float, high: float, amount: float) -> float:
    """From `low` to `high`, both above 0, by equal ratios as `amount` goes from 0 to 1."""
    return low * (high / low) ** amount
