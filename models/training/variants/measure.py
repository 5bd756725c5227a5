"""How severe each amount of each variant is: as the registry's own kernel that full-reference measures put level with it.

The registry's severities come from people where people rated a distortion, and from the measures elsewhere. Both kernels are
measured on the same photos, so that what the measures make of a distortion as such cancels out.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
from torch import Tensor

from ....synth_distort import DISTORTIONS, severity_curve
from ....synth_distort.calibration.curves import shipped_severity_from_measures
from ....synth_distort.calibration.full_reference import damage
from ....synth_distort.files import write_file
from ....synth_distort.ladder import generator_of
from ....synth_distort.parallel import in_processes
from ....synth_distort.photo import as_saved
from ....synth_distort.post_processing import Resize
from ....synth_distort.pristine_photos import PristinePhoto, load_uint8
from .registry import VARIANTS

AMOUNTS = (0.1, 0.25, 0.4, 0.6, 0.8, 1.0)
OWN_SEVERITIES = (0.04, 0.125, 0.25, 0.4, 0.55, 0.7, 0.85, 1.0)  # up to the ceiling
SIDE = 224  # px; of the parts of photos that are measured
SCALE = 0.75


def write_severities(photos: Sequence[PristinePhoto], destination: Path, *, workers: int, seed: int = 0) -> dict:
    """Measure all variants on parts of `photos`, and write what `measured_severities` reads."""
    jobs = list(VARIANTS)
    table = {}
    for entries in in_processes(partial(_measured, tuple(photos), seed), jobs, workers=workers, description="Variants"):
        table |= entries
    names = [one.name for variants in VARIANTS.values() for one in variants]
    written = {"photos": [photo.path.name for photo in photos], "variants": {name: table[name] for name in names}}
    write_file(destination, (json.dumps(written, indent=1) + "\n").encode())
    return written


def _measured(photos: Sequence[PristinePhoto], seed: int, name: str) -> dict[str, dict[str, list[float]]]:
    """Amounts and severities of the variants of the distortion called `name`."""
    infer = shipped_severity_from_measures()
    images = [_part(photo) for photo in photos]
    entry, curve = DISTORTIONS[name], severity_curve(name)
    own = [severity for severity in OWN_SEVERITIES if severity < curve.ceiling] + [curve.ceiling]

    def inferred(make) -> float:
        made = [as_saved(make(image, generator_of(seed, f"{name}/{number}"))) for number, image in enumerate(images)]
        return infer([damage(one, image) for one, image in zip(made, images, strict=True)])

    scale = [inferred(lambda image, generator, s=s: entry(image, curve.value(s), generator)) for s in own]
    scale = np.maximum.accumulate(scale) + 1e-6 * np.arange(len(scale))
    table = {}
    for variant in VARIANTS[name]:
        measured = [inferred(lambda image, generator, a=a, v=variant: v(image, a, generator)) for a in AMOUNTS]
        severities = np.interp(np.maximum.accumulate(measured), [0.0, *scale], [0.0, *own])
        severities = np.maximum.accumulate(severities)
        rising = [i for i in range(len(AMOUNTS)) if i == 0 or severities[i] > severities[i - 1] + 1e-3]
        table[variant.name] = {
            "amounts": [AMOUNTS[i] for i in rising],
            "severities": [round(float(severities[i]), 4) for i in rising],
        }
    return table


def _part(photo: PristinePhoto) -> Tensor:
    """The middle of a photo, scaled down so far that its own codec left no trace."""
    image = Resize(SCALE)(load_uint8(photo.path).float() / 255)
    top, left = ((side - SIDE) // 2 for side in image.shape[1:])
    return as_saved(image[:, top : top + SIDE, left : left + SIDE])
