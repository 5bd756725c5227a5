"""Training samples as the fixed part of the network describes them.

The fixed part takes nearly all of the time, so its output is kept on disk; the learned part is then fitted to it in minutes, as
often as wanted.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ...synth_distort import DISTORTIONS
from ...synth_distort.pristine_photos import PristinePhoto
from ...synth_distort.severity import scale_digest
from ..distortion_model.averages import AVERAGES
from ..distortion_model.statistics import PooledStatistics
from ..distortion_model.tiles import windows_and_averages
from .samples import CROP, KINDS, LARGEST, RUN, SMALLEST, Photos, draw_sample, window_coverage
from .shards import photos_digest, write_shards
from .variants import severities_digest

WINDOWS = 9  # of a sample that are kept, drawn at random; the smallest samples have no more


def write_described(photos: Sequence[PristinePhoto], folder: Path, *, samples: int, seed: int, workers: int) -> None:
    """Write what `folder` lacks of `samples` samples, as `write_shards` does.

    `read_shards` then gives windows (N, WINDOWS, length), averages (N, AVERAGES, length), severities (N, K), coverage
    (N, WINDOWS) and the number of the photo (N,).

    Raises:
        ValueError: `folder` holds samples of other photos, of another seed or of another scale of severity.
    """
    made_of = {
        "seed": seed,
        "photos": photos_digest([photo.path for photo in photos]),
        "scale": scale_digest(),
        "distortions": list(DISTORTIONS),
        "kinds": KINDS,
        "sides": [CROP, SMALLEST, LARGEST, RUN],
        "variants": severities_digest(),
        "statistics": PooledStatistics().length,
        "averages": list(AVERAGES),
    }
    describe = partial(_describe, Photos.of(photos), seed)
    write_shards(describe, folder, samples=samples, made_of=made_of, workers=workers)


def _describe(photos: Photos, seed: int, index: int) -> dict[str, Tensor]:
    sample = draw_sample(photos, (seed, index))
    described, averages = windows_and_averages(sample.image)
    chosen = torch.from_numpy(np.random.default_rng((seed, index, WINDOWS)).permutation(len(described))[:WINDOWS])
    return {
        "windows": described[chosen].half(),
        "averages": averages.half(),
        "severities": sample.severities.float(),
        "coverage": window_coverage(sample.mask)[chosen],
        "photo": torch.tensor(sample.photo),
    }
