"""The design of a quality CNN: the four choices of the survey (Celona and Schettini, 2020), before anything is fitted."""

from __future__ import annotations

from dataclasses import dataclass

from .aggregation import Aggregation
from .backbones.registry import DAMAGE, Backbone
from .regions import Regions, describe_regions
from .targets import AcrClasses, MeanOpinionScore, ScoreDistribution, SupportVectors, TrainableTarget

TARGET_WORDS = {
    AcrClasses: "five classes",
    ScoreDistribution: "distribution",
    MeanOpinionScore: "MOS",
    SupportVectors: "SVR",
}


@dataclass(frozen=True)
class FineTuning:
    """How the backbone itself is trained on rated photos before its features are used.

    Attributes:
        target: that the backbone and its new layers are trained on.
        regions: of a photo in one training step; random ones are drawn anew in each epoch.
        hidden: widths of the layers between features and outputs.
        dropout: share of their units that are left out in a step.
        epochs: passes over the photos.
        batch: photos in a step.
        learning_rate: of the backbone, the peak of a one-cycle schedule; that of the new layers is ten times as high.
        weight_decay: of AdamW.
    """

    target: TrainableTarget
    regions: Regions
    hidden: tuple[int, ...] = ()
    dropout: float = 0.0
    epochs: int = 10
    batch: int = 8
    learning_rate: float = 1e-4
    weight_decay: float = 1e-2


@dataclass(frozen=True)
class Design:
    """The four choices of one quality CNN.

    Attributes:
        name: on the command line.
        title: in tables.
        source: the publication.
        regions: of a photo that go through the backbone.
        backbones: the networks whose features are taken; those of several are concatenated.
        aggregation: from regions to one prediction.
        target: of the head, which is fitted last.
        fine_tuning: of the one backbone; None for features off the shelf.

    Raises:
        ValueError: the choices contradict each other.
    """

    name: str
    title: str
    source: str
    regions: Regions
    backbones: tuple[Backbone, ...]
    aggregation: Aggregation
    target: TrainableTarget | SupportVectors
    fine_tuning: FineTuning | None = None

    def __post_init__(self) -> None:
        if self.aggregation.learned and isinstance(self.target, SupportVectors):
            raise ValueError("support vectors learn no weights of regions; take another target or another aggregation")
        names = [backbone.name for backbone in self.backbones]
        if self.fine_tuning and (len(names) > 1 or names == [DAMAGE]):
            raise ValueError(f"fine-tuning is for a design with one backbone, which is not {DAMAGE}")

    @property
    def words(self) -> dict[str, str]:
        """The four choices in a few words each, for tables."""
        tuned = " (fine-tuned)" if self.fine_tuning else ""
        return {
            "regions": describe_regions(self.regions),
            "backbone": " + ".join(backbone.words for backbone in self.backbones) + tuned,
            "aggregation": self.aggregation.words,
            "target": TARGET_WORDS[type(self.target)],
        }
