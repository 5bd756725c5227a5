"""What is explained: a prediction as a function of tensors, of which the first has places."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import torch
from torch import Tensor, nn

from .targets import Target


@dataclass(frozen=True)
class Baseline:
    """What a photo is compared with.

    Attributes:
        inputs: as those of the photo, of the same shapes.
        words: what it is.
    """

    inputs: tuple[Tensor, ...]
    words: str


@dataclass(frozen=True)
class Explained:
    """One prediction of one photo, ready for any method.

    Attributes:
        target: the prediction.
        function: from inputs, N of each, to the predictions (N,).
        inputs: of the photo, (1, C, h, w) each. Places of the first are places of the photo; so are those of the others, at
            their own resolution.
        baseline: what it is compared with.
        image: the photo, (3, H, W), as far as the inputs cover it.
        families: which channels of the first input belong together, by name; empty where channels are colours.
        module: what layers are looked up in; None for a mere function.
        layer: the one that methods look into unless another is named; None for the last convolution.
        layer_map: from values at the places of a layer (h', w') to values whose places are the photo's; the sum stays.
        pieces: ends of the pieces in which the path from the baseline is walked to begin with, from 0 to 1.
        bytes_per_example: that a forward and a backward pass take.
        maps: the model's own maps by method, in the unit of severity with the target's sign.
    """

    target: Target
    function: Callable[..., Tensor]
    inputs: tuple[Tensor, ...]
    baseline: Baseline
    image: Tensor
    families: Mapping[str, slice] = field(default_factory=dict)
    module: nn.Module | None = None
    layer: str | None = None
    layer_map: Callable[[Tensor], Tensor] = field(default=lambda values: values)
    pieces: tuple[float, ...] = (0.0, 1.0)
    bytes_per_example: int = 2**28
    maps: Mapping[str, Callable[[], Tensor]] = field(default_factory=dict)

    @cached_property
    def of_photo(self) -> float:
        """The prediction for the photo."""
        with torch.no_grad():
            return float(self.function(*self.inputs))

    @cached_property
    def of_baseline(self) -> float:
        """The prediction for the baseline."""
        with torch.no_grad():
            return float(self.function(*self.baseline.inputs))
