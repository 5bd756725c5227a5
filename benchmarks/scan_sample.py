"""What a sample of a large photo's own pixels leaves out: predictions of the whole, of the sample, and of the photo at 1024 px.

python benchmarks/scan_sample.py FOLDER [-n PHOTOS]

Photos of more than 4.2 megapixels; smaller ones are never sampled. Choose nothing on it.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor

from blemish.models.distortion_model.files import load_model
from blemish.models.distortion_model.prediction import Prediction
from blemish.models.distortion_model.tiles import ALL_UP_TO
from blemish.synth_distort.parallel import one_thread_each
from blemish.synth_distort.photo import list_photos, read_photo

REDUCED = 1024  # px of the longer side


def main() -> None:
    """Predict, and print a line for each way."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("-n", "--photos", type=int, default=20)
    arguments = parser.parse_args()
    one_thread_each()
    model, whole, others = load_model(None), [], {"sample": [], f"{REDUCED} px": []}
    for path in list_photos(arguments.folder):
        image = read_photo(path).image
        if image[0].numel() <= ALL_UP_TO:
            continue
        whole.append(model.predict(image))
        others["sample"].append(model.predict(image, sampled=True))
        others[f"{REDUCED} px"].append(model.predict(_reduced(image)))
        if len(whole) == arguments.photos:
            break
    for name, predictions in others.items():
        print(f"{name}, {len(whole)} photos: {_differences(whole, predictions)}")


def _reduced(image: Tensor) -> Tensor:
    scale = REDUCED / max(image.shape[1:])
    planes = [cv2.resize(plane.numpy(), None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) for plane in image]
    return torch.from_numpy(np.stack(planes))


def _differences(whole: list[Prediction], others: list[Prediction]) -> str:
    pairs = list(zip(whole, others, strict=True))
    severity = np.mean([abs(a.overall_severity.value - b.overall_severity.value) for a, b in pairs])
    score = np.mean([abs(a.mos.value - b.mos.value) for a, b in pairs if a.mos and b.mos])
    same = sum({one.name for one in a.findings} == {one.name for one in b.findings} for a, b in pairs)
    return f"overall severity differs by {severity:.3f} on average, MOS by {score:.2f}; the same findings in {same}"


if __name__ == "__main__":
    main()
