"""Content and damage: ours. What a classifier sees in the whole photo, beside what the embedded model measures of its damage.

A network that was trained to name objects looks past noise and blur, and statistics of damage do not know whether a soft
background is a mistake; each has what the other lacks.
"""

from __future__ import annotations

from ..aggregation import Aggregation
from ..backbones.registry import DAMAGE, Backbone
from ..model import Design
from ..regions import WholePhoto
from ..targets import SupportVectors


def content_and_damage(backbone: str = "resnet50") -> Design:
    """Features off the shelf of any backbone, and blemish's own."""
    return Design(
        name=f"content-and-damage:{backbone}",
        title=f"content and damage ({backbone})",
        source="blemish",
        regions=WholePhoto(),
        backbones=(Backbone(backbone), Backbone(DAMAGE)),
        aggregation=Aggregation("features", "mean"),
        target=SupportVectors(),
    )
