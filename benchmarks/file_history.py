"""How well a file shows its past, and where the thresholds of `explain/facts/history.py` lie.

    python benchmarks/file_history.py PRISTINE

A threshold is what ALLOWED of the photos exceed that were saved once, or not enlarged, among those that are not kept for tests.
Error rates are of the test collections.
"""

from __future__ import annotations

import argparse
import io
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from PIL import Image

from blemish.explain.facts.history import ENLARGED, RECOMPRESSED, enlargement, recompression
from blemish.explain.facts.jpeg import jpeg_facts
from blemish.synth_distort.files import write_json
from blemish.synth_distort.photo import to_pil
from blemish.synth_distort.pristine_photos import TEST_COLLECTIONS, PristinePhoto, at_rated_size, list_pristine
from blemish.synth_distort.provenance import provenance

ALLOWED = 0.01
QUALITIES = (75, 85, 92)
FIRST = {"10 lower": 10, "25 lower": 25, "10 higher": -7}  # of the quality that a file had before
FACTORS = (1.25, 1.5, 1.8, 2.5)
KERNELS = {name: Image.Resampling[name] for name in ("BILINEAR", "BICUBIC", "LANCZOS")}
MOST = 120  # photos to choose on


def main() -> None:
    """Derive the thresholds, measure, print and write docs/measurements/file_history.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pristine", type=Path)
    default = Path(__file__).resolve().parents[1] / "docs" / "measurements" / "file_history.json"
    parser.add_argument("-o", "--output", type=Path, default=default)
    arguments = parser.parse_args()
    photos = list_pristine(arguments.pristine)
    chosen = [photo for photo in photos if photo.collection not in TEST_COLLECTIONS]
    chosen = [chosen[index] for index in np.linspace(0, len(chosen) - 1, MOST).round().astype(int)]
    test = [photo for photo in photos if photo.collection in TEST_COLLECTIONS]
    figures = {
        "saved before": judged(saved_before(chosen), saved_before(test), RECOMPRESSED),
        "enlarged": judged(enlarged(chosen), enlarged(test), ENLARGED),
    }
    for name, figure in figures.items():
        print(name, *(f"{key} {value}" for key, value in figure.items()), sep="\n  ")
    record = {"chosen on": len(chosen), "measured on": len(test), **provenance("pillow")}
    write_json(arguments.output, {"figures": figures, "record": record})


def saved_before(photos: Iterable[PristinePhoto]) -> dict[str, list[float]]:
    """Evidence of files saved once, and of files saved before; "once" are those that should show nothing."""
    found = {name: [] for name in ("once", *FIRST)}
    for picture in map(_picture, photos):
        for quality in QUALITIES:
            found["once"].append(_recompression(_saved(picture, quality)))
            for name, lower in FIRST.items():
                found[name].append(_recompression(_saved(_saved(picture, quality - lower), quality)))
    return found


def enlarged(photos: Iterable[PristinePhoto]) -> dict[str, list[float]]:
    """Evidence of photos as they are ("once"), and of enlarged ones."""
    found = {name: [] for name in ("once", *(f"by {factor:g}" for factor in FACTORS))}
    for number, picture in enumerate(map(_picture, photos)):
        kernel = list(KERNELS.values())[number % len(KERNELS)]
        for quality in (None, 92):
            found["once"].append(_enlargement(picture, quality))
            for factor in FACTORS:
                size = round(picture.width * factor), round(picture.height * factor)
                found[f"by {factor:g}"].append(_enlargement(picture.resize(size, kernel), quality))
    return found


def judged(chosen: dict[str, list[float]], test: dict[str, list[float]], shipped: float) -> dict[str, float]:
    """The threshold that `chosen` photos give, and the shares of `test` photos that exceed the `shipped` one."""
    threshold = float(np.quantile(chosen["once"], 1 - ALLOWED))
    shares = {name: round(float(np.mean(np.array(values) > shipped)), 4) for name, values in test.items()}
    return {"derived threshold": round(threshold, 3), "shipped threshold": shipped, **shares}


def _picture(photo: PristinePhoto) -> Image.Image:
    return to_pil(at_rated_size(photo))


def _saved(picture: Image.Image, quality: int) -> Image.Image:
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=quality)
    return Image.open(stream)


def _luma(picture: Image.Image) -> np.ndarray:
    return np.asarray(picture.convert("L"), np.float32)


def _recompression(picture: Image.Image) -> float:
    tables = jpeg_facts(picture)
    assert tables is not None
    return recompression(_luma(picture), tables.luma_steps) or 0.0  # no evidence is none of a past


def _enlargement(picture: Image.Image, quality: int | None) -> float:
    return enlargement(_luma(picture if quality is None else _saved(picture, quality))) or 0.0


if __name__ == "__main__":
    main()
