"""Learning from examples that are remembered: a photo gets what photos got that look like it."""

from __future__ import annotations

import torch
from torch import Tensor, nn

CENTRES = 1000  # photos that are remembered, at most


class KernelRegression(nn.Module):
    """Kernel ridge regression with a Gaussian kernel over the principal axes of what photos look like.

    Of many photos some are remembered, evenly spread over them (Williams and Seeger, "Using the Nyström method to speed up
    kernel machines", NIPS 2000).

    Args:
        parts: lengths of the parts that a row of features consists of, and the share of the distance between two photos that
            each has.
        axes: how many principal axes are kept.
        narrowness: of the kernel, over the mean squared difference in standard deviations.
        penalty: of the squared norm of what is learned, over the squared error of one photo.
    """

    scale: Tensor
    axes: Tensor
    centres: Tensor
    weights: Tensor
    typical: Tensor

    def __init__(self, parts: tuple[tuple[int, float], ...], *, axes: int, narrowness: float, penalty: float) -> None:
        super().__init__()
        self.narrowness, self.penalty = narrowness, penalty
        scale = torch.cat([torch.full((length,), (share / length) ** 0.5) for length, share in parts])
        self.register_buffer("scale", scale, persistent=False)
        self.register_buffer("axes", torch.zeros(axes, len(scale)))
        self.register_buffer("centres", torch.zeros(CENTRES, axes))
        self.register_buffer("weights", torch.zeros(CENTRES))
        self.register_buffer("typical", torch.zeros(()))

    def forward(self, standard: Tensor) -> Tensor:
        """Of standardized features (..., length), what photos that look like these would get, (...,)."""
        return self.typical + self._gaussian(standard @ self.axes.T, self.centres) @ self.weights

    @torch.no_grad()
    def fit(self, standard: Tensor, targets: Tensor) -> None:
        """Learn that photos of standardized features (N, length) got `targets` (N,)."""
        looks = standard * self.scale
        # A singular vector of the photos, times the scale, takes standardized features to a principal axis of scaled ones.
        axes = torch.linalg.svd(looks - looks.mean(0), full_matrices=False).Vh[: len(self.axes)]
        self.axes.zero_()[: len(axes)] = axes * self.scale
        on_axes = (standard @ self.axes.T).double()
        kept = on_axes[torch.linspace(0, len(on_axes) - 1, min(CENTRES, len(on_axes))).long()]
        self.centres.zero_()[: len(kept)] = kept
        self.typical.copy_(targets.mean())
        between, among = self._gaussian(on_axes, kept), self._gaussian(kept, kept)
        normal = between.T @ between + self.penalty * among + 1e-6 * torch.eye(len(kept))
        self.weights.zero_()[: len(kept)] = torch.linalg.solve(normal, between.T @ (targets - self.typical).double())

    def _gaussian(self, points: Tensor, centres: Tensor) -> Tensor:
        """How near (..., n) points are to (m, n) centres: (..., m), 1 where they meet."""
        distances = points.square().sum(-1, keepdim=True) + centres.square().sum(-1) - 2 * points @ centres.T
        return (-self.narrowness * distances.clamp(min=0)).exp()
