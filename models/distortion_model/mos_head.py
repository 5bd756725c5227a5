"""What people would give to a photo: how much they like what they see, less what damage costs it.

Base quality is learned from rated photos alone, by kernel ridge regression: a photo gets what photos got that look like
it. Few rated
photos are damaged as badly as photos can be, so of such photos it says little. What damage takes off is learned from
copies of the rated photos, damaged by us: a cost that is nothing for photos as they came, and else as much as is missing.
"""

from __future__ import annotations

import warnings

import torch
from torch import Tensor, nn

from ..standardization import Standardization
from .kernel_machine import KernelRegression

AXES = 128  # principal axes of looks
CONTENT_SHARE = 0.5  # of the distance between two photos: what they show counts as much as how they show it
NARROWNESS = 0.4  # of the Gaussian kernel, over the mean squared difference in standard deviations
BASE_QUALITY_PENALTY = 0.2  # of the squared norm of base quality, over the squared error of one photo
DEGRADATION_PENALTY = 0.1  # of the squared weights of the cost, over the mean squared error of photos as they came
MOST_ROUNDS = 50  # of the fit of the cost; some eight are enough
OF_DAMAGED, OF_UNDAMAGED = 0.03, 0.1  # weights of the errors on damaged copies and on photos without any damage
LOWEST = 0.02  # score, over 100, to which damage may bring a photo; its logit is where the fit would run after it


class MosHead(nn.Module):
    """Logit of the mean opinion score over 100, from what the network sees of a photo.

    Args:
        statistics: length of the mean of its windows' statistics; the input has these parts one after the other.
        content: of what it shows.
        windows: of the embedding of its windows.
        averages: of the embedding of its averages.
    """

    def __init__(self, *, statistics: int, content: int, windows: int, averages: int) -> None:
        super().__init__()
        self.base_length, self.damage_length = statistics + content + windows, windows + averages
        of_damage = (1 - CONTENT_SHARE) / 2
        looks = ((statistics, of_damage), (content, CONTENT_SHARE), (windows, of_damage))
        self.standardize = Standardization(self.base_length + averages)
        self.base_quality = KernelRegression(looks, axes=AXES, narrowness=NARROWNESS, penalty=BASE_QUALITY_PENALTY)
        self.degradation = nn.Linear(self.damage_length, 1)

    def forward(self, inputs: Tensor) -> Tensor:
        """(..., length) to (...,)."""
        standard = self.standardize(inputs)
        return self.base_quality(self._base_inputs(standard)) - self.degradation_of(standard)

    def degradation_of(self, standard: Tensor) -> Tensor:
        """What damage takes off that, (...,), never less than nothing."""
        return self.degradation(standard[..., -self.damage_length :])[..., 0].relu()

    @torch.no_grad()
    def fit(self, rated: Tensor, scores: Tensor, damaged: Tensor, their_scores: Tensor, undamaged: Tensor) -> None:
        """Learn from photos and what people gave to them.

        Args:
            rated: (N, length) what is seen of rated photos.
            scores: (N,) of them, over 100.
            damaged: (M, length) of copies of them that were damaged.
            their_scores: (M,) what people would give to those.
            undamaged: (U, length) of photos without damage that nobody rated; there may be none.
        """
        self.standardize.fit(rated)
        rated, damaged, undamaged = (self.standardize(inputs) for inputs in (rated, damaged, undamaged))
        self.base_quality.fit(self._base_inputs(rated), scores.clamp(LOWEST, 1 - LOWEST).logit())
        missing = self.base_quality(self._base_inputs(damaged)) - their_scores.clamp(LOWEST, 1 - LOWEST).logit()
        self._fit_degradation(rated, damaged, missing, undamaged)

    def _base_inputs(self, standard: Tensor) -> Tensor:
        return standard[..., : self.base_length]

    def _fit_degradation(self, rated: Tensor, damaged: Tensor, missing: Tensor, undamaged: Tensor) -> None:
        """Least squares in which a photo that should cost nothing may lie as far below nothing as it likes.

        It is convex, since no photo is to cost less than nothing, and ends where the same photos count as the time before.
        """
        rows = torch.cat([rated, damaged, undamaged])[:, -self.damage_length :].double()
        rows = torch.cat([rows, torch.ones(len(rows), 1)], dim=1)
        wanted = torch.cat([torch.zeros(len(rated)), missing.clamp(min=0), torch.zeros(len(undamaged))]).double()
        groups = ((rated, 1.0), (damaged, OF_DAMAGED), (undamaged, OF_UNDAMAGED))
        weight = torch.cat([torch.full((len(group),), share / max(1, len(group))) for group, share in groups]).double()
        penalty = DEGRADATION_PENALTY * torch.eye(rows.shape[1]).double()
        penalty[-1, -1] = 1e-9  # of the constant
        line, counted = torch.zeros(rows.shape[1]), torch.ones(len(rows), dtype=torch.bool)
        for _ in range(MOST_ROUNDS):
            weighted = rows * (weight * counted)[:, None]
            line = torch.linalg.solve(weighted.T @ rows + penalty, weighted.T @ wanted)
            before, counted = counted, (rows @ line > 0) | (wanted > 0)
            if torch.equal(counted, before):
                break
        else:
            warnings.warn(f"The fit of what damage costs has not settled in {MOST_ROUNDS} rounds", stacklevel=3)
        self.degradation.weight.copy_(line[:-1])
        self.degradation.bias.copy_(line[-1:])
