"""How much faster `blemish synthesize` is with two workers than with one: same photos, same run, start-up included.

python benchmarks/speed/synthesize.py FOLDER [-n PHOTOS]
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from pathlib import Path

from blemish.synth_distort.data_set import LadderDataSet, synthesize
from blemish.synth_distort.engines import local
from blemish.synth_distort.photo import list_photos
from blemish.synth_distort.provenance import provenance


def main() -> None:
    """Time both, and print the ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("-n", "--photos", type=int, default=16)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        photos = Path(work) / "photos"
        photos.mkdir()
        for photo in list_photos(arguments.folder)[: arguments.photos]:
            shutil.copy(photo, photos)
        seconds = {workers: _seconds(photos, Path(work) / str(workers), workers) for workers in (1, 2)}
    machine = provenance("torch")
    print(
        f"{arguments.photos} photos, {len(LadderDataSet().chains)} distortions, {machine['machine']}, {machine['date']}"
    )
    print(f"one worker {seconds[1]:.1f} s, two workers {seconds[2]:.1f} s: {seconds[1] / seconds[2]:.2f} times as fast")


def _seconds(photos: Path, output: Path, workers: int) -> float:
    begun = time.perf_counter()
    synthesize(photos, output, LadderDataSet(), engine=local(workers))
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()
