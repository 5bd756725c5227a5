"""How far the network is to be trusted: fitted to its errors on photos that it was not fitted to.

On those that it was, it is nearer the truth than it will ever be again.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor

from ...synth_distort.severity import PERCEPTIBLE, combined_severities
from ..distortion_model.network import DistortionNetwork
from .fit import BATCH

PENALTY = 0.3  # of the squared weights, which are fitted to few photos; chosen on the calibration photos


def fit_error_model(network: DistortionNetwork, unseen: dict[str, Tensor]) -> None:
    """Fit what the network says of its own errors.

    Args:
        network: fitted; only its error estimates change.
        unseen: samples as `read_shards` gives them.
    """
    everywhere = (unseen["coverage"] > 0.99).all(1)
    severities = unseen["severities"][everywhere]
    embedded, head_outputs = [], []
    with torch.inference_mode():
        for windows, averages in zip(
            *(unseen[name][everywhere].float().split(BATCH) for name in ("windows", "averages")), strict=True
        ):
            pooled, averaged, _ = network.embeddings(windows, averages)
            embedded.append(torch.cat([pooled, averaged], dim=1))
            head_outputs.append(network.combine(pooled, averaged)[0])
    inputs = torch.cat(embedded).clone()  # inference tensors take no part in a fit
    damage, presence, severity = (
        torch.cat([getattr(one, name) for one in head_outputs]).clone() for name in ("damage", "presence", "severity")
    )
    error = (damage - combined_severities(severities)).abs()
    there = severities >= PERCEPTIBLE
    damaged = there.any(1)
    severity_error = ((severity - severities).abs() * there).sum(1)[damaged] / there.sum(1)[damaged]
    right = there.gather(1, presence.argmax(1, keepdim=True))[damaged, 0].float()
    lines = (
        _fitted_line(inputs, error.mean().log(), partial(_laplace, error)),
        _fitted_line(inputs[damaged], severity_error.mean().log(), partial(_laplace, severity_error)),
        _fitted_line(inputs[damaged], right.mean().logit(eps=1e-3), partial(_log_loss, right)),
    )
    for part in ("weight", "bias"):
        getattr(network.error_model, part).data = torch.cat([getattr(line, part).data for line in lines])


def _fitted_line(inputs: Tensor, start: Tensor, loss_of: Callable[[Tensor], Tensor]) -> torch.nn.Linear:
    """A line over `inputs` (N, length) with the least mean of `loss_of` its output (N,); it starts as the constant `start`."""
    line = torch.nn.Linear(inputs.shape[1], 1)
    torch.nn.init.zeros_(line.weight)
    torch.nn.init.constant_(line.bias, float(start))
    optimizer = torch.optim.LBFGS(line.parameters(), max_iter=100, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimizer.zero_grad()
        value = loss_of(line(inputs)[:, 0]).mean() + PENALTY * line.weight.square().sum()
        value.backward()
        return value

    optimizer.step(loss)
    return line


def _laplace(error: Tensor, log_spread: Tensor) -> Tensor:
    """Negative log-likelihood of a Laplace distribution: the error, and how large it was expected to be."""
    return error * (-log_spread).exp() + log_spread


def _log_loss(truth: Tensor, logit: Tensor) -> Tensor:
    """Negative log-likelihood of what is so (1) or not (0)."""
    return F.binary_cross_entropy_with_logits(logit, truth, reduction="none")
