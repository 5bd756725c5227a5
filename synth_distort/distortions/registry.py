"""The table of distortions. Each kernel enters itself here, in the file where it stands, with the `distortion` decorator."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from torch import Tensor

Kernel = Callable[["Tensor", float, np.random.Generator], "Tensor"]
Encoder = Callable[["Tensor", float], bytes]

FAMILIES = ("blur", "noise", "compression", "processing", "color", "tone", "spatial")
# Where damage happens on the way from the scene to the viewer: the order in which a chain of distortions is applied.
STAGES = ("scene", "lens", "exposure", "sensor", "development", "editing", "storage", "transmission", "display")

RATED_AREA = 512 * 384  # px; of the photos on which people rated distortions


@dataclass(frozen=True)
class Distortion:
    """One kind of damage: a pure kernel and the words for its physical parameter.

    Attributes:
        name: the field's term, in snake case.
        title: the name as it is written in a sentence.
        family: one of `FAMILIES`.
        stage: one of `STAGES`.
        parameter: what the kernel's `value` measures.
        unit: the unit of `value`; empty where it is a pure number.
        null: the value at which there is no damage; the kernel is not asked for it.
        limit: the value beyond which it cannot go, or nobody would.
        known_as: a phrase with `{value}` for a reader, such as "JPEG quality {value:.0f}".
        kernel: `(image, value, generator) -> image`; a new one, which may leave [0, 1] or be in double precision.
        encode: for a codec, `(image, value) -> bytes` of the file that the kernel reads back; None for all others.
        suffix: of the file that keeps the damage as it is: the codec's own, or ".png".
    """

    name: str
    title: str
    family: str
    stage: str
    parameter: str
    unit: str
    null: float
    limit: float
    known_as: str
    kernel: Kernel
    encode: Encoder | None
    suffix: str

    def __call__(self, image: Tensor, value: float, generator: np.random.Generator) -> Tensor:
        """`image`, (3, H, W) float32 in [0, 1], damaged with strength `value`; the same shape, type, range and device."""
        return image if value == self.null else self.kernel(image, value, generator).float().clamp_(0, 1)

    def phrase(self, value: float) -> str:
        """The distortion at `value` (in `unit`) as a phrase for a reader."""
        return self.known_as.format(value=value)


DISTORTIONS: dict[str, Distortion] = {}


def distortion(
    *,
    family: str,
    stage: str,
    parameter: str,
    unit: str = "",
    null: float,
    limit: float,
    known_as: str,
    title: str | None = None,
    encode: Encoder | None = None,
    suffix: str = ".png",
) -> Callable[[Kernel], Kernel]:
    """Enter the decorated kernel into `DISTORTIONS` under its function's name, which makes the title where none is given."""
    assert family in FAMILIES
    assert stage in STAGES

    def enter(kernel: Kernel) -> Kernel:
        name = kernel.__name__
        DISTORTIONS[name] = Distortion(
            name=name,
            title=title or name.replace("_", " "),
            family=family,
            stage=stage,
            parameter=parameter,
            unit=unit,
            null=null,
            limit=limit,
            known_as=known_as,
            kernel=kernel,
            encode=encode,
            suffix=suffix,
        )
        return kernel

    return enter


def get_distortion(name: str) -> Distortion:
    """The entry called `name`.

    Raises:
        ValueError: there is none; the message lists those there are.
    """
    if name not in DISTORTIONS:
        raise ValueError(f"no distortion is called {name!r}; there are {', '.join(DISTORTIONS)}")
    return DISTORTIONS[name]
