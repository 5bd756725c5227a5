"""Heads: from features to outputs, and their fit to features that stay as they are."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from sklearn.svm import SVR
from torch import Tensor, nn

from ..standardization import Standardization
from .aggregation import Aggregation
from .features import PhotoFeatures
from .targets import Rated, SupportVectors, Target

PENALTY = 0.03  # weight of the squared parameters of a layered head in its loss
STEPS = 60  # of L-BFGS; more of them change no score by a point
MOST_ROWS = 4000  # for support vectors: the time of the fit grows with their square


class LayeredHead(nn.Module):
    """Fully connected layers; where the weights of regions are learned, the last output is the logarithm of one.

    Args:
        length: of the features.
        outputs: of the target.
        hidden: widths of the layers between.
        dropout: share of hidden units that are left out in training.
        learned_weights: whether there is one more output.
    """

    def __init__(
        self,
        length: int,
        outputs: int,
        *,
        hidden: Sequence[int] = (),
        dropout: float = 0.0,
        learned_weights: bool = False,
    ) -> None:
        super().__init__()
        self.standardization = Standardization(length)
        layers: list[nn.Module] = []
        for wide, narrow in itertools.pairwise([length, *hidden]):
            layers += [nn.Linear(wide, narrow), nn.ReLU(), nn.Dropout(dropout)]
        last = nn.Linear(hidden[-1] if hidden else length, outputs + learned_weights)
        nn.init.zeros_(last.weight)  # before training all photos get the same score
        nn.init.zeros_(last.bias)
        self.layers = nn.Sequential(*layers, last)

    def forward(self, rows: Tensor) -> Tensor:
        """Features (N, length) to outputs (N, outputs)."""
        return self.layers(self.standardization(rows))


class SupportVectorHead(nn.Module):
    """A support vector regression that scikit-learn fitted, as tensors.

    Args:
        length: of the features.
        vectors: how many rows of the fit it keeps.
    """

    vectors: Tensor
    coefficients: Tensor
    line: Tensor

    def __init__(self, length: int, vectors: int) -> None:
        super().__init__()
        self.standardization = Standardization(length)
        self.register_buffer("vectors", torch.zeros(vectors, length))
        self.register_buffer("coefficients", torch.zeros(vectors))
        self.register_buffer("line", torch.zeros(4))  # gamma, intercept, and the scores' scale and mean

    def forward(self, rows: Tensor) -> Tensor:
        """Features (N, length) to scores (N, 1)."""
        gamma, intercept, scale, mean = self.line
        kernel = torch.exp(-gamma * torch.cdist(self.standardization(rows), self.vectors).square())
        return ((kernel @ self.coefficients + intercept) * scale + mean)[:, None]


def fit_support_vectors(target: SupportVectors, rows: Tensor, scores: Tensor, *, seed: int) -> SupportVectorHead:
    """The regression of `scores` (N,), 0 to 100, on `rows` (N, length); MOST_ROWS rows drawn at random where there are more."""
    if len(rows) > MOST_ROWS:
        chosen = torch.from_numpy(np.random.default_rng(seed).choice(len(rows), MOST_ROWS, replace=False))
        rows, scores = rows[chosen], scores[chosen]
    standardization = Standardization(rows.shape[1])
    standardization.fit(rows)
    mean, scale = scores.mean(), scores.std(correction=0).clamp(min=1e-6)
    gamma: Any = target.width / rows.shape[1]  # scikit-learn takes numbers too, whatever its annotation says
    fitted = SVR(C=target.cost, epsilon=target.tube, gamma=gamma).fit(
        standardization(rows).numpy(), ((scores - mean) / scale).numpy()
    )
    head = SupportVectorHead(rows.shape[1], len(fitted.support_))
    head.standardization = standardization
    head.vectors.copy_(torch.from_numpy(fitted.support_vectors_))
    head.coefficients.copy_(torch.from_numpy(fitted.dual_coef_[0]))
    head.line.copy_(torch.tensor([gamma, float(fitted.intercept_[0]), scale, mean]))
    return head.eval()


def fit_layers(
    target: Target, aggregation: Aggregation, photos: Sequence[PhotoFeatures], rated: Rated, *, seed: int
) -> LayeredHead:
    """One layer from features to outputs, fitted to `photos` at once.

    The loss is that of each row, or, where the weights of regions are learned, that of the weighted mean of a photo's rows.
    """
    torch.manual_seed(seed)
    rows = [aggregation.rows(photo) for photo in photos]
    counts = torch.tensor([len(one) for one in rows])
    head = LayeredHead(rows[0].shape[1], target.outputs, learned_weights=aggregation.learned)
    head.standardization.fit(torch.cat(rows))
    standard = head.standardization(torch.cat(rows))
    owner = torch.arange(len(photos)).repeat_interleave(counts)
    truth = rated if aggregation.learned else rated[owner]
    optimizer = torch.optim.LBFGS(head.layers.parameters(), max_iter=STEPS, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimizer.zero_grad()
        outputs = head.layers(standard)
        if aggregation.learned:
            outputs = weighted_outputs(outputs, owner, len(photos))
        weights = sum(parameter.square().sum() for parameter in head.layers.parameters())
        value = target.loss(outputs, truth) + PENALTY * weights
        value.backward()
        return value

    optimizer.step(loss)
    return head.eval()


def weighted_outputs(outputs: Tensor, owner: Tensor, photos: int) -> Tensor:
    """The mean of each photo's outputs (N, outputs + 1), weighted by the exponential of the last: (photos, outputs).

    Args:
        outputs: of all regions of all photos.
        owner: (N,) the number of each region's photo.
        photos: how many there are.
    """
    values, weights = outputs[:, :-1], region_weights(outputs)[:, None]
    total = weights.new_zeros(photos, 1).index_add(0, owner, weights)
    return values.new_zeros(photos, values.shape[1]).index_add(0, owner, values * weights) / total


def region_weights(outputs: Tensor) -> Tensor:
    """The learned weight of each region (N,), between e^-4 and e^4."""
    return (4 * torch.tanh(outputs[:, -1] / 4)).exp()
