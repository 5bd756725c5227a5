"""What a model says of photos as cameras make them: `python benchmarks/real_photos.py PRISTINE CAMERAS MEFB LYTRO`.

Nothing was fitted to these photos, and no number is taken from them; a first run, which found much in the camera photos, is why
the model learns and is calibrated on photos at full size. CAMERAS holds photos straight from cameras
(drewnoakes/metadata-extractor-images, jpg/), MEFB exposures of one scene (xingchenzhang/MEFB), LYTRO pairs focused near and far
(xingchenzhang/MFIFB); of the first two the half is used that is not kept aside. Of PRISTINE, the test collections are used.
"""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from blemish.models.distortion_model.files import load_model
from blemish.models.distortion_model.prediction import Prediction
from blemish.models.metrics.bootstrap import with_interval
from blemish.synth_distort import distort, read_photo, severity_curve
from blemish.synth_distort.files import write_json
from blemish.synth_distort.parallel import in_processes
from blemish.synth_distort.photo import as_saved
from blemish.synth_distort.post_processing import Resize, Save
from blemish.synth_distort.pristine_photos import TEST_COLLECTIONS, list_pristine
from blemish.synth_distort.provenance import provenance

LEAST_PIXELS = 2.4e6  # of a camera photo at full size
SIZES = (1.0, 0.5, 0.25, 0.125)
DARK, BRIGHT = 0.2, 0.7  # mean of an exposure's values
RATIO, REDUCED = 0.8, 600  # of pristine photos, so that no trace of their codec is left; px, of camera photos
RISE = 2.0  # points by which no worse file may get the better MOS
QUALITIES = (95, 85, 75, 60, 40, 20, 10)
LADDERS = ("white_noise", "sensor_noise", "gaussian_blur", "lens_blur", "motion_blur", "underexposure")
STEPS = np.linspace(0.15, 0.95, 6)  # of the largest severity


