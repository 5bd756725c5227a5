"""The network as an ONNX file, for programs that have no PyTorch: a photo of one size in, all predictions of the photo out."""

from __future__ import annotations

import os
import warnings
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...synth_distort.files import write_file
from .averages import described_averages, weighted_sums
from .calibration import families_of
from .content_network import shrink_factor, shrinking
from .model import DistortionModel
from .statistics import CELL, HALO, WINDOW
from .tiles import places

OUTPUTS = (
    "probability",
    "severity",
    "undistorted_probability",
    "opinion_unaware_score",
    "mos",
    "local_probability",
    "local_severity",
)


class WholePhoto(nn.Module):
    """A model's prediction to a photo of one size as one graph.

    What `DistortionModel.prediction` says, without intervals and words.

    Args:
        model: the model.
        height: px, a multiple of CELL and at least a window; as is `width`.
        width: px.

    Raises:
        ValueError: another size.
    """

    families: Tensor
    places: Tensor
    places_of_cells: Tensor
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
        self.shape = (height // CELL - WINDOW + 1, width // CELL - WINDOW + 1)
        self.register_buffer("families", families_of(model.distortions))
        self.register_buffer("places", places(*self.shape)[None])
        self.register_buffer("places_of_cells", places(height // CELL, width // CELL))
        factor = shrink_factor(height, width)
        self.register_buffer("down", shrinking(height, factor))
        self.register_buffer("across", shrinking(width, factor))

    def forward(self, image: Tensor) -> tuple[Tensor, ...]:
        """(1, 3, height, width) in [0, 1] to OUTPUTS: (K,), (K,), (), (), (), (K, h, w) and (K, h, w)."""
        region = F.pad(image, (HALO,) * 4, mode="reflect")
        network, statistics = self.network, self.network.statistics
        cells = statistics.cells(region)
        described = statistics.describe(F.avg_pool2d(cells, WINDOW, stride=1))
        windows = torch.cat([described, self.places], dim=1).flatten(2).mT
        embeddings = network.embed(windows)
        pooled, local = network.pool(embeddings), network.read(embeddings)
        sums = weighted_sums(cells, self.places_of_cells, statistics)
        mean = network.standardize(windows).mean(1)
        averaged = network.averages(described_averages(sums, statistics))
        whole, error_estimate = network.combine(pooled, averaged)
        small = (self.down @ image @ self.across.mT).clamp(0, 1)
        features = torch.cat([mean, network.content.means(small), pooled, averaged], dim=1)
        probability, undistorted = self.calibration.probabilities(whole, error_estimate, self.families)
        return (
            probability[0],
            whole.severity[0],
            undistorted[0],
            100 * (1 - network.combined_damage(whole, features)[0]),
            100 * network.mos_head(features)[0].sigmoid(),
            local.presence[0].sigmoid().T.unflatten(1, self.shape),
            local.severity[0].T.unflatten(1, self.shape),
        )


def export_onnx(model: DistortionModel, path: str | os.PathLike, *, height: int, width: int) -> None:
    """Write `model` to the ONNX file `path`, for photos of `height` × `width` px.

    The input is `image`, (1, 3, height, width) float32 in [0, 1]; the outputs are OUTPUTS. `mos` says something only where
    the model was fitted to human scores.

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
