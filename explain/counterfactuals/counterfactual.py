"""One counterfactual: a photo changed in one way and scored again. What is claimed of it was measured."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ...models.distortion_model.model import DistortionModel
from ...models.distortion_model.prediction import Prediction
from ...synth_distort.masks import feathered
from ...synth_distort.photo import as_saved
from ..location import PlacedPart
from .measures import MEASURES, improved, measure
from .remedies import REMEDIES, Remedy

LEAST_GAIN = 3.0  # points; smaller gains are not told
FEATHER = 8.0  # px, of the border of a part


@dataclass(frozen=True)
class Counterfactual:
    """What would be, were the photo changed.

    Attributes:
        remedy: what is done.
        strength: of the remedy, in its unit.
        part: that is mended; None for all of it.
        about: the finding that it is for.
        score: before and after, in points: MOS, or the opinion-unaware score of models without one.
        overall_severity: before and after.
        measurement: its name in MEASURES, and its values before and after, larger for worse, in what was mended.
        takes_away: whether the finding is found no more, and nothing else instead.
        side_effects: distortions that are found only afterwards.
        change: mean absolute change of its pixels, in levels of 255.
        image: (3, H, W) the photo as it would be.
    """

    remedy: Remedy
    strength: float
    part: PlacedPart | None
    about: str
    score: tuple[float, float]
    overall_severity: tuple[float, float]
    measurement: tuple[str, float, float]
    takes_away: bool
    side_effects: tuple[str, ...]
    change: float
    image: Tensor

    @property
    def gain(self) -> float:
        """Points of the score."""
        return self.score[1] - self.score[0]

    @property
    def confirmed(self) -> bool:
        """Whether a gain may be claimed.

        Both scores have to agree, nothing new may be found, and the measurement, which is made without the model,
        has to have improved.
        """
        _, before, after = self.measurement
        severity_fell = self.overall_severity[1] < self.overall_severity[0]
        return self.gain >= LEAST_GAIN and severity_fell and not self.side_effects and improved(before, after)

    @property
    def sentence(self) -> str:
        """The claim, with the measurement that confirms it."""
        where = f" {self.part.where} ({100 * self.part.share:.0f} % of the photo)" if self.part else ""
        name, before, after = self.measurement
        return (
            f"{self.remedy.sentence_begin}{where}, the score would rise by {self.gain:.0f} points "
            f"({MEASURES[name][0]} {before:.3g} to {after:.3g})."
        )

    def to_dict(self) -> dict:
        """All of it for JSON, but the image."""
        name, before, after = self.measurement
        return {
            "remedy": self.remedy.name,
            "strength": self.strength,
            "unit": self.remedy.unit,
            "part": None if self.part is None else {"where": self.part.where, "share": round(self.part.share, 4)},
            "about": self.about,
            "score": [round(value, 2) for value in self.score],
            "overall_severity": [round(value, 4) for value in self.overall_severity],
            "gain": round(self.gain, 2),
            "measurement": {"name": name, "before": before, "after": after},
            "change": round(self.change, 2),
            "takes_away": self.takes_away,
            "side_effects": list(self.side_effects),
            "confirmed": self.confirmed,
            "sentence": self.sentence if self.confirmed else None,
        }


def try_remedy(
    model: DistortionModel,
    image: Tensor,
    before: Prediction,
    remedy: str,
    strength: float,
    *,
    about: str,
    part: PlacedPart | None = None,
) -> Counterfactual:
    """Mend `image` and score it again.

    Args:
        model: that scores.
        image: (3, H, W).
        before: what the model predicts of it.
        remedy: one of REMEDIES.
        strength: of it.
        about: the distortion that it is for.
        part: to be mended; None for all of the photo.
    """
    chosen = REMEDIES[remedy]
    mended = as_saved(chosen(image, strength))
    mask = None if part is None else _mask_of(part, image)
    if mask is not None:
        mended = as_saved(torch.lerp(image, mended, feathered(mask, FEATHER)))
    after = model.predict(mended)
    found = {finding.name for finding in before.findings}
    found_after = {finding.name for finding in after.findings}
    box = _box(mask)
    return Counterfactual(
        remedy=chosen,
        strength=strength,
        part=part,
        about=about,
        score=(score_of(before), score_of(after)),
        overall_severity=(before.overall_severity.value, after.overall_severity.value),
        measurement=(chosen.measure, measure(chosen.measure, image[box]), measure(chosen.measure, mended[box])),
        takes_away=about in found and about not in found_after and found_after < found,
        side_effects=tuple(sorted(found_after - found)),
        change=255 * float((mended - image).abs().mean()),
        image=mended,
    )


def score_of(prediction: Prediction) -> float:
    """MOS in points, or the opinion-unaware score of a model without one."""
    return (prediction.mos or prediction.opinion_unaware_score).value


def _mask_of(part: PlacedPart, image: Tensor) -> Tensor:
    """The pixels (H, W) of `image` in `part`: 1 inside."""
    squares = torch.from_numpy(part.mask.astype(np.float32))
    pixels = squares.repeat_interleave(part.map.cell, 0).repeat_interleave(part.map.cell, 1)
    return pixels[: image.shape[1], : image.shape[2]]


def _box(mask: Tensor | None) -> tuple[slice, slice, slice]:
    """The smallest upright box around what is mended; all of the photo where that is everything."""
    if mask is None:
        return slice(None), slice(None), slice(None)
    rows, columns = (mask.amax(axis).nonzero().flatten() for axis in (1, 0))
    return slice(None), slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)
