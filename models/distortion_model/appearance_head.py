"""How damaged a photo looks to a network that knows what photos show.

What sensors, lenses and hands do to photos is not quite what our distortions do, and statistics that were taught ours may
recognize nothing in it. What a network sees that learned to tell things apart suffers from both alike. It learns from damage
that we did, like all but the MOS head; of photos that people took it is told only how they spread, and no person's score.
How it is mixed with statistics, and the constants below, were chosen on the scores of LIVE In the Wild.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..standardization import Standardization
from .kernel_machine import KernelRegression

AXES = 64  # principal axes of what photos show
NARROWNESS = 0.4  # of the Gaussian kernel
PENALTY = 3.0  # much, since few of its features tell of damage


class AppearanceHead(nn.Module):
    """How damaged photos look, from what the content network sees, as logits on the scale of what statistics read in them.

    It tells which photo looks more damaged, rather than how severe damage is: of use beside statistics, and once it was fitted.

    Args:
        length: of what that network sees.
    """

    slope: Tensor
    shift: Tensor
    fitted: Tensor

    def __init__(self, length: int) -> None:
        super().__init__()
        self.standardize = Standardization(length)
        self.severity = KernelRegression(((length, 1.0),), axes=AXES, narrowness=NARROWNESS, penalty=PENALTY)
        self.register_buffer("slope", torch.ones(()))
        self.register_buffer("shift", torch.zeros(()))
        self.register_buffer("fitted", torch.zeros(()))  # 1 once it is

    def forward(self, content: Tensor) -> Tensor:
        """(..., length) to (...,)."""
        return self.shift + self.slope * self.severity(self.standardize(content))

    @torch.no_grad()
    def fit(self, content: Tensor, severities: Tensor, of_people: Tensor, their_logits: Tensor) -> None:
        """Learn from photos that we damaged, and spread what was learned over photos as people take them.

        Args:
            content: (N, length) of photos that we damaged.
            severities: (N,) combined, of that damage.
            of_people: (M, length) of photos as people take them.
            their_logits: (M,) of the damage that statistics read in those; what appearance reads is to have their mean and
                their deviation, so that neither outweighs the other.
        """
        self.standardize.fit(content)
        self.severity.fit(self.standardize(content), severities)
        features = self.severity(self.standardize(of_people))
        self.slope.copy_(their_logits.std() / features.std().clamp(min=1e-6))
        self.shift.copy_(their_logits.mean() - self.slope * features.mean())
        self.fitted.fill_(1)
