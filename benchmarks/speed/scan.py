"""How fast `blemish scan` is: photos a second with one and two workers, beside one plain prediction after another.

python benchmarks/speed/scan.py FOLDER [-n PHOTOS] [--enlarge MEGAPIXELS]

The rate is of the second half of the photos: starting processes and loading weights, which happen once, do not count. CPU
seconds a photo are given too, for a machine that does other work besides.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
import time
from pathlib import Path

from PIL import Image

from blemish.explain.scan.row import Job, ended, scan_file
from blemish.models.distortion_model.files import load_model
from blemish.synth_distort.decoding import MOST_PIXELS
from blemish.synth_distort.parallel import in_processes, one_thread_each
from blemish.synth_distort.photo import list_photos, read_photo
from blemish.synth_distort.provenance import provenance


def main() -> None:
    """Time them, and print the rates."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("-n", "--photos", type=int, default=40)
    parser.add_argument(
        "--enlarge", type=float, metavar="MEGAPIXELS", help="Enlarge the photos to JPEGs of this size first."
    )
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        photos = [
            _copied(photo, Path(work), arguments.enlarge) for photo in list_photos(arguments.folder)[: arguments.photos]
        ]
        jobs = [Job(str(photo), "", None, MOST_PIXELS, False) for photo in photos]
        machine = provenance("torch")
        print(f"{len(photos)} photos, {machine['machine']}, {machine['date']}, load {os.getloadavg()[0]:.1f}")
        one_thread_each()
        _report("one plain prediction after another, whole photos", map(_predicted, photos), len(photos))
        _report("rows of a scan, in one process", map(scan_file, jobs), len(jobs))
        for workers in (1, 2):
            results = in_processes(scan_file, jobs, workers=workers, description="Photos", on_death=ended)
            _report(f"scan, {workers} worker{'s' * (workers > 1)}", results, len(jobs), in_here=False)


def _predicted(photo: Path) -> float:
    return load_model(None).predict(read_photo(photo).image).opinion_unaware_score.value


def _copied(photo: Path, folder: Path, megapixels: float | None) -> Path:
    if megapixels is None:
        return Path(shutil.copy(photo, folder))
    with Image.open(photo) as picture:
        scale = (megapixels * 1e6 / (picture.width * picture.height)) ** 0.5
        larger = picture.convert("RGB").resize((round(picture.width * scale), round(picture.height * scale)))
    larger.save(folder / f"{photo.stem}.jpg", quality=92)
    return folder / f"{photo.stem}.jpg"


def _report(what: str, results, count: int, *, in_here: bool = True) -> None:
    iterator = iter(results)
    for _ in range(count - count // 2):
        next(iterator)
    begun, used = time.perf_counter(), time.process_time()
    for _ in iterator:
        pass
    seconds, used = time.perf_counter() - begun, time.process_time() - used
    share = f", {used / (count // 2):.2f} CPU seconds a photo" if in_here else ""
    print(f"{what}: {count // 2 / seconds:.2f} photos a second{share}")


if __name__ == "__main__":
    main()
