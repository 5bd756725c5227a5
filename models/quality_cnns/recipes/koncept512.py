"""KonCept512: the whole photo at 512 × 384, three layers, the mean opinion score."""

from __future__ import annotations

from ..aggregation import Aggregation
from ..backbones.registry import Backbone
from ..design import Design, FineTuning
from ..regions import WholeImage
from ..targets import MeanOpinionScore

HEIGHT, WIDTH = 384, 512  # px


def koncept512(backbone: str = "inception_resnet_v2") -> Design:
    """Hosu, Lin, Szirányi and Saupe, TIP 2020."""
    regions = WholeImage(resized_to=(HEIGHT, WIDTH))
    return Design(
        name=f"koncept512:{backbone}",
        title=f"KonCept512 ({backbone})",
        source="Hosu et al., KonIQ-10k: an ecologically valid database for deep learning of blind IQA, TIP 2020",
        regions=regions,
        backbones=(Backbone(backbone),),
        aggregation=Aggregation("features", "mean"),
        target=MeanOpinionScore(),
        fine_tuning=FineTuning(
            target=MeanOpinionScore(), regions=regions, hidden=(2048, 1024, 256), dropout=0.25, epochs=40
        ),
    )