def main() -> None:
    """Measure, print and write docs/measurements/real_photos.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("pristine", "cameras", "mefb", "lytro"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--weights", type=Path)
    parser.add_argument("--photos", type=int, default=10_000, help="at most so many of each kind")
    parser.add_argument("--workers", type=int, default=1)
    default = Path(__file__).resolve().parents[1] / "docs" / "measurements" / "real_photos.json"
    parser.add_argument("-o", "--output", type=Path, default=default)
    arguments = parser.parse_args()

    pristine = [photo.path for photo in list_pristine(arguments.pristine) if photo.collection in TEST_COLLECTIONS]
    photos = {
        "camera": [path for path in _half(arguments.cameras.glob("*.jpg")) if _is_large(path)],
        "exposure": _half(arguments.mefb.glob("*/*_[AB].*")),
        "focus": sorted(arguments.lytro.glob("*_[AB].*")),
        "clean": pristine,
        "ladder": pristine[::4],
    }
    jobs = [(kind, path, arguments.weights) for kind, paths in photos.items() for path in paths[: arguments.photos]]
    rows: dict[str, list[dict]] = {}
    for kind, row in in_processes(ask, jobs, workers=arguments.workers, description="Photos"):
        rows.setdefault(kind, []).append(row)
    figures = {name: figure for kind, some in rows.items() for name, figure in SUMMARIES[kind](some).items()}
    for name, figure in figures.items():
        print(f"{name:44} {figure['value']:8.3f}  of {figure['photos']}")
    model = load_model(arguments.weights)
    write_json(
        arguments.output, {"figures": figures, "record": {"model": model.sha256, **provenance("torch", "pillow")}}
    )


def ask(job: tuple[str, Path, Path | None]) -> tuple[str, dict]:
    """What a model says of one photo."""
    kind, path, weights = job
    predict = load_model(weights).predict
    image = read_photo(path).image
    if kind == "camera":
        return kind, _sizes(image, predict)
    if kind == "exposure":
        return kind, {"mean": float(as_floats(image).mean()), "kinds": _kinds(predict(image))}
    if kind == "focus":
        return kind, {"kinds": _kinds(predict(image))}
    small = as_saved(Resize(RATIO)(as_floats(image)))
    if kind == "clean":
        return kind, {"png": _kinds(predict(small)), "jpeg92": _kinds(predict(as_saved(Save("JPEG", 92)(small))))}
    return kind, {"mos": [[_mos(predict(step)) for step in ladder] for ladder in _ladders(small)]}


def as_floats(image: Tensor) -> Tensor:
    """An image of bytes or floats as floats in [0, 1]."""
    return image.float() / 255 if image.dtype == torch.uint8 else image


def _sizes(image: Tensor, predict) -> dict:
    """MOS at each of SIZES, as it is and saved as JPEG 92, and what is found at full size and at REDUCED px."""
    floats, scores, found = as_floats(image), [], []
    for size in SIZES:
        small = floats if size == 1 else as_saved(Resize(size)(floats))
        predicted = [predict(small), predict(as_saved(Save("JPEG", 92)(small)))]
        scores += [_mos(one) for one in predicted]
        found.append(_kinds(predicted[0]))
    reduced = predict(as_saved(Resize(min(1.0, REDUCED / max(floats.shape[1:])))(floats)))
    return {"mos": scores, "full": found[0], "reduced": _kinds(reduced)}


def _ladders(image: Tensor) -> list[list[Tensor]]:
    saved = [image, *(as_saved(Save("JPEG", quality)(image)) for quality in QUALITIES)]
    others = [
        [image, *(as_saved(distort(image, name, float(step * severity_curve(name).ceiling), seed=1)) for step in STEPS)]
        for name in LADDERS
    ]
    return [saved, *others]


def _mos(predicted: Prediction) -> float:
    assert predicted.mos is not None, "the model was fitted to no human scores"
    return predicted.mos.value


def _kinds(predicted: Prediction) -> list[str]:
    return sorted({finding.kind for finding in predicted.findings})


def _camera_figures(rows: list[dict]) -> dict:
    scores = np.array([row["mos"] for row in rows])
    away = np.abs(scores[:, 1:] - scores[:, :1])
    return {
        "mos_of_another_size_median": _figure(np.median(away, axis=1), np.median),
        "mos_of_another_size_p95": {"value": float(np.percentile(away, 95)), "photos": len(rows)},
        "camera_full_size_with_finding": _figure([bool(row["full"]) for row in rows]),
        "camera_reduced_with_finding": _figure([bool(row["reduced"]) for row in rows]),
    }


def _exposure_figures(rows: list[dict]) -> dict:
    dark = [row["kinds"] for row in rows if row["mean"] <= DARK]
    bright = [row["kinds"] for row in rows if row["mean"] >= BRIGHT]
    return {
        "dark_found_underexposed": _figure(["underexposure" in kinds for kinds in dark]),
        "dark_with_finding": _figure([bool(kinds) for kinds in dark]),
        "bright_found_overexposed": _figure(["overexposure" in kinds for kinds in bright]),
        "bright_with_finding": _figure([bool(kinds) for kinds in bright]),
    }


def _focus_figures(rows: list[dict]) -> dict:
    return {
        "defocused_in_part_found_blurred": _figure(["blur" in row["kinds"] for row in rows]),
        "defocused_in_part_with_finding": _figure([bool(row["kinds"]) for row in rows]),
    }


def _clean_figures(rows: list[dict]) -> dict:
    return {f"clean_{name}_with_finding": _figure([bool(row[name]) for row in rows]) for name in ("png", "jpeg92")}


def _ladder_figures(rows: list[dict]) -> dict:
    rises = [np.concatenate([np.diff(ladder) > RISE for ladder in row["mos"]]).mean() for row in rows]
    return {"ladder_steps_that_rise": _figure(rises)}


SUMMARIES = {
    "camera": _camera_figures,
    "exposure": _exposure_figures,
    "focus": _focus_figures,
    "clean": _clean_figures,
    "ladder": _ladder_figures,
}


def _figure(values, statistic=np.mean) -> dict:
    """The statistic over photos with its interval by bootstrap."""
    values = np.asarray(values, dtype=float)
    interval = with_interval(lambda drawn: float(statistic(values[drawn])), len(values), resamples=1000)
    return {**interval, "photos": len(values)}


def _half(paths) -> list[Path]:
    """Those that are not kept aside for checks of the finished product."""
    digests = {path: hashlib.sha1(f"blemish-camera:{path.name}".encode()).hexdigest() for path in paths}
    return sorted(path for path, digest in digests.items() if int(digest, 16) % 2 == 0)


def _is_large(path: Path) -> bool:
    try:
        with Image.open(path) as picture:
            return picture.mode == "RGB" and picture.width * picture.height >= LEAST_PIXELS
    except OSError:  # the collection holds fuzzed files, too
        return False


if __name__ == "__main__":
    main()
