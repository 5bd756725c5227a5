"""Whether a report claims only what was checked: `python benchmarks/claims.py PRISTINE`.

Reports on photos of the test collections: undistorted, under one distortion and under two, all over and in a part, as PNG and
as JPEG 92 in turn. Each claim that a page prints is looked up in the report's JSON: the verdict, each finding called confirmed,
each remedy; and findings called confirmed are compared with what was put on the photo. Then the same by a model whose weights
are shuffled, which finds something in every photo: what is confirmed of that, the checks say.
"""

from __future__ import annotations

import argparse
import html
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from blemish.explain.attribution.benchmark.sanity import STAGES, with_shuffled_weights
from blemish.models.distortion_model.files import load_model
from blemish.models.distortion_model.kinds import kind_of
from blemish.models.distortion_model.model import DistortionModel
from blemish.reports.photo.report import Report, report
from blemish.synth_distort import distort, severity_curve
from blemish.synth_distort.files import write_json
from blemish.synth_distort.masks import random_mask
from blemish.synth_distort.photo import as_saved, to_uint8
from blemish.synth_distort.post_processing import POST_PROCESSINGS, post_process
from blemish.synth_distort.pristine_photos import at_rated_size, evenly, list_pristine, unseen
from blemish.synth_distort.progress import advancing
from blemish.synth_distort.provenance import provenance

MADE = 4  # reports on each photo: undistorted, one distortion, two, one in a part
SEVERITIES = (0.3, 0.9)


def main() -> None:
    """Count, print and write docs/measurements/claims.json."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pristine", type=Path)
    parser.add_argument("--reports", type=int, default=100)
    parser.add_argument("--broken", type=int, default=40, help="reports by the shuffled model")
    default = Path(__file__).resolve().parents[1] / "docs" / "measurements" / "claims.json"
    parser.add_argument("-o", "--output", type=Path, default=default)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    model = load_model()
    shuffled = with_shuffled_weights(model, STAGES[-1], seed=0)
    figures = {
        "reports": counted(model, asked.pristine, asked.reports),
        "by_a_shuffled_model": counted(shuffled, asked.pristine, asked.broken),
    }
    for name, figure in figures.items():
        print(name, *(f"{key:32} {value}" for key, value in figure.items()), sep="\n  ")
    write_json(asked.output, {**figures, "record": {"model": model.sha256, **provenance("torch")}})


def counted(model: DistortionModel, pristine: Path, number: int) -> dict[str, int]:
    """Of `number` reports by `model`: claims by kind, and those without a check that passed."""
    counts: Counter[str] = Counter()
    for image, names in advancing(images(pristine, number, model.distortions), "Reports", total=number):
        made = report(to_uint8(image), model=model)
        counts["reports"] += 1
        counts["findings"] += len(made.findings)
        counts["all-clear on a distorted photo"] += bool(names) and made.verdict.kind == "clear"
        there = {kind_of(name) for name in names}
        wrong = [finding for finding in made.diagnosis.confirmed if kind_of(finding.name) not in there]
        counts["finding called confirmed, of a kind that was not put there"] += len(wrong)
        counts["the same, on undistorted photos"] += 0 if names else len(wrong)
        for kind, is_backed in claims(made):
            counts[kind] += 1
            counts[f"{kind}, without a check that passed"] += not is_backed
    return dict(counts)


def claims(made: Report) -> Iterator[tuple[str, bool]]:
    """What the page of a report claims, and whether the report's JSON has a check of it that passed."""
    data, page = made.to_dict(), html.unescape(made.html)
    passed = {check["about"] for check in data["checks"] if check["passed"]}
    titles = {finding.title.lower(): finding.name for finding in made.findings}
    for heading in re.findall(r'<article class="confirmed">\s*<h3>([^,<]+),', page):
        yield "finding called confirmed", titles[heading.lower()] in passed
    if data["verdict"]["kind"] == "confirmed":
        yield "verdict", titles[data["verdict"]["sentence"].partition(",")[0].lower()] in passed
    elif data["verdict"]["kind"] == "clear":
        yield "all-clear", data["findings"] == []
    gains = [one for one in data["counterfactuals"] if one["confirmed"]]
    backed = {one["sentence"] for one in gains if one["measurement"]["after"] < one["measurement"]["before"]}
    for sentence in re.findall(r"<li>([^<]*would rise by[^<]*)</li>", page):
        yield "remedy", sentence in backed


def images(pristine: Path, number: int, distortions: tuple[str, ...]) -> Iterator[tuple[Tensor, list[str]]]:
    """`number` images of test photos, MADE of each photo, as the module says, and what was put on each."""
    photos = evenly(unseen(list_pristine(pristine)), -(-number // MADE))
    for turn in range(number):
        image, generator = as_saved(at_rated_size(photos[turn // MADE])), np.random.default_rng([23, turn])
        names = generator.choice(distortions, (0, 1, 2, 1)[turn % MADE], replace=False).tolist()
        for name in names:
            severity = min(float(generator.uniform(*SEVERITIES)), severity_curve(name).ceiling)
            mask = random_mask(*image.shape[1:], generator) if turn % MADE == MADE - 1 else None
            image = as_saved(distort(image, name, severity, seed=turn, mask=mask))
        chain = POST_PROCESSINGS["png" if turn // MADE % 2 else "jpeg92"]
        yield as_saved(post_process(image, chain)), names


if __name__ == "__main__":
    main()
