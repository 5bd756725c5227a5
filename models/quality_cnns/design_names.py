"""Designs by the names of their blocks: REGIONS/BACKBONES/AGGREGATION/TARGET, each a choice or several with commas.

    whole/resnet50/features-mean/svr
    whole,random30x224/squeezenet1_1,resnet50+blemish/features-mean,predictions-mean/svr,mos
    whole/tuned-squeezenet1_1/features-mean/svr

A backbone is NAME, NAME@LAYER or NAME@LAYER@LAYER, with ^ behind it for a pyramid and tuned- before it to be fine-tuned.
"""

from __future__ import annotations

import itertools
import re
from typing import Any

from .aggregation import Aggregation
from .backbones.registry import Backbone
from .design import Design, FineTuning
from .recipes import get_design
from .regions import Grid, RandomCrops, Regions, SalientCrops, WholeImage
from .targets import AcrClasses, MeanOpinionScore, ScoreDistribution, SupportVectors

TUNED, TUNED_EPOCHS = "tuned-", 5
TARGETS: dict[str, Any] = {
    "svr": SupportVectors(),
    "mos": MeanOpinionScore(),
    "classes": AcrClasses(),
    "distribution": ScoreDistribution(),
}
REGION_NAMES = "whole, whole512x384, grid224, grid224by112, random30x224, salient5x224"


def parse_designs(name: str) -> list[Design]:
    """The designs that `name` stands for: a recipe (RECIPE or RECIPE:BACKBONE), or all combinations of blocks.

    Contradictions (support vectors with learned weights, several ways to pool a single region) are left out.

    Raises:
        ValueError: there is no block of that name, or nothing but contradictions.
    """
    if "/" not in name:
        return [get_design(name)]
    parts = name.split("/")
    if len(parts) != 4:
        raise ValueError(f"{name!r} must be REGIONS/BACKBONES/AGGREGATION/TARGET, with three slashes")
    regions, backbones, aggregations, targets = (part.split(",") for part in parts)
    for one in aggregations:
        _aggregation(one)
    combinations = itertools.product(regions, backbones, aggregations, targets)
    designs = [_design(*combination) for combination in combinations if _is_possible(combination[0], *combination[2:])]
    if not designs:
        raise ValueError(f"{name!r} stands for no design: its blocks contradict each other")
    return designs


def _design(regions: str, backbones: str, aggregation: str, target: str) -> Design:
    if target not in TARGETS:
        raise ValueError(f"no target is called {target!r}; there are {', '.join(TARGETS)}")
    tuned = backbones.startswith(TUNED)
    taught = MeanOpinionScore() if target == "svr" else TARGETS[target]
    name = "/".join((regions, backbones, aggregation, target))
    return Design(
        name=name,
        title=name,
        source="blocks",
        regions=parse_regions(regions),
        backbones=tuple(_backbone(backbone) for backbone in backbones.removeprefix(TUNED).split("+")),
        aggregation=_aggregation(aggregation),
        target=TARGETS[target],
        fine_tuning=FineTuning(target=taught, regions=parse_regions(regions), epochs=TUNED_EPOCHS) if tuned else None,
    )


def _aggregation(name: str) -> Aggregation:
    of, _, by = name.partition("-")
    return Aggregation(of, by)


def parse_regions(name: str) -> Regions:
    """The regions called `name`, such as one of REGION_NAMES.

    Raises:
        ValueError: there are none of that name.
    """
    if name == "whole":
        return WholeImage()
    kinds = {
        r"whole(\d+)x(\d+)": lambda width, height: WholeImage(resized_to=(height, width)),
        r"grid(\d+)": Grid,
        r"grid(\d+)by(\d+)": Grid,
        r"random(\d+)x(\d+)": RandomCrops,
        r"salient(\d+)x(\d+)": SalientCrops,
    }
    for pattern, kind in kinds.items():
        if match := re.fullmatch(pattern, name):
            numbers = [int(number) for number in match.groups()]
            if min(numbers) > 0:
                return kind(*numbers)
    raise ValueError(f"no regions are called {name!r}; such names are {REGION_NAMES}")


def _backbone(name: str) -> Backbone:
    plain = name.removesuffix("^")
    network, *layers = plain.split("@")
    return Backbone(network, tuple(layers), "pyramid" if name.endswith("^") else "mean")


def _is_possible(regions: str, aggregation: str, target: str) -> bool:
    one_region = regions.startswith("whole")
    return not (one_region and aggregation != "features-mean") and not (
        target == "svr" and aggregation == "predictions-learned"
    )
