"""Distorting a photo: once, along a ladder of rising severity, or by a chain of distortions."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from .distortions.registry import DISTORTIONS, STAGES, get_distortion
from .severity import severity_curve

if TYPE_CHECKING:
    from torch import Tensor

DEFAULT_LEVELS = 5


def distort(image: Tensor, name: str, severity: float, *, seed: int = 0, mask: Tensor | None = None) -> Tensor:
    """`image` damaged by the distortion called `name`.

    Args:
        image: (3, H, W) float32, RGB, sRGB-encoded, in [0, 1].
        name: a key of `DISTORTIONS`.
        severity: 0 (the image itself, returned as it is) to the distortion's ceiling, 1 (very annoying) for most.
        seed: of all randomness; the same call gives the same bytes.
        mask: (H, W) share of the distortion at each pixel, 0 to 1; None for all of it everywhere.

    Returns:
        (3, H, W) float32 in [0, 1].

    Raises:
        ValueError: no such distortion, a severity above its ceiling, or a mask of another size or range.
    """
    entry, value = get_distortion(name), severity_curve(name).value(severity)
    share = None if mask is None else _checked(mask, image)
    if severity == 0:
        return image
    damaged = entry(image, value, generator_of(seed, name))
    return damaged if share is None else image * (1 - share) + damaged * share


def distort_chain(
    image: Tensor, severities: Mapping[str, float], *, seed: int = 0, masks: Mapping[str, Tensor] | None = None
) -> Tensor:
    """`image` damaged by several distortions, in the order of their stages from scene to viewer.

    Args:
        image: (3, H, W) float32 in [0, 1].
        severities: of each distortion, by name, in any order.
        seed: of all randomness; each distortion draws as it would alone.
        masks: for those that are not everywhere, by name: (H, W), 0 to 1.

    Returns:
        (3, H, W) float32 in [0, 1].

    Raises:
        ValueError: as `distort`.
    """
    for name in in_camera_order(severities):
        image = distort(image, name, severities[name], seed=seed, mask=(masks or {}).get(name))
    return image


def in_camera_order(names: Iterable[str]) -> list[str]:
    """`names` of distortions, sorted by the stage of each from scene to viewer, those of one stage as in the registry.

    Raises:
        ValueError: there is no such distortion.
    """
    places = {name: (STAGES.index(get_distortion(name).stage), list(DISTORTIONS).index(name)) for name in names}
    return sorted(places, key=lambda name: places[name])


def even_severities(levels: int, *, up_to: float = 1.0) -> tuple[float, ...]:
    """`levels` severities from 0 to `up_to`, evenly spaced.

    Raises:
        ValueError: fewer than two levels.
    """
    if levels < 2:
        raise ValueError(f"levels is {levels}; a ladder has at least 2")
    return tuple(round(float(severity), 4) for severity in np.linspace(0, up_to, levels))


class Ladder:
    """One photo, one distortion, levels of rising severity. Iterating makes the levels one at a time.

    Attributes:
        image: the photo, (3, H, W) float32 in [0, 1].
        distortion: a key of `DISTORTIONS`.
        severities: one per level, each in [0, 1].
        values: the distortion's parameter at each level, in its own unit; at severity 0 its null value.
        seed: of all levels, so that they differ in strength alone.
        mask: (H, W) share of the distortion at each pixel, 0 to 1; None for all of it everywhere.
    """

    def __init__(
        self,
        image: Tensor,
        distortion: str,
        severities: Sequence[float] | None = None,
        *,
        levels: int | None = None,
        seed: int = 0,
        mask: Tensor | None = None,
    ) -> None:
        """Either `severities`, or `levels` of them evenly from 0 to the ceiling of the distortion (5 without either).

        Raises:
            ValueError: both were given, no such distortion, a severity above its ceiling, or fewer than two levels.
        """
        if severities is not None and levels is not None:
            raise ValueError("a ladder takes severities or a number of levels, not both")
        curve = severity_curve(distortion)
        if severities is None:
            severities = even_severities(DEFAULT_LEVELS if levels is None else levels, up_to=curve.ceiling)
        self.values = tuple(curve.value(severity) for severity in severities)
        self.image, self.distortion, self.severities = image, distortion, tuple(severities)
        self.seed, self.mask = seed, mask

    def __len__(self) -> int:
        """How many levels there are."""
        return len(self.severities)

    def __iter__(self) -> Iterator[Tensor]:
        """Each level, (3, H, W) float32 in [0, 1], in the order of `severities`."""
        for severity in self.severities:
            yield distort(self.image, self.distortion, severity, seed=self.seed, mask=self.mask)


def _checked(mask: Tensor, image: Tensor) -> Tensor:
    """`mask` in the type and on the device of `image`."""
    if mask.shape != image.shape[1:]:
        raise ValueError(f"mask is of shape {tuple(mask.shape)}; it should be {tuple(image.shape[1:])}")
    mask = mask.to(image)
    if float(mask.min()) < 0 or float(mask.max()) > 1:
        raise ValueError(
            f"mask has values from {float(mask.min()):g} to {float(mask.max()):g}; they should be from 0 to 1"
        )
    return mask


def generator_of(seed: int, name: str) -> np.random.Generator:
    """Philox keyed by seed and name: the same stream on every machine, independent of other draws."""
    digest = hashlib.sha256(f"{seed}/{name}".encode()).digest()
    return np.random.Generator(np.random.Philox(key=int.from_bytes(digest[:16], "little")))
