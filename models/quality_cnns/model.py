"""A quality CNN: the networks of a design and a head fitted to rated photos."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from ..score import ACR_WORDS, PredictedRatings, Score
from .aggregation import Aggregation
from .backbones.registry import BackboneNetwork, DamageNetwork
from .design import Design
from .features import PhotoFeatures, photo_features
from .heads import LayeredHead, SupportVectorHead, fit_layers, fit_support_vectors, weighted_outputs
from .targets import Rated, SupportVectors, TrainableTarget


@dataclass(frozen=True)
class FittedHead:
    """A fitted head and its use: from the features of a photo's regions to one prediction.

    Attributes:
        aggregation: of the regions.
        target: that the head was fitted to.
        head: from rows of features to outputs.
        spread: standard deviation, in points, of mean opinion scores about their predictions on photos left out of the fit.
    """

    aggregation: Aggregation
    target: TrainableTarget | SupportVectors
    head: LayeredHead | SupportVectorHead
    spread: float = 10.0

    @torch.inference_mode()
    def predict(self, photo: PhotoFeatures) -> PredictedRatings:
        """The prediction for one photo (N = 1).

        Raises:
            ValueError: features are concatenated, and the photo has another number of regions than those of the fit.
        """
        return self.rate(photo)

    def rate(self, photo: PhotoFeatures) -> PredictedRatings:
        """The same with gradients, where `photo` has any; it raises what `predict` does."""
        rows = self.aggregation.rows(photo)
        if rows.shape[1] != len(self.head.standardization.mean):
            raise ValueError(
                f"the photo has {len(photo.regions)} regions, those of the fit another number; they cannot be concatenated"
            )
        outputs = self.head(rows)
        if self.aggregation.learned:
            one_photo = torch.zeros(len(outputs), dtype=torch.long)
            return self.target.read(weighted_outputs(outputs, one_photo, 1), self.spread)
        each = self.target.read(outputs, self.spread)
        return each.mixed(self.aggregation.weights(each.score, photo.saliency))

    def scores(self, photos: Sequence[PhotoFeatures]) -> Tensor:
        """The predicted mean opinion score of each of `photos`: (N,)."""
        return torch.cat([self.predict(photo).score for photo in photos])


def fit_head(design: Design, photos: Sequence[PhotoFeatures], rated: Rated, *, seed: int) -> FittedHead:
    """Fit the head of `design` to the features of N photos and their ratings.

    Raises:
        ValueError: features are to be concatenated, and the photos differ in their number of regions.
    """
    aggregation, target = design.aggregation, design.target
    counts = sorted({len(photo.regions) for photo in photos})
    if aggregation.by == "concatenation" and len(counts) > 1:
        raise ValueError(f"photos have from {counts[0]} to {counts[-1]} regions; they cannot be concatenated")
    if isinstance(target, SupportVectors):
        rows = [aggregation.rows(photo) for photo in photos]
        scores = rated.score.repeat_interleave(torch.tensor([len(one) for one in rows]))
        head = fit_support_vectors(target, torch.cat(rows), scores, seed=seed)
    else:
        head = fit_layers(target, aggregation, photos, rated, seed=seed)
    return FittedHead(aggregation, target, head)


def side_by_side(features: Sequence[Sequence[PhotoFeatures]]) -> list[PhotoFeatures]:
    """Features of several backbones on the same regions, concatenated: features[backbone][photo]."""
    return [
        PhotoFeatures(torch.cat([one.regions for one in photo], dim=1), photo[0].saliency)
        for photo in zip(*features, strict=True)
    ]


@dataclass(frozen=True)
class QualityCnn:
    """A trained quality CNN: image in, score out.

    Attributes:
        name: in tables and reports.
        design: its four choices.
        networks: one for each backbone of the design.
        fitted_head: its head.
        error: half the width of the interval, in points: the error that `CONFIDENCE` of the photos left out stayed under.
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
        """The prediction for `image` (3, H, W), N = 1.

        Raises:
            ValueError: the image is smaller than a region.
        """
        features = [[photo_features(image, self.design.regions, network)] for network in self.networks]
        return self.fitted_head.predict(side_by_side(features)[0])

    def score(self, image: Tensor) -> Score:
        """The predicted mean opinion score of `image` (3, H, W), with a conformal interval.

        Raises:
            ValueError: the image is smaller than a region.
        """
        predicted = self.predict(image)
        value = float(predicted.score)
        interval = max(0.0, value - self.error), min(100.0, value + self.error)
        return Score(value, interval, dict(zip(ACR_WORDS, predicted.acr[0].tolist(), strict=True)))
