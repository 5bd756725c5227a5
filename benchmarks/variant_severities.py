"""How severe each amount of each variant is, measured anew: `python benchmarks/variant_severities.py PRISTINE`.

It writes models/training/variants/severities.json, which training reads.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from blemish.models.training.variants import measure
from blemish.synth_distort.pristine_photos import list_pristine

COLLECTION, PHOTOS = "cid_train", 4


def main() -> None:
    """Measure on PHOTOS photos of COLLECTION, drawn with seed 0."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pristine", type=Path)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("-o", "--output", type=Path, default=Path(measure.__file__).with_name("severities.json"))
    arguments = parser.parse_args()
    photos = [photo for photo in list_pristine(arguments.pristine) if photo.collection == COLLECTION]
    drawn = [photos[number] for number in np.random.default_rng(0).permutation(len(photos))[:PHOTOS]]
    measure.write_severities(drawn, arguments.output, workers=arguments.workers)
    print(arguments.output)


if __name__ == "__main__":
    main()
