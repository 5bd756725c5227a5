"""Damage in a part of a photo: whether it gets no all-clear, and whether the part is found.

    python benchmarks/parts.py PRISTINE

The constants of `explain/location.py` are chosen on calibration collections. LOCALLY_HIGH tells photos with a damaged part from
clean ones by whether they get an all-clear: of the levels that do so as well as any, within SLACK, it is the lowest, because a
false all-clear is worse than one that is refused. PART_FROM finds parts, and says of what is all over that it is everywhere: of
the levels that do so as well as any, within SLACK, it is the highest, which says most exactly where to look. Figures are of the
test collections under what was chosen.
"""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from blemish.explain.all_clear import ANNOYING
from blemish.explain.location import EVERYWHERE, LOCALLY_HIGH, PART_FROM, locally_high, part_of
from blemish.models.distortion_model.files import load_model
from blemish.models.distortion_model.model import DistortionModel
from blemish.models.distortion_model.prediction import FOUND, Prediction
from blemish.models.distortion_model.statistics import CELL
from blemish.models.metrics.bootstrap import with_interval
from blemish.synth_distort import distort, severity_curve
from blemish.synth_distort.files import write_json
from blemish.synth_distort.masks import LARGEST_FEATHER, feathered, random_mask
from blemish.synth_distort.photo import as_saved
from blemish.synth_distort.post_processing import POST_PROCESSINGS, post_process
from blemish.synth_distort.pristine_photos import (
    CALIBRATION_COLLECTIONS,
    TEST_COLLECTIONS,
    PristinePhoto,
    at_rated_size,
    list_pristine,
)
from blemish.synth_distort.provenance import provenance

NAMES = ("gaussian_blur", "motion_blur", "white_noise", "jpeg", "color_cast")
SHARES, BORDERS, SEVERITIES = (0.2, 0.4), ("hard", "feathered"), (0.6, 0.9)
SLACK = 0.02  # of what is best told apart, or placed
OVERLAP = 0.5  # intersection over union of a part that is found
LEVELS = (0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5)  # of LOCALLY_HIGH, whose price is printed
LEASTS = (0.01, 0.015, 0.02, 0.025, 0.03, 0.04, 0.05, 0.06, 0.08, 0.1, 0.15, 0.2)  # of PART_FROM
ALL_OVER = 8  # distortions of the registry, one after another, that each photo has all over


@dataclass(frozen=True)
class Case:
    """One photo, clean or with a damaged part, and what the model makes of it.

    Attributes:
        photo: its number.
        name, share, border: of the damage; "", 0 and "" of a clean one; its share is 1 where it is all over.
        is_found: whether the damage is among the findings.
        is_clear: whether nothing but the map keeps it from an all-clear.
        high: the severity of `locally_high`.
        own, shown: maps of the distortion that was added, and of the one that a page would show.
        mask: where it was added, in squares of the maps.
    """

    photo: int
    name: str
    share: float
    border: str
    is_found: bool
    is_clear: bool
    high: float
    own: np.ndarray
    shown: np.ndarray
    mask: np.ndarray


