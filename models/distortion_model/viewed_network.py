"""The branch that takes a photo as people view it: mean opinion score, kinds of distortion that people name, overall severity.

    photo as viewed -> early stages -+-> opinion trunk -> ACR distribution, kinds that people name
                                     \\-> severity trunk -> overall severity, the same kinds

The early stages and the severity trunk are fine-tuned on photos that we damaged, and on no person's score: the overall severity
is opinion-unaware. The opinion trunk begins with the same late stages and is fine-tuned on photos that people rated, and on
pristine ones, of which nobody would name anything. On top of the severity trunk one linear layer more names what people named.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ..score import ACR_WORDS, CENTRES
from ..standardization import Standardization
from .backbone import Stages, early_and_late

LABELS = (
    "blur",
    "noise",
    "underexposure",
    "overexposure",
    "contrast",
    "other",
)  # what people named in LIVE In the Wild
DROPOUT = 0.3  # share of map statistics left out in training


@dataclass(frozen=True)
class ViewedOutput:
    """What the branch makes of N photos.

    Attributes:
        acr: (N, 5) probabilities of the words of the ACR scale, from bad to excellent.
        mos: (N,) mean opinion score, 0 to 100.
        labels: (N, LABELS) logits that people would name that kind of distortion.
        severity: (N,) logit of the overall severity.
        severity_labels: (N, LABELS) logits of the same kinds, by the statistics of the severity trunk.
    """

    acr: Tensor
    mos: Tensor
    labels: Tensor
    severity: Tensor
    severity_labels: Tensor


class Trunk(nn.Module):
    """Late stages, and a linear head on the statistics of all maps.

    Args:
        late: the stages.
        outputs: of the head.
    """

    def __init__(self, late: Stages, outputs: int, *, length: int) -> None:
        super().__init__()
        self.late = late
        self.standardize = Standardization(length)
        self.head = nn.Sequential(nn.Dropout(DROPOUT), nn.Linear(length, outputs))

    def forward(self, maps: Tensor, described: Tensor) -> Tensor:
        """Of the early stages, the last maps (N, C, h, w) and the statistics (N, early length), to (N, outputs)."""
        return self.head(self.standardize(self.statistics(maps, described)))

    def statistics(self, maps: Tensor, described: Tensor) -> Tensor:
        """Of all stages' maps, (N, length)."""
        return torch.cat([described, self.late(maps)[1]], dim=1)


class ViewedNetwork(nn.Module):
    """Photos as viewed to `ViewedOutput`; random weights until others are loaded."""

    def __init__(self) -> None:
        super().__init__()
        self.early, late = early_and_late()
        _, other = early_and_late()
        length = sum(_channels(part) for part in (self.early, late)) * 2
        self.opinion = Trunk(late, len(ACR_WORDS) + len(LABELS), length=length)
        self.severity = Trunk(other, 1 + len(LABELS), length=length)
        self.word_scores = nn.Parameter(CENTRES.clone())  # MOS of a photo that all people give one word
        self.to(memory_format=torch.channels_last)  # in which its depthwise convolutions take half the time

    def forward(self, photos: Tensor) -> ViewedOutput:
        """(N, 3, h, w) in [0, 1]."""
        maps, described = self.early_stages(photos)
        opinion, severity = self.opinion(maps, described), self.severity(maps, described)
        acr, mos = self.rating(opinion[:, : len(ACR_WORDS)])
        return ViewedOutput(
            acr=acr,
            mos=mos,
            labels=opinion[:, len(ACR_WORDS) :],
            severity=severity[:, 0],
            severity_labels=severity[:, 1:],
        )

    def early_stages(self, photos: Tensor) -> tuple[Tensor, Tensor]:
        """The part that both trunks share: maps and statistics, as a `Trunk` takes them."""
        return self.early((2 * photos - 1).contiguous(memory_format=torch.channels_last))

    def rating(self, logits: Tensor) -> tuple[Tensor, Tensor]:
        """ACR logits (N, 5) to probabilities and to their mean opinion score (N,)."""
        acr = logits.softmax(1)
        return acr, acr @ self.word_scores


def _channels(part: Stages) -> int:
    """Of the maps of all stages together."""
    total = 0
    for stage in part.stages:
        *_, last = (layer for layer in stage.modules() if isinstance(layer, nn.Conv2d))
        total += last.out_channels
    return total
