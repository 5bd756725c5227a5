"""Transmission: parts of a compressed photo lost on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .registry import distortion

if TYPE_CHECKING:
    from torch import Tensor

BLOCK = 16  # px; a macroblock
LONGEST_RUN = 16  # macroblocks lost together


@distortion(
    family="compression",
    stage="transmission",
    parameter="share of 16 × 16 px blocks lost, in runs",
    null=0,
    limit=1,
    known_as="{value:.1%} of the photo's blocks lost on the way",
    title="block loss",
)
def block_loss(image: Tensor, value: float, generator: np.random.Generator) -> Tensor:
    """Lose runs of macroblocks until a share `value` of the photo is gone, filled with the mean colour of the block before."""
    damaged, budget = image.clone(), value * image.shape[-1] * image.shape[-2]
    for top, left, right in _runs(image, generator):
        rows = slice(top, top + BLOCK)
        height = image[:, rows].shape[1]
        width = min(right - left, int(budget / height))
        budget -= width * height
        last = image[:, rows, max(0, left - BLOCK) : left] if left else image.new_full((1, 1, 1), 0.5)
        damaged[:, rows, left : left + width] = last.double().mean((1, 2), keepdim=True)
        if width < right - left:
            break
    return damaged


def _runs(image: Tensor, generator: np.random.Generator) -> np.ndarray:
    """All runs that the photo is sent in, (runs, 3) as top, left and right in px, in the order in which they are lost."""
    height, width = image.shape[-2:]
    runs = []
    for top in range(0, height, BLOCK):
        left = 0
        while left < width:
            right = min(width, left + BLOCK * int(generator.integers(1, LONGEST_RUN + 1)))
            runs.append((top, left, right))
            left = right
    return generator.permutation(np.array(runs))
