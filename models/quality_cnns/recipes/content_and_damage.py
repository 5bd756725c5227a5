"""Content and damage: ours. A classifier's features of the whole photo, beside the embedding of the embedded model.

A classifier is trained to be invariant to noise and blur, and statistics of damage hold nothing of what a photo shows; each
has what the other lacks.
"""

from __future__ import annotations

from ..aggregation import Aggregation
from ..backbones.registry import DAMAGE, Backbone
from ..design import Design
from ..regions import WholeImage
from ..targets import SupportVectors


def content_and_damage(backbone: str = "resnet50") -> Design:
    """Features off the shelf of any backbone, beside the embedded model's."""
    return Design(
        name=f"content-and-damage:{backbone}",
        title=f"content and damage ({backbone})",
        source="blemish",
        regions=WholeImage(),
        backbones=(Backbone(backbone), Backbone(DAMAGE)),
        aggregation=Aggregation("features", "mean"),
        target=SupportVectors(),
    )
