"""A quality CNN as the survey describes one (Celona and Schettini, 2020): four choices, and a head fitted to rated photos."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from ..score import ACR_WORDS, PredictedRatings, Score
from .aggregation import Aggregation
from .backbones.registry import DAMAGE, Backbone, BackboneNetwork, DamageNetwork
from .features import PhotoFeatures, photo_features
from .heads import LayeredHead, SupportVectorHead, fit_layers, fit_support_vectors, weighted_outputs
from .regions import Regions, describe_regions
from .targets import AcrClasses, MeanOpinionScore, Rated, ScoreDistribution, SupportVectors

Taught = AcrClasses | ScoreDistribution | MeanOpinionScore


@dataclass(frozen=True)
class FineTuning:
    """How a system's backbone itself is trained on rated photos before its features are used.

    Attributes:
        target: that it is taught.
        regions: that a step sees of a photo, drawn anew each time where they are drawn at random.
        hidden: widths of the layers between features and prediction.
        dropout: share of their units that are left out.
        epochs: passes over the photos.
        batch: photos in a step.
        learning_rate: of the backbone, the peak of a one-cycle schedule; the new layers learn ten times as fast.
        weight_decay: of AdamW.
    """

    target: Taught
    regions: Regions
    hidden: tuple[int, ...] = ()
    dropout: float = 0.0
    epochs: int = 10
    batch: int = 8
    learning_rate: float = 1e-4
    weight_decay: float = 1e-2


@dataclass(frozen=True)
class Design:
    """The four choices, and where they are from.

    Attributes:
        name: on the command line.
        title: in tables.
        source: the publication.
        regions: that the network sees.
        backbones: the networks whose features are taken; of several, the features stand side by side.
        aggregation: of the regions.
        target: of the head that is fitted last.
        fine_tuning: of the one backbone; None for features off the shelf.
    """

    name: str
    title: str
    source: str
    regions: Regions
    backbones: tuple[Backbone, ...]
    aggregation: Aggregation
    target: Taught | SupportVectors
    fine_tuning: FineTuning | None = None

    def __post_init__(self) -> None:
        if self.aggregation.learned and isinstance(self.target, SupportVectors):
            raise ValueError(
                "support vectors learn no weights of regions; take another prediction or another aggregation"
            )
        names = [backbone.name for backbone in self.backbones]
        if self.fine_tuning and (len(names) > 1 or names == [DAMAGE]):
            raise ValueError(f"fine-tuning is for a system with one backbone, which is not {DAMAGE}")

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


TARGET_WORDS = {
    AcrClasses: "five classes",
    ScoreDistribution: "distribution",
    MeanOpinionScore: "MOS",
    SupportVectors: "SVR",
}


@dataclass(frozen=True)
class FittedHead:
    """A fitted head, and how it is used: from the features of a photo's regions to one opinion.

    Attributes:
        aggregation: of the regions.
        target: that the head gives.
        head: from rows of features to outputs.
        spread: standard deviation, in points, of mean opinion scores about their predictions on photos that were left out.
    """

    aggregation: Aggregation
    target: Taught | SupportVectors
    head: LayeredHead | SupportVectorHead
    spread: float = 10.0

    @torch.inference_mode()
    def predict(self, photo: PhotoFeatures) -> PredictedRatings:
        """What is thought of `photo` (N = 1)."""
        rows = self.aggregation.rows(photo)
        if rows.shape[1] != len(self.head.standardization.mean):
            raise ValueError(f"the photo has {len(photo.regions)} regions, others had another number: no row for them")
        outputs = self.head(rows)
        if self.aggregation.learned:
            one_photo = torch.zeros(len(outputs), dtype=torch.long)
            return self.target.read(weighted_outputs(outputs, one_photo, 1), self.spread)
        each = self.target.read(outputs, self.spread)
        return each.mixed(self.aggregation.weights(each.score, photo.saliency))

    def scores(self, photos: Sequence[PhotoFeatures]) -> Tensor:
        """The score of each of `photos`: (N,)."""
        return torch.cat([self.predict(photo).score for photo in photos])


def fit_head(design: Design, photos: Sequence[PhotoFeatures], rated: Rated, *, seed: int) -> FittedHead:
    """Fit the head of `design` to `photos` that people rated."""
    aggregation, target = design.aggregation, design.target
    counts = sorted({len(photo.regions) for photo in photos})
    if aggregation.by == "concatenation" and len(counts) > 1:
        raise ValueError(f"photos have from {counts[0]} to {counts[-1]} regions; they cannot stand in a row")
    if isinstance(target, SupportVectors):
        rows = [aggregation.rows(photo) for photo in photos]
        scores = rated.score.repeat_interleave(torch.tensor([len(one) for one in rows]))
        head = fit_support_vectors(target, torch.cat(rows), scores, seed=seed)
    else:
        head = fit_layers(target, aggregation, photos, rated, seed=seed)
    return FittedHead(aggregation, target, head)


def side_by_side(features: Sequence[Sequence[PhotoFeatures]]) -> list[PhotoFeatures]:
    """The features of several backbones of the same regions as one: features[backbone][photo]."""
    return [
        PhotoFeatures(torch.cat([one.regions for one in photo], dim=1), photo[0].saliency)
        for photo in zip(*features, strict=True)
    ]


@dataclass(frozen=True)
class QualityCnn:
    """A trained system: photo in, score out.

    Attributes:
        name: what it is called in tables and reports.
        design: its four choices.
        networks: one for each of its backbones.
        fitted_head: its fitted head.
        error: half of the interval's width in points: `CONFIDENCE` of the photos left out of the fit were closer.
        sha256: of its file; empty for one that was never saved.
        record: what made it.
    """

    name: str
    design: Design
    networks: tuple[BackboneNetwork | DamageNetwork, ...]
    fitted_head: FittedHead
    error: float
    sha256: str = ""
    record: dict = field(default_factory=dict)

    def predict(self, image: Tensor) -> PredictedRatings:
        """What it thinks of `image` (3, H, W).

        Raises:
            ValueError: the photo is smaller than its regions.
        """
        features = [[photo_features(image, self.design.regions, network)] for network in self.networks]
        return self.fitted_head.predict(side_by_side(features)[0])

    def score(self, image: Tensor) -> Score:
        """The mean opinion score that it expects `image` to get, with an interval that `CONFIDENCE` of photos lie in."""
        predicted_ratings = self.predict(image)
        value = float(predicted_ratings.score)
        ends = max(0.0, value - self.error), min(100.0, value + self.error)
        return Score(value, ends, dict(zip(ACR_WORDS, predicted_ratings.acr[0].tolist(), strict=True)))
