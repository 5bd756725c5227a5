"""How far a photo is from all that a model learned from: a drawing is no photo, whatever the heads say of it."""

from __future__ import annotations

import torch
from torch import Tensor, nn

AXES = 64  # principal axes of the training samples' statistics that are kept


class OutOfDistribution(nn.Module):
    """Mahalanobis distance to the training samples on their principal axes (Lee et al., NeurIPS 2018).

    Args:
        length: of the statistics.
    """

    mean: Tensor
    axes: Tensor

    def __init__(self, length: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(length))
        self.register_buffer("axes", torch.zeros(AXES, length))

    def fit(self, statistics: Tensor) -> None:
        """Learn from the mean standardized statistics of N training samples, (N, length)."""
        from sklearn.decomposition import PCA  # which takes a second to import, and only training needs

        kept = min(AXES, *statistics.shape)
        pca = PCA(kept, random_state=0).fit(statistics.numpy())
        self.mean.copy_(torch.from_numpy(pca.mean_))
        scaled = pca.components_ / (pca.explained_variance_[:, None] ** 0.5 + 1e-6)
        self.axes[:kept] = torch.from_numpy(scaled)

    def forward(self, statistics: Tensor) -> Tensor:
        """(..., length) to (...,): about 1 for what is like the training samples, more for what is unlike them."""
        return ((statistics - self.mean) @ self.axes.T).square().mean(-1)
