"""The MOS of the embedded model as something to be explained: it comes of the photo as viewed, and of nothing else."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ....models.distortion_model.as_viewed import as_viewed
from ....models.distortion_model.model import DistortionModel
from ..explained import Baseline, Explained
from ..images import restored
from ..targets import Target

BYTES_PER_PIXEL = 3000  # of a forward and a backward pass through its branch


def explained_by_view(
    model: DistortionModel, image: Tensor, target: Target, *, reference: Tensor | None = None
) -> Explained:
    """The MOS of `model` for `image` as a function of the pixels of the photo as viewed.

    Args:
        model: the model.
        image: (3, H, W).
        target: its MOS.
        reference: (3, H, W) the undistorted photo, as baseline; without it the photo denoised is.

    Raises:
        ValueError: the model predicts no MOS.
    """
    if not model.calibration.mos_error:
        raise ValueError("the model was never fitted to people's scores and predicts no MOS; take overall_severity")
    view = as_viewed(image)
    clean = restored(view) if reference is None else as_viewed(reference)
    words = "the photo denoised (non-local means)" if reference is None else "the undistorted photo"
    return Explained(
        target=target,
        function=_Mos(model.network.viewed).eval(),
        inputs=(view[None],),
        baseline=Baseline((clean[None],), words),
        image=image,
        module=model.network.viewed.opinion,
        bytes_per_example=BYTES_PER_PIXEL * view[0].numel(),
    )


class _Mos(nn.Module):
    def __init__(self, viewed: nn.Module) -> None:
        super().__init__()
        self.viewed = viewed

    def forward(self, views: Tensor) -> Tensor:
        return torch.clamp(self.viewed(views).mos, 0, 100)
