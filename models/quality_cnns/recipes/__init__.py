"""Published quality CNNs, and one of ours, each a design in a file of its own."""

from __future__ import annotations

from collections.abc import Callable

from ..design import Design
from .content_and_damage import content_and_damage
from .deepbiq import deepbiq
from .deeprn import deeprn
from .koncept512 import koncept512

RECIPES: dict[str, Callable[..., Design]] = {
    "deepbiq": deepbiq,
    "deeprn": deeprn,
    "koncept512": koncept512,
    "content-and-damage": content_and_damage,
}


def get_design(name: str) -> Design:
    """The design called RECIPE, or RECIPE:BACKBONE for the same choices with another backbone.

    Raises:
        ValueError: there is no such recipe or backbone.
    """
    recipe, _, backbone = name.partition(":")
    if recipe not in RECIPES:
        raise ValueError(f"no recipe is called {recipe!r}; there are {', '.join(RECIPES)}")
    return RECIPES[recipe](backbone) if backbone else RECIPES[recipe]()
