"""Fits the gate of `explain/photograph.py`, and measures it: kinds of pictures and photos that chose nothing.

    python benchmarks/photograph_gate.py PRISTINE RATED [--write]

PRISTINE is the folder of clean photos, RATED one with real photos (LIVE-itW). The drawn kinds are divided in five; each fifth is
judged by a gate fitted without it. Of the real photos a half, by a hash of their names, is left out of the fit.
"""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np
import torch
from non_photographs import KINDS, draw
from sklearn.linear_model import LogisticRegression

from blemish.explain.photograph import SHIPPED, features
from blemish.synth_distort import DISTORTIONS, distort, read_photo, severity_curve
from blemish.synth_distort.files import write_json
from blemish.synth_distort.photo import as_saved, from_pil, list_photos
from blemish.synth_distort.pristine_photos import TEST_COLLECTIONS, PristinePhoto, at_rated_size, list_pristine

SEEDS = range(4)
ALLOWED = 0.005  # share of the photos of the fit that may be rejected; the bar is twice that


def main() -> None:
    """Fit, judge, print, and write where asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pristine", type=Path)
    parser.add_argument("rated", type=Path)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)

    kinds = [(kind, features(from_pil(draw(kind, seed)))) for kind in KINDS for seed in SEEDS]
    names, drawn = np.array([kind for kind, _ in kinds]), np.stack([values for _, values in kinds])
    to_fit, to_judge = _photos(options.pristine, options.rated)
    fold = np.array([list(KINDS).index(name) % 5 for name in names])
    recognized = np.zeros(len(names), bool)
    for left_out in range(5):
        gate = _fitted(to_fit, drawn[fold != left_out])
        recognized[fold == left_out] = _logits(drawn[fold == left_out], gate) < gate["threshold"]
    gate = _fitted(to_fit, drawn)
    for name in KINDS:
        print(f"  {name:18} {recognized[names == name].mean():6.0%} of {int((names == name).sum())} recognized")
    print(f"not photographs, of kinds left out of the fit: {recognized.mean():.1%} of {len(names)} recognized")
    for name, values in to_judge.items():
        rejected = _logits(values, gate) < gate["threshold"]
        print(f"{name}: {rejected.mean():.2%} of {len(values)} rejected")
    if options.write:
        write_json(SHIPPED, gate)


def _photos(pristine: Path, rated: Path) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Features of photos to fit to, (N, F), and by name of those to judge on."""
    photos = list_pristine(pristine)
    to_fit = [photo for photo in photos if photo.collection not in TEST_COLLECTIONS]
    real = list_photos(rated)
    half = np.array([int(hashlib.sha1(path.name.encode()).hexdigest(), 16) % 2 == 0 for path in real])
    test = [photo for photo in photos if photo.collection in TEST_COLLECTIONS]
    clean = _features(at_rated_size(photo) for photo in to_fit[::3])
    damaged = _features(
        _damaged(to_fit[index % len(to_fit)], name, 1.0 if index % 2 else 0.5, seed=index)
        for index, name in enumerate(list(DISTORTIONS) * 2)
    )
    rated_photos = _features(read_photo(path).image for path in real)
    chosen = rated_photos[half]
    return np.concatenate([clean, damaged, chosen]), {
        "real photos of the fit": chosen,
        "real photos left out": rated_photos[~half],
        "clean photos left out": _features(at_rated_size(photo) for photo in test),
        "photos left out, distorted at 0.75": _features(
            _damaged(test[index % len(test)], name, 0.75, seed=index) for index, name in enumerate(DISTORTIONS)
        ),
    }


def _damaged(photo: PristinePhoto, name: str, severity: float, *, seed: int) -> torch.Tensor:
    return as_saved(distort(at_rated_size(photo), name, min(severity, severity_curve(name).ceiling), seed=seed))


def _features(images: Iterable[torch.Tensor]) -> np.ndarray:
    return np.stack([features(image) for image in images])


def _fitted(photos: np.ndarray, drawn: np.ndarray) -> dict:
    gate = {"mean": photos.mean(0).round(5).tolist(), "deviation": (photos.std(0) + 1e-3).round(5).tolist()}
    inputs = _inputs(np.concatenate([photos, drawn]), gate)
    is_photo = np.repeat([1, 0], [len(photos), len(drawn)])
    fit = LogisticRegression(C=0.3, class_weight="balanced", max_iter=3000).fit(inputs, is_photo)
    gate |= {"weights": fit.coef_[0].round(4).tolist(), "shift": round(float(fit.intercept_[0]), 4)}
    return gate | {"threshold": round(float(np.quantile(_logits(photos, gate), ALLOWED)), 4)}


def _inputs(values: np.ndarray, gate: dict) -> np.ndarray:
    z = ((values - gate["mean"]) / gate["deviation"]).clip(-6, 6)
    return np.concatenate([z, np.abs(z)], axis=1)


def _logits(values: np.ndarray, gate: dict) -> np.ndarray:
    return _inputs(values, gate) @ np.array(gate["weights"]) + gate["shift"]


if __name__ == "__main__":
    main()
