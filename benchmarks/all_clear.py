"""How often a distorted photo is called undistorted: `python benchmarks/all_clear.py PRISTINE`.

Photos are those of PRISTINE's test collections, which no fit and no choice has used: undistorted, and with one of the
registry's distortions all over at each severity, as PNG and as JPEG 92 in turn. Reports quote what it writes.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from blemish.explain.all_clear import SHIPPED, is_clear
from blemish.models.distortion_model.files import load_model
from blemish.models.distortion_model.model import DistortionModel
from blemish.models.metrics.bootstrap import with_interval
from blemish.synth_distort import DISTORTIONS, distort, severity_curve
from blemish.synth_distort.files import write_json
from blemish.synth_distort.photo import as_saved
from blemish.synth_distort.post_processing import POST_PROCESSINGS, post_process
from blemish.synth_distort.pristine_photos import TEST_COLLECTIONS, PristinePhoto, at_rated_size, evenly, list_pristine
from blemish.synth_distort.provenance import provenance

POSTS = ("png", "jpeg92")
SEVERITIES = (0.5, 0.75)  # slightly annoying, annoying
EVERY = 8  # a photo gets every eighth distortion at each severity, the next photo the next ones

Cleared = dict[str, list[list[bool]]]  # by what was done and each photo, whether each of its images gets the all-clear


def main() -> None:
    """Measure, print and write explain/all_clear.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pristine", type=Path)
    parser.add_argument("--weights", type=Path)
    parser.add_argument("--photos", type=int, help="at most, evenly over all")
    parser.add_argument("-o", "--output", type=Path, default=SHIPPED)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    model = load_model(arguments.weights)
    test = [photo for photo in list_pristine(arguments.pristine) if photo.collection in TEST_COLLECTIONS]
    photos = evenly(test, arguments.photos or len(test))
    cleared, by_distortion = measured(model, photos)
    figures = {name: _share(by_photo) for name, by_photo in cleared.items()}
    for name, figure in figures.items():
        print(f"{name}: {figure['value']:.3f} ({figure['low']:.3f} to {figure['high']:.3f})")
    shares = {name: round(float(np.mean(missed)), 3) for name, missed in by_distortion.items() if any(missed)}
    often = dict(sorted(shares.items(), key=lambda entry: -entry[1]))
    print("by distortion:", often)
    content = {
        "undistorted": figures.pop("undistorted")["value"],
        "missed": {severity: figure["value"] for severity, figure in figures.items()},
        "intervals": {severity: [figure["low"], figure["high"]] for severity, figure in figures.items()},
        "by_distortion": often,
        "record": {"model": model.sha256, "photos": len(photos), **provenance("torch")},
    }
    write_json(arguments.output, content)


def measured(model: DistortionModel, photos: Sequence[PristinePhoto]) -> tuple[Cleared, dict[str, list[bool]]]:
    """Which images get the all-clear: by severity and photo, and by distortion at all severities."""
    cleared: Cleared = {name: [] for name in ("undistorted", *map(str, SEVERITIES))}
    by_distortion = defaultdict(list)
    for number, photo in enumerate(photos):
        image = as_saved(at_rated_size(photo))
        clean = (as_saved(post_process(image, POST_PROCESSINGS[post])) for post in POSTS)
        cleared["undistorted"].append([is_clear(model.predict(one)) for one in clean])
        for step, severity in enumerate(SEVERITIES):
            missed = []
            for turn, name in enumerate(list(DISTORTIONS)[(number + step) % EVERY :: EVERY]):
                damaged = distort(image, name, min(severity, severity_curve(name).ceiling), seed=number)
                post = POST_PROCESSINGS[POSTS[(number // EVERY + turn) % len(POSTS)]]
                missed.append(is_clear(model.predict(as_saved(post_process(as_saved(damaged), post)))))
                by_distortion[name].append(missed[-1])
            cleared[str(severity)].append(missed)
    return cleared, by_distortion


def _share(by_photo: Sequence[Sequence[bool]]) -> dict[str, float]:
    """Share of the images, with its 95 % interval over photos."""
    return with_interval(
        lambda rows: float(np.mean([np.mean(by_photo[row]) for row in rows])), len(by_photo), resamples=1000
    )


if __name__ == "__main__":
    main()
