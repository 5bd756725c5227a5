"""Any other model as something to be explained: a network, a quality CNN, or a mere function of images."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import torch
from torch import Tensor, nn

from ...models.quality_cnns.features import BATCH, PhotoFeatures
from ...models.quality_cnns.model import QualityCnn, side_by_side
from ...synth_distort.photo import to_uint8
from .explained import Baseline, Explained
from .targets import Target

_BYTES_PER_PIXEL = 4000  # of a forward and a backward pass through a large classifier
SCORE = Target("mos", "points", -1)


def explained_by_pixels(
    model: nn.Module | QualityCnn | Callable[[Tensor], Tensor],
    image: Tensor,
    *,
    target: Target = SCORE,
    output: int | None = None,
    reference: Tensor | None = None,
) -> Explained:
    """A prediction of `model` for `image` as a function of its pixels.

    Args:
        model: images (N, 3, H, W) in [0, 1] to (N,), (N, 1), or (N, outputs) with `output`; or a quality CNN.
        image: (3, H, W).
        target: what the model predicts, in which unit, and which way is worse.
        output: which of several.
        reference: (3, H, W) the undistorted photo, as baseline; without it a restored one is.

    Raises:
        ValueError: the model's output is not one number an image.
    """
    module = model.networks[0] if isinstance(model, QualityCnn) else model if isinstance(model, nn.Module) else None
    if isinstance(model, nn.Module):
        model.eval()
    function = _QualityCnnScore(model) if isinstance(model, QualityCnn) else _OneNumber(model, output)
    baseline = (restored(image), "the photo denoised (non-local means)")
    if reference is not None:
        baseline = (reference, "the undistorted photo")
    return Explained(
        target=target,
        function=function,
        inputs=(image[None],),
        baseline=Baseline((baseline[0][None],), baseline[1]),
        image=image,
        module=module,
        bytes_per_example=_BYTES_PER_PIXEL * image[0].numel(),
    )


def restored(image: Tensor) -> Tensor:
    """`image` (3, H, W) denoised by non-local means (Buades, Coll and Morel, CVPR 2005), by OpenCV."""
    pixels = cv2.cvtColor(to_uint8(image), cv2.COLOR_RGB2BGR)
    clean = cv2.cvtColor(cv2.fastNlMeansDenoisingColored(pixels, None, 10, 10, 5, 15), cv2.COLOR_BGR2RGB)
    return torch.from_numpy(clean).permute(2, 0, 1).float() / 255


class _OneNumber:
    """A model of images as a function to (N,)."""

    def __init__(self, model: Callable[[Tensor], Tensor], output: int | None) -> None:
        self.model, self.output = model, output

    def __call__(self, images: Tensor) -> Tensor:
        predicted = self.model(images)
        if self.output is not None:
            predicted = predicted[:, self.output]
        if predicted.numel() != len(images):
            raise ValueError(
                f"the model's output for {len(images)} images is of shape {tuple(predicted.shape)}; name one of its outputs"
            )
        return predicted.flatten()


class _QualityCnnScore:
    """The score of a quality CNN, with gradients."""

    def __init__(self, model: QualityCnn) -> None:
        self.model = model

    def __call__(self, images: Tensor) -> Tensor:
        return torch.cat([self._score(image) for image in images])

    def _score(self, image: Tensor) -> Tensor:
        parts, saliency = self.model.design.regions.cut(image)
        batches = [torch.stack(parts[first : first + BATCH]) for first in range(0, len(parts), BATCH)]
        features = [
            [PhotoFeatures(torch.cat([network(batch) for batch in batches]), saliency)]
            for network in self.model.networks
        ]
        return self.model.fitted_head.rate(side_by_side(features)[0]).score
