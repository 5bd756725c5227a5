"""How a model names damage made by other people's code: `python benchmarks/other_code.py PRISTINE [--weights MODEL]`.

Photos are those of PRISTINE's test collections, which no fit and no choice has used; edits are those of `other_code`.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from pathlib import Path

import numpy as np
import torch

from blemish.models.distortion_model.files import load_model
from blemish.models.evaluation.other_code import EDITS
from blemish.models.metrics.bootstrap import with_interval
from blemish.synth_distort import DISTORTIONS
from blemish.synth_distort.files import write_json
from blemish.synth_distort.parallel import in_processes
from blemish.synth_distort.photo import as_saved, to_uint8
from blemish.synth_distort.post_processing import POST_PROCESSINGS, Resize, post_process
from blemish.synth_distort.pristine_photos import TEST_COLLECTIONS, PristinePhoto, list_pristine, load_uint8
from blemish.synth_distort.provenance import provenance

CONDITIONS = ("png", "jpeg92")
Row = tuple[str, str, bool, bool, bool, bool]  # condition, edit, named, family right, found, new method


def main() -> None:
    """Measure, print and write docs/measurements/other_code.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pristine", type=Path)
    parser.add_argument("--weights", type=Path)
    parser.add_argument("--photos", type=int, default=24)
    parser.add_argument("--workers", type=int, default=1)
    default = Path(__file__).resolve().parents[1] / "docs" / "measurements" / "other_code.json"
    parser.add_argument("-o", "--output", type=Path, default=default)
    arguments = parser.parse_args()

    listed = [photo for photo in list_pristine(arguments.pristine) if photo.collection in TEST_COLLECTIONS]
    chosen = [listed[index] for index in np.linspace(0, len(listed) - 1, arguments.photos).round().astype(int)]
    jobs = [(number, photo, arguments.weights) for number, photo in enumerate(chosen)]
    photos = list(in_processes(ask, jobs, workers=arguments.workers, description="Photos"))
    figures = {condition: summary(photos, condition) for condition in CONDITIONS}
    for condition, figure in figures.items():
        print(condition, *(f"{name} {value['value']:.3f}" for name, value in figure["all"].items()))
    model = load_model(arguments.weights)
    record = {"model": model.sha256, "photos": len(chosen), **provenance("torch", "pillow", "scikit-image")}
    write_json(arguments.output, {"figures": figures, "record": record})


def ask(job: tuple[int, PristinePhoto, Path | None]) -> list[Row]:
    """What a model says of one photo under each edit."""
    number, photo, weights = job
    model, generator = load_model(weights), np.random.default_rng([191, number])
    image = as_saved(Resize(float(generator.uniform(0.5, 0.9)))(load_uint8(photo.path).float() / 255))
    rows = []
    for edit in EDITS:
        edited = edit.make(to_uint8(image), np.random.default_rng([192, number]))
        damaged = torch.from_numpy(np.ascontiguousarray(edited)).permute(2, 0, 1).float() / 255
        families = {DISTORTIONS[name].family for name in edit.names}
        for condition in CONDITIONS:
            prediction = model.predict(as_saved(post_process(damaged, POST_PROCESSINGS[condition])))
            name = prediction.distortions[int(prediction.probability.argmax())]
            right = (name in edit.names, DISTORTIONS[name].family in families, bool(prediction.found.any()))
            rows.append((condition, edit.title, *right, edit.is_new))
    return rows


def summary(photos: list[list[Row]], condition: str) -> dict:
    """Shares of all edits, of those of new methods and of each edit, with 95 % intervals over photos."""
    asked = [[row for row in rows if row[0] == condition] for rows in photos]

    def share(column: int, *, of_new: bool = False) -> dict[str, float]:
        by_photo = [np.mean([bool(row[column]) for row in rows if row[5] or not of_new]) for rows in asked]
        return with_interval(
            lambda chosen: float(np.mean([by_photo[i] for i in chosen])), len(by_photo), resamples=1000
        )

    by_edit = defaultdict(list)
    for rows in asked:
        for row in rows:
            by_edit[row[1]].append(row[2])
    return {
        "all": {"named": share(2), "family": share(3), "found": share(4)},
        "new methods": {
            "named": share(2, of_new=True),
            "family": share(3, of_new=True),
            "found": share(4, of_new=True),
        },
        "by edit": {title: round(float(np.mean(named)), 3) for title, named in by_edit.items()},
    }


if __name__ == "__main__":
    main()
