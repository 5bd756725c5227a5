"""Attribution by gradients, through Captum: every method returns signed values for each input, unchanged."""

from __future__ import annotations

import heapq
import itertools
from typing import cast

import torch
from captum.attr import InputXGradient, IntegratedGradients, NoiseTunnel, Saliency
from torch import Tensor

from .explained import Explained
from .memory import examples_at_once

STEPS = 5  # of Gauss-Legendre quadrature in each piece of the path
MOST_PIECES = 24
TOLERANCE = 0.005  # of the difference, which the errors of all pieces together may be

Values = tuple[Tensor, ...]


def integrated_gradients(
    explained: Explained, *, tolerance: float = TOLERANCE, most_pieces: int = MOST_PIECES
) -> tuple[Values, dict]:
    """Gradients along the straight path from baseline to photo (Sundararajan, Taly and Yan, ICML 2017).

    The path is walked in pieces, each by Captum; the piece that misses the difference of its own ends by most is halved until
    all of them together miss it by `tolerance`. Integrals over pieces add up to the integral over the path.
    """
    captum = IntegratedGradients(explained.function)
    at_once = examples_at_once(explained.bytes_per_example)

    def piece(start: float, end: float) -> tuple[float, int, float, float, Values]:
        values, delta = captum.attribute(
            _on_path(explained, end),
            _on_path(explained, start),
            n_steps=STEPS,
            method="gausslegendre",
            internal_batch_size=at_once,
            return_convergence_delta=True,
        )
        return -abs(float(delta)), next(order), start, end, tuple(one.detach() for one in values)

    order = itertools.count()  # so that pieces that err alike are never compared by their tensors
    allowed = tolerance * abs(explained.of_photo - explained.of_baseline)
    pieces = [piece(start, end) for start, end in itertools.pairwise(explained.pieces)]
    heapq.heapify(pieces)
    while -sum(one[0] for one in pieces) > allowed and len(pieces) < most_pieces:
        _, _, start, end, _ = heapq.heappop(pieces)
        middle = (start * end) ** 0.5 if start else end / 4
        for ends in ((start, middle), (middle, end)):
            heapq.heappush(pieces, piece(*ends))
    total = tuple(torch.stack(parts).sum(0) for parts in zip(*(one[4] for one in pieces), strict=True))
    return total, {"steps": STEPS * len(pieces), "pieces": len(pieces), "tolerance": tolerance}


def saliency(explained: Explained) -> tuple[Values, dict]:
    """The gradient itself, signed (Simonyan, Vedaldi and Zisserman, ICLR 2014 workshop)."""
    return Saliency(explained.function).attribute(_with_gradient(explained.inputs), abs=False), {}


def input_x_gradient(explained: Explained) -> tuple[Values, dict]:
    """The gradient times the input (Shrikumar et al., 2016): times its distance from zero, whatever zero stands for."""
    return InputXGradient(explained.function).attribute(_with_gradient(explained.inputs)), {}


def smooth_grad(
    explained: Explained, *, samples: int = 16, deviation: float = 0.02, seed: int = 0
) -> tuple[Values, dict]:
    """The mean gradient over copies of the photo with noise (Smilkov et al., 2017), by Captum's NoiseTunnel."""
    torch.manual_seed(seed)
    values = NoiseTunnel(Saliency(explained.function)).attribute(
        _with_gradient(explained.inputs),
        nt_type="smoothgrad",
        nt_samples=samples,
        nt_samples_batch_size=min(samples, examples_at_once(explained.bytes_per_example)),
        stdevs=deviation,
        abs=False,
    )
    return cast(Values, values), {"samples": samples, "deviation": deviation, "seed": seed}


def _on_path(explained: Explained, share: float) -> Values:
    """The inputs at this share of the way from the baseline to the photo."""
    pairs = zip(explained.baseline.inputs, explained.inputs, strict=True)
    return _with_gradient(tuple(torch.lerp(baseline, of_photo, share) for baseline, of_photo in pairs))


def _with_gradient(inputs: Values) -> Values:
    return tuple(one.detach().clone().requires_grad_() for one in inputs)
