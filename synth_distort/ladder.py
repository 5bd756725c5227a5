"""Distorting a photo, once or along a ladder of rising severity."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .registry import get_distortion
from .severity import severity_curve

if TYPE_CHECKING:
    from torch import Tensor


def distort(image: Tensor, name: str, severity: float, *, seed: int = 0) -> Tensor:
    """`image` damaged by the distortion called `name`.

    Args:
        image: (3, H, W) float32, RGB, sRGB-encoded, in [0, 1].
        name: a key of `DISTORTIONS`.
        severity: 0 (the image itself, returned as it is) to 1 (very annoying).
        seed: what any randomness grows from; the same call gives the same bytes.

    Returns:
        (3, H, W) float32 in [0, 1].

    Raises:
        ValueError: no such distortion, or a severity outside [0, 1].
    """
    entry, value = get_distortion(name), severity_curve(name).value(severity)
    if severity == 0:
        return image
    return entry.kernel(image, value, _generator(seed, name))


def even_severities(rungs: int) -> tuple[float, ...]:
    """`rungs` severities from 0 to 1, evenly spaced.

    Raises:
        ValueError: fewer than two rungs.
    """
    if rungs < 2:
        raise ValueError(f"rungs is {rungs}; a ladder has at least 2")
    return tuple(round(float(severity), 4) for severity in np.linspace(0, 1, rungs))


@dataclass(frozen=True)
class Ladder:
    """One photo, one distortion, rungs of rising severity. Iterating makes the rungs one at a time.

    Attributes:
        image: the photo, (3, H, W) float32 in [0, 1].
        distortion: a key of `DISTORTIONS`.
        severities: one per rung, each in [0, 1].
        seed: the same for all rungs, so that they differ in strength alone.
    """

    image: Tensor
    distortion: str
    severities: Sequence[float] = even_severities(5)
    seed: int = 0

    @property
    def values(self) -> tuple[float, ...]:
        """The distortion's parameter at each rung, in its own unit; at severity 0 its null value."""
        curve = severity_curve(self.distortion)
        return tuple(curve.value(severity) if severity > 0 else curve.null for severity in self.severities)

    def __len__(self) -> int:
        """How many rungs there are."""
        return len(self.severities)

    def __iter__(self) -> Iterator[Tensor]:
        """Each rung, (3, H, W) float32 in [0, 1], in the order of `severities`."""
        for severity in self.severities:
            yield distort(self.image, self.distortion, severity, seed=self.seed)


def _generator(seed: int, name: str) -> np.random.Generator:
    """Philox keyed by seed and name: the same stream on every machine, whatever was drawn before."""
    digest = hashlib.sha256(f"{seed}/{name}".encode()).digest()
    return np.random.Generator(np.random.Philox(key=int.from_bytes(digest[:16], "little")))
