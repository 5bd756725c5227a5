"""The table of distortions. Each kernel enters itself here, in the file where it stands, with the `distortion` decorator."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from torch import Tensor

Kernel = Callable[["Tensor", float, np.random.Generator], "Tensor"]


@dataclass(frozen=True)
class Distortion:
    """One kind of damage: a pure kernel and the words for its physical parameter.

    Attributes:
        name: the field's term, in snake case.
        title: the name as it is written in a sentence.
        family: blur, noise, compression, processing, tone or spatial.
        parameter: what the kernel's `value` measures.
        unit: the unit of `value`; empty where it is a pure number.
        null: the value at which the kernel changes nothing.
        known_as: a phrase with `{value}` that a person knows the damage by, such as "JPEG quality {value:.0f}".
        kernel: `(image, value, generator) -> image`, images as (3, H, W) float32 in [0, 1].
    """

    name: str
    title: str
    family: str
    parameter: str
    unit: str
    null: float
    known_as: str
    kernel: Kernel

    def phrase(self, value: float) -> str:
        """The damage at `value` (in `unit`) in words that a person knows."""
        return self.known_as.format(value=value)


DISTORTIONS: dict[str, Distortion] = {}


def distortion(
    *, family: str, parameter: str, unit: str = "", null: float, known_as: str, title: str | None = None
) -> Callable[[Kernel], Kernel]:
    """Enter the decorated kernel into `DISTORTIONS` under its function's name, which makes the title where none is given."""

    def enter(kernel: Kernel) -> Kernel:
        name = kernel.__name__  # pyright: ignore[reportFunctionMemberAccess]
        written = title or name.replace("_", " ")
        DISTORTIONS[name] = Distortion(name, written, family, parameter, unit, null, known_as, kernel)
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
