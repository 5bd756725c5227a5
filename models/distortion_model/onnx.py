"""The network as an ONNX file, for programs that have no PyTorch: a photo of one size in, all predictions of the photo out."""

from __future__ import annotations

import os
import warnings
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...synth_distort.files import write_file
from .as_viewed import resizing, viewing_factor
from .averages import described_averages, weighted_sums
from .calibration import either, seen_only_as_viewed
from .kinds import kinds_of
from .model import DistortionModel
from .statistics import CELL, HALO, WINDOW
from .tiles import PATCH, places

OUTPUTS = (
    "probability",
    "severity",
    "kind_probability",
    "undistorted_probability",
    "overall_severity",
    "mos",
    "acr",
    "local_severity",
)


class WholePhoto(nn.Module):
    """A model's prediction of a photo of one size as one graph: `DistortionModel.predict` without intervals.

    Args:
        model: the model.
        height: px, a multiple of CELL and at least a window; as is `width`.
        width: px.

    Raises:
        ValueError: another size.
    """

    kinds: Tensor
    places: Tensor
    places_of_cells: Tensor
    places_of_patches: Tensor
    down: Tensor
    across: Tensor

    def __init__(self, model: DistortionModel, *, height: int, width: int) -> None:
        super().__init__()
        for side in (height, width):
            if side % CELL or side < WINDOW * CELL:
                raise ValueError(
                    f"{height} × {width} px: each side must be a multiple of {CELL} px and at least {WINDOW * CELL}"
                )
        self.network, self.calibration = model.network, model.calibration
        self.register_buffer("kinds", kinds_of(model.distortions))
        self.register_buffer("places", places(height // CELL - WINDOW + 1, width // CELL - WINDOW + 1)[None])
        self.register_buffer("places_of_cells", places(height // CELL, width // CELL))
        self.register_buffer("places_of_patches", places(height // CELL - PATCH + 1, width // CELL - PATCH + 1))
        self.factor = viewing_factor(height, width)
        self.register_buffer("down", resizing(height, self.factor))
        self.register_buffer("across", resizing(width, self.factor))

    def forward(self, image: Tensor) -> tuple[Tensor, ...]:
        """(1, 3, height, width) in [0, 1] to OUTPUTS."""
        region = F.pad(image, (HALO,) * 4, mode="reflect")
        branch, calibration = self.network.statistics, self.calibration
        cells = branch.statistics.cells(region)
        described = branch.statistics.describe(F.avg_pool2d(cells, WINDOW, stride=1))
        embeddings = branch.embed(torch.cat([described, self.places], dim=1).flatten(2).mT)
        sums = weighted_sums(cells, self.places_of_cells, branch.statistics)
        averaged = branch.averages(described_averages(sums, branch.statistics))
        whole = branch.combine(branch.pool(embeddings), averaged)
        small = (self.down @ image @ self.across.mT).clamp(0, 1) if self.factor < 1 else image
        viewed = self.network.viewed(small)
        kind_logits = calibration.kind_logits(whole, viewed, self.kinds)
        return (
            calibration.name_probabilities(whole, either(kind_logits.sigmoid()), self.kinds)[0],
            calibration.severities(whole, viewed, seen_only_as_viewed(kind_logits), self.kinds)[0],
            kind_logits[0].sigmoid(),
            calibration.undistorted_probability(whole, viewed, kind_logits)[0],
            calibration.overall_severity(whole, viewed)[0],
            viewed.mos[0].clamp(0, 100),
            viewed.acr[0],
            branch.local_severity(torch.cat([F.avg_pool2d(cells, PATCH, stride=1)[0], self.places_of_patches])),
        )


def export_onnx(model: DistortionModel, path: str | os.PathLike, *, height: int, width: int) -> None:
    """Write `model` to the ONNX file `path`, for photos of `height` × `width` px.

    The input is `image`, (1, 3, height, width) float32 in [0, 1]; the outputs are OUTPUTS. `mos` and `acr` mean something only
    where the model was fitted to human scores.

    Raises:
        ValueError: a side is no multiple of CELL, or shorter than a window.
        ModuleNotFoundError: onnxscript is not installed (the extra `onnx`).
    """
    import onnxscript  # noqa: F401  so that what is missing is named before the work

    graph = WholePhoto(model, height=height, width=width).eval()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            graph,
            (torch.zeros(1, 3, height, width),),
            input_names=["image"],
            output_names=list(OUTPUTS),
            dynamo=True,
            optimize=False,
            verbose=False,
        )
    assert program is not None  # it is, where `dynamo` is asked for
    write_file(Path(path), program.model_proto.SerializeToString())
