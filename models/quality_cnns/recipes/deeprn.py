"""DeepRN: the whole photo, a spatial pyramid over the last map, the distribution of people's scores."""

from __future__ import annotations

from ..aggregation import Aggregation
from ..backbones.registry import Backbone
from ..design import Design, FineTuning
from ..regions import WholeImage
from ..targets import ScoreDistribution

# The layer of the last map, by the kind of network.
LAST_MAPS = {"resnet": "layer4", "squeezenet": "features", "mobilenet": "features", "vgg": "features"}


def deeprn(backbone: str = "resnet101") -> Design:
    """Varga, Saupe and Szirányi, ICME 2018. The width of the hidden layer is not published; it is ours.

    Raises:
        ValueError: the layer of the last map is not known for `backbone`.
    """
    layer = next((layer for kind, layer in LAST_MAPS.items() if backbone.startswith(kind)), None)
    if layer is None:
        raise ValueError(f"DeepRN pools a map; its layer is known for {', '.join(LAST_MAPS)}, not for {backbone!r}")
    return Design(
        name=f"deeprn:{backbone}",
        title=f"DeepRN ({backbone})",
        source="Varga et al., DeepRN: a content preserving deep architecture for blind image quality assessment, ICME 2018",
        regions=WholeImage(),
        backbones=(Backbone(backbone, (layer,), pooling="pyramid"),),
        aggregation=Aggregation("features", "mean"),
        target=ScoreDistribution(),
        fine_tuning=FineTuning(target=ScoreDistribution(), regions=WholeImage(), hidden=(512,), dropout=0.5, batch=4),
    )
