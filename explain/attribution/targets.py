"""Targets: which of a model's predictions is attributed, in which unit, and which way is worse."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

KINDS = ("mos", "overall_severity", "severity:NAME", "probability:NAME")


@dataclass(frozen=True)
class Target:
    """One prediction of a model.

    Attributes:
        name: as on the command line, such as `mos` or `severity:jpeg`.
        unit: of its values, and so of every attribution of it.
        sign: 1 where a larger value means more damage, -1 where it means less: `sign` times an attribution is damage.
    """

    name: str
    unit: str
    sign: int

    @property
    def kind(self) -> str:
        """What comes before the colon."""
        return self.name.partition(":")[0]

    @property
    def distortion(self) -> str | None:
        """The distortion that it is about; None where it is about the photo as a whole."""
        return self.name.partition(":")[2] or None


def parse_target(name: str, distortions: Sequence[str]) -> Target:
    """The target that `name` stands for.

    Args:
        name: one of KINDS, with one of `distortions` for NAME.
        distortions: that the model predicts.

    Raises:
        ValueError: there is no such target.
    """
    kind, _, distortion = name.partition(":")
    if name == "mos":
        return Target(name, "points", -1)
    if name == "overall_severity":
        return Target(name, "severity", 1)
    if kind not in ("severity", "probability") or not distortion:
        raise ValueError(f"target is {name!r}; it must be one of {', '.join(KINDS)}")
    if distortion not in distortions:
        raise ValueError(f"target is {name!r}; the model predicts no {distortion!r} (`blemish distortions` lists them)")
    return Target(name, kind, 1)