def main() -> None:
    """Choose, measure, print and write docs/measurements/parts.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pristine", type=Path)
    parser.add_argument("--weights", type=Path)
    parser.add_argument("--photos", type=int, default=100, help="of each kind at most")
    default = Path(__file__).resolve().parents[1] / "docs" / "measurements" / "parts.json"
    parser.add_argument("-o", "--output", type=Path, default=default)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    model, photos = load_model(arguments.weights), list_pristine(arguments.pristine)
    shipped = {"LOCALLY_HIGH": LOCALLY_HIGH, "PART_FROM": PART_FROM}

    def cases_of(collections: Sequence[str]) -> list[Case]:
        some = _some([photo for photo in photos if photo.collection in collections], arguments.photos)
        return list(cases(model, some))

    calibration = cases_of(CALIBRATION_COLLECTIONS)
    chosen = choose(calibration)
    price = {level: no_all_clear(calibration, level) for level in LEVELS}
    print("chosen ", chosen, "\nshipped", shipped)
    print("no all-clear on calibration photos, damaged and clean:", price, flush=True)
    figures = {"calibration": summary(calibration, chosen), "test": summary(cases_of(TEST_COLLECTIONS), chosen)}
    for name, figure in figures.items():
        print(name, *(f"{key}: {value}" for key, value in figure.items()), sep="\n  ")
    record = {"model": model.sha256, **provenance("torch")}
    content = {"chosen": chosen, "shipped": shipped, "no_all_clear": price, "figures": figures, "record": record}
    write_json(arguments.output, content)


def cases(model: DistortionModel, photos: Sequence[PristinePhoto]) -> Iterator[Case]:
    """Each of `photos` clean, as PNG and as JPEG; with each of NAMES in parts of SHARES, BORDERS in turn; and all over."""
    for number, photo in enumerate(photos):
        image, generator = as_saved(at_rated_size(photo)), np.random.default_rng([20, number])
        nowhere = torch.zeros(image.shape[1:])
        for chain in ("png", "jpeg92"):
            clean = as_saved(post_process(image, POST_PROCESSINGS[chain]))
            yield _case(model.predict(clean), number, "", 0.0, "", nowhere)
        for turn, (name, share) in enumerate(itertools.product(NAMES, SHARES)):
            border = BORDERS[(number + turn + turn // len(SHARES)) % len(BORDERS)]
            mask = mask_of(share, border, image.shape[1:], generator)
            severity = min(float(generator.uniform(*SEVERITIES)), severity_curve(name).ceiling)
            damaged = as_saved(image + (distort(image, name, severity, seed=number) - image) * mask)
            yield _case(model.predict(damaged), number, name, share, border, mask)
        for name in generator.choice(model.distortions, ALL_OVER, replace=False).tolist():
            severity = min(float(generator.uniform(*SEVERITIES)), severity_curve(name).ceiling)
            damaged = as_saved(distort(image, name, severity, seed=number))
            yield _case(model.predict(damaged), number, name, 1.0, "", nowhere + 1)


def mask_of(share: float, border: str, size: Sequence[int], generator: np.random.Generator) -> Tensor:
    """A mask that covers `share` of a photo, within two hundredths."""
    height, width = size
    while True:
        mask = (random_mask(height, width, generator) > 0.5).float()
        if abs(float(mask.mean()) - share) < 0.02:
            break
    return mask if border == "hard" else feathered(mask, generator.uniform(0.3, 1) * LARGEST_FEATHER * min(size))


def choose(calibration: Sequence[Case]) -> dict[str, float]:
    """The constants of `explain/location.py` by `calibration` cases."""
    levels = np.arange(0.1, 0.6, 0.01).round(2)

    def told_apart(level: float) -> float:
        refused = no_all_clear(calibration, level)
        return refused["damaged"] - refused["clean"]

    def placed(least: float) -> float:
        in_a_part = np.mean([part_is_found(case, case.own, least) for case in damaged_in_a_part(calibration)])
        return float(in_a_part + np.mean([is_everywhere(case, least) for case in found_all_over(calibration)]))

    apart = {float(level): told_apart(level) for level in levels}
    high = min(level for level, value in apart.items() if value >= max(apart.values()) - SLACK)
    right = {least: placed(least) for least in LEASTS}
    part_from = max(least for least, value in right.items() if value >= max(right.values()) - SLACK)
    return {"LOCALLY_HIGH": high, "PART_FROM": part_from}


def damaged_in_a_part(cases: Sequence[Case]) -> list[Case]:
    """Those of `cases` that have damage in a part."""
    return [case for case in cases if 0 < case.share < 1]


def found_all_over(cases: Sequence[Case]) -> list[Case]:
    """Those of `cases` whose damage is all over, and found."""
    return [case for case in cases if case.share == 1 and case.is_found]


def part_is_found(case: Case, of: np.ndarray, least: float) -> bool:
    """Whether the part that the map `of` shows is that which was damaged."""
    return overlap(part_of(of, least=least), case.mask) >= OVERLAP


def is_everywhere(case: Case, least: float) -> bool:
    """Whether what was added is said to be everywhere."""
    return part_of(case.own, least=least).mean() >= EVERYWHERE


def no_all_clear(cases: Sequence[Case], level: float) -> dict[str, float]:
    """Shares of the damaged and of the clean `cases` that get no all-clear where LOCALLY_HIGH is `level`."""
    refused = {"damaged": [], "clean": []}
    for case in (case for case in cases if case.share < 1):
        refused["damaged" if case.name else "clean"].append(not case.is_clear or case.high >= level)
    return {kind: round(float(np.mean(values)), 3) for kind, values in refused.items() if values}


def summary(of: Sequence[Case], constants: Mapping[str, float]) -> dict[str, object]:
    """Shares of the cases under these constants, with 95 % intervals over photos."""
    damaged, clean = damaged_in_a_part(of), [case for case in of if not case.name]
    least = constants["PART_FROM"]

    def share(cases: Sequence[Case], holds: Callable[[Case], bool]) -> str:
        by_photo = [
            np.mean([holds(case) for case in group]) for _, group in itertools.groupby(cases, lambda case: case.photo)
        ]
        figure = with_interval(
            lambda rows: float(np.mean([by_photo[row] for row in rows])), len(by_photo), resamples=1000
        )
        return f"{figure['value']:.3f} ({figure['low']:.3f} to {figure['high']:.3f})"

    def not_clear(case: Case) -> bool:
        return not case.is_clear or case.high >= constants["LOCALLY_HIGH"]

    def found(case: Case) -> bool:
        return part_is_found(case, case.shown, least)

    kinds = {
        **{f"{value:.0%} of the photo": [case for case in damaged if case.share == value] for value in SHARES},
        **{border: [case for case in damaged if case.border == border] for border in BORDERS},
        **{name: [case for case in damaged if case.name == name] for name in NAMES},
    }
    return {
        "photos": len({case.photo for case in of}),
        "clean, no all-clear": share(clean, not_clear),
        "damaged, no all-clear": share(damaged, not_clear),
        "part found": share(damaged, found),
        "part found by the map of what was added": share(damaged, lambda case: part_is_found(case, case.own, least)),
        "all over, said to be everywhere": share(found_all_over(of), lambda case: is_everywhere(case, least)),
        **{f"no all-clear, {kind}": share(cases, not_clear) for kind, cases in kinds.items()},
        **{f"part found, {kind}": share(cases, found) for kind, cases in kinds.items()},
    }


def overlap(part: np.ndarray, mask: np.ndarray) -> float:
    """Intersection over union."""
    return float((part & mask).sum() / max(1, (part | mask).sum()))


def _case(prediction: Prediction, photo: int, name: str, share: float, border: str, mask: Tensor) -> Case:
    height, width = mask.shape
    names = [finding.name for finding in prediction.findings]
    high_name, high = locally_high(prediction)
    shown = name if name in names else (*names, high_name)[0]
    is_clear = not names and prediction.in_distribution and prediction.undistorted_probability >= FOUND
    return Case(
        photo=photo,
        name=name,
        share=share,
        border=border,
        is_found=name in names,
        is_clear=is_clear and prediction.overall_severity.value < ANNOYING,
        high=high,
        own=prediction.map_of((name or high_name,), height=height, width=width),
        shown=prediction.map_of((shown,), height=height, width=width),
        mask=torch.nn.functional.avg_pool2d(mask[None, None], CELL, ceil_mode=True)[0, 0].numpy() > 0.5,
    )


def _some(photos: Sequence[PristinePhoto], most: int) -> list[PristinePhoto]:
    return [photos[index] for index in np.linspace(0, len(photos) - 1, min(most, len(photos))).round().astype(int)]


if __name__ == "__main__":
    main()
