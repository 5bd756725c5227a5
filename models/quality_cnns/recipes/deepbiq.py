"""DeepBIQ: many crops, a network tuned to five classes, support vectors on its features, predictions averaged."""

from __future__ import annotations

from ..aggregation import Aggregation
from ..backbones.registry import Backbone
from ..design import Design, FineTuning
from ..regions import RandomCrops
from ..targets import AcrClasses, SupportVectors

CROPS = 30
SIDES = {"caffenet": 227, "inception_resnet_v2": 299}  # px, of ImageNet's crops for that network; 224 for others


def deepbiq(backbone: str = "caffenet") -> Design:
    """Bianco, Celona, Napoletano and Schettini, SIViP 2018; with VGG16 and Inception-ResNet-v2 in the survey of 2020."""
    side = SIDES.get(backbone, 224)
    return Design(
        name=f"deepbiq:{backbone}",
        title=f"DeepBIQ ({backbone})",
        source="Bianco et al., On the use of deep learning for blind image quality assessment, SIViP 2018",
        regions=RandomCrops(CROPS, side),
        backbones=(Backbone(backbone),),
        aggregation=Aggregation("predictions", "mean"),
        target=SupportVectors(),
        fine_tuning=FineTuning(target=AcrClasses(), regions=RandomCrops(4, side)),
    )
