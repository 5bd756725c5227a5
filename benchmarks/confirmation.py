"""How often findings are confirmed, true and false ones: `python benchmarks/confirmation.py PRISTINE`.

Photos are those of PRISTINE's test collections, which no fit and no choice has used: clean, with one of the registry's
distortions, and with damage by other people's code (`models/evaluation/other_code.py`). Findings invented for clean photos
need no model: `blemish checks` measures them.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from blemish.explain.checks.measured_checks import shipped_checks
from blemish.explain.diagnosis import checks_of
from blemish.explain.location import part_of_finding
from blemish.models.distortion_model.files import load_model
from blemish.models.distortion_model.model import DistortionModel
from blemish.models.evaluation.other_code import EDITS
from blemish.synth_distort import DISTORTIONS, distort, severity_curve
from blemish.synth_distort.files import write_json
from blemish.synth_distort.photo import as_saved, to_uint8
from blemish.synth_distort.post_processing import POST_PROCESSINGS, post_process
from blemish.synth_distort.pristine_photos import TEST_COLLECTIONS, PristinePhoto, at_rated_size, list_pristine
from blemish.synth_distort.provenance import provenance

POSTS = ("png", "jpeg92")
SEVERITIES = (0.5, 0.75)


@dataclass(frozen=True)
class Outcome:
    """One finding, or none where `found` is empty, of one image.

    Attributes:
        kind: "clean", "registry" or "other code".
        post: what happened to the image afterwards.
        true: names that describe what was done to it; the first is best.
        found: the name of the finding.
        confirmed: whether a check confirmed it; None where there is no check.
    """

    kind: str
    post: str
    true: tuple[str, ...]
    found: str
    confirmed: bool | None


def main() -> None:
    """Measure, print and write docs/measurements/confirmation.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pristine", type=Path)
    parser.add_argument("--weights", type=Path)
    parser.add_argument(
        "--each", type=int, default=8, help="photos for each distortion and severity, and for each edit"
    )
    default = Path(__file__).resolve().parents[1] / "docs" / "measurements" / "confirmation.json"
    parser.add_argument("-o", "--output", type=Path, default=default)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    model = load_model(arguments.weights)
    photos = [photo for photo in list_pristine(arguments.pristine) if photo.collection in TEST_COLLECTIONS]
    outcomes = [
        outcome
        for kind, true, post, image in images(photos, arguments.each)
        for outcome in outcomes_of(model, kind, true, post, image)
    ]
    figures = {"checks": len(shipped_checks()), **summary(outcomes)}
    for name, figure in figures.items():
        print(f"{name}: {figure}")
    record = {
        "model": model.sha256,
        "photos": len(photos),
        "each": arguments.each,
        **provenance("torch", "scikit-image"),
    }
    write_json(arguments.output, {"figures": figures, "record": record})


def images(photos: Sequence[PristinePhoto], each: int) -> Iterator[tuple[str, tuple[str, ...], str, Tensor]]:
    """Kind, true names, post-processing and image of every trial."""
    pictures = [as_saved(at_rated_size(photo)) for photo in photos]

    def saved(kind: str, true: tuple[str, ...], image: Tensor) -> Iterator[tuple[str, tuple[str, ...], str, Tensor]]:
        for post in POSTS:
            yield kind, true, post, as_saved(post_process(image, POST_PROCESSINGS[post]))

    for picture in pictures:
        yield from saved("clean", (), picture)
    for number, name in enumerate(DISTORTIONS):
        for step, severity in enumerate(SEVERITIES):
            strength = min(severity, severity_curve(name).ceiling)
            for index in _some(len(pictures), each, start=2 * number + step):
                yield from saved("registry", (name,), as_saved(distort(pictures[index], name, strength, seed=index)))
    for number, edit in enumerate(EDITS):
        for index in _some(len(pictures), each, start=number):
            pixels = edit.make(to_uint8(pictures[index]), np.random.default_rng([20, index]))
            image = torch.from_numpy(np.array(pixels)).permute(2, 0, 1).float() / 255
            yield from saved("other code", edit.names, image)


def outcomes_of(
    model: DistortionModel, kind: str, true: tuple[str, ...], post: str, image: Tensor
) -> Iterator[Outcome]:
    """Every finding of `image`, with its check."""
    prediction = model.predict(image)
    height, width = image.shape[1:]
    parts = {
        finding.name: part_of_finding(prediction, finding, height=height, width=width)
        for finding in prediction.findings
    }
    passed = {check.about: check.passed for check in checks_of(prediction.findings, parts, image)}
    for finding in prediction.findings:
        yield Outcome(kind, post, true, finding.name, passed.get(finding.name))
    if not prediction.findings:
        yield Outcome(kind, post, true, "", None)


def summary(outcomes: Sequence[Outcome]) -> dict[str, str]:
    """Shares confirmed of false and of true findings, with how many there were."""
    figures = {}
    for post in POSTS:
        clean = [one for one in outcomes if one.kind == "clean" and one.post == post and one.found]
        figures[f"clean photos, {post}: false findings confirmed"] = _share([one.confirmed is True for one in clean])
    for kind in ("registry", "other code"):
        for post in POSTS:
            here = [one for one in outcomes if (one.kind, one.post) == (kind, post)]
            named = [one for one in here if one.found in one.true and one.confirmed is not None]
            by_name = defaultdict(list)
            for one in named:
                by_name[one.found].append(one.confirmed)
            mean = np.mean([np.mean(passes) for passes in by_name.values()]) if by_name else float("nan")
            others = [one for one in here if one.found and one.found not in one.true]
            wrong = [one for one in others if not _same_family(one)]
            label = f"{kind}, {post}"
            figures[f"{label}: true findings confirmed"] = (
                f"{mean:.3f}, mean over {len(by_name)} distortions; {_share([bool(one.confirmed) for one in named])}"
            )
            figures[f"{label}: weakest"] = ", ".join(
                f"{name} {np.mean(passes):.2f}" for name, passes in sorted(by_name.items(), key=_mean)[:6]
            )
            figures[f"{label}: findings of another family confirmed"] = _share([one.confirmed is True for one in wrong])
    return figures


def _some(count: int, each: int, *, start: int) -> list[int]:
    return [(start * 7 + step * max(1, count // each)) % count for step in range(each)]


def _same_family(one: Outcome) -> bool:
    return DISTORTIONS[one.found].family in {DISTORTIONS[name].family for name in one.true}


def _mean(entry: tuple[str, list[bool]]) -> float:
    return float(np.mean(entry[1]))


def _share(held: Sequence[bool]) -> str:
    return f"{np.mean(held):.3f} of {len(held)}" if held else "there were none"


if __name__ == "__main__":
    main()
