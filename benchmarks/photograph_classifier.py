"""Fits the classifier of `explain/photograph_classifier.py`, and measures it: kinds of pictures and photos that chose nothing.

    python benchmarks/photograph_classifier.py PRISTINE RATED [--write]

PRISTINE is the folder of clean photos, RATED one with real photos (LIVE-itW). The drawn kinds are divided in five; each fifth
is judged by a classifier fitted without it. Of the real photos a half, by a hash of their names, is left out of the fit.
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
from sklearn.svm import SVC

from blemish.explain.photograph_classifier import SHIPPED, decision, features, standardized
from blemish.synth_distort import DISTORTIONS, distort, read_photo, severity_curve
from blemish.synth_distort.files import write_json
from blemish.synth_distort.photo import as_saved, from_pil, list_photos
from blemish.synth_distort.pristine_photos import TEST_COLLECTIONS, PristinePhoto, at_rated_size, list_pristine
from blemish.synth_distort.provenance import provenance

SEEDS = range(5)
FOLDS = 5
FREEDOM, WIDTH = 3.0, 0.03  # of the support vector machine, chosen on left-out kinds and photos of the fit
ALLOWED = 0.02  # share of the photos of the fit, one in three of them heavily distorted, that may be rejected
POSTERIZED = ("color_quantization", "quantization", "brighten")  # distortions that make a photo most like a drawing


def main() -> None:
    """Fit, judge, print, and write where asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pristine", type=Path)
    parser.add_argument("rated", type=Path)
    parser.add_argument("--kept", type=Path, default=Path("photograph_classifier.npz"), help="file for the features")
    parser.add_argument("--write", action="store_true", help="rewrite the classifier that ships")
    default = Path(__file__).resolve().parents[1] / "docs" / "measurements" / "photograph_classifier.json"
    parser.add_argument("-o", "--output", type=Path, default=default)
    options = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)

    names, drawn, to_fit, posterized, to_judge = _kept(options.kept, options.pristine, options.rated)
    kinds = list(dict.fromkeys(names.tolist()))
    fold = np.array([kinds.index(name) % FOLDS for name in names])
    scores, threshold = _left_out(to_fit, posterized, drawn, fold)
    recognized = scores < threshold
    by_kind = {name: round(float(recognized[names == name].mean()), 3) for name in kinds}
    print("\n".join(f"  {name:18} {share:6.0%} recognized" for name, share in by_kind.items()))
    print(f"not photographs, of kinds left out of the fit: {recognized.mean():.1%} of {len(names)} recognized")
    classifier = _fitted(np.concatenate([to_fit, posterized]), drawn) | {"threshold": round(threshold, 4)}
    rejected = {
        name: decision(standardized(values, classifier), classifier) < classifier["threshold"]
        for name, values in to_judge.items()
    }
    shares = {name: {"rejected": round(float(each.mean()), 4), "of": len(each)} for name, each in rejected.items()}
    print("\n".join(f"{name}: {share['rejected']:.2%} of {share['of']} rejected" for name, share in shares.items()))
    figures = {"recognized": round(float(recognized.mean()), 4), "pictures": len(names), "by kind": by_kind}
    write_json(options.output, {"figures": {**figures, "photos": shares}, "record": provenance("scikit-learn")})
    if options.write:
        write_json(SHIPPED, classifier)


def _kept(
    path: Path, pristine: Path, rated: Path
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, dict[str, np.ndarray]]:
    """Features of everything, from the file `path` where an earlier run left them."""
    if not path.exists():
        drawn = [(kind, features(from_pil(draw(kind, seed)))) for kind in KINDS for seed in SEEDS]
        to_fit, posterized, to_judge = _photos(pristine, rated)
        names, values = np.array([name for name, _ in drawn]), np.stack([values for _, values in drawn])
        np.savez(path, names=names, drawn=values, fit=to_fit, posterized=posterized, **to_judge)
    with np.load(path) as kept:
        fitted = ("names", "drawn", "fit", "posterized")
        names, drawn, to_fit, posterized = (kept[name] for name in fitted)
        return names, drawn, to_fit, posterized, {name: kept[name] for name in kept.files if name not in fitted}


def _photos(pristine: Path, rated: Path) -> tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]]:
    """Features of photos to fit to, (N, F), of posterized ones, and by name of those to judge on."""
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
    grey = _features(_grey(read_photo(path).image) for path in np.array(real)[half][::2])
    grey_left_out = _features(_grey(read_photo(path).image) for path in np.array(real)[~half][::2])
    return (
        np.concatenate([clean, damaged, chosen, grey]),
        _posterized(to_fit[::9], POSTERIZED),
        {
            "real photos of the fit": chosen,
            "real photos left out": rated_photos[~half],
            "real photos left out, made grey": grey_left_out,
            "clean photos left out": _features(at_rated_size(photo) for photo in test),
            "photos left out, distorted at 0.75": _features(
                _damaged(test[index % len(test)], name, 0.75, seed=index) for index, name in enumerate(DISTORTIONS)
            ),
            **{f"photos left out, {name} at 0.75": _posterized(test, (name,)) for name in POSTERIZED},
        },
    )


def _posterized(photos: list[PristinePhoto], names: tuple[str, ...]) -> np.ndarray:
    return _features(_damaged(photo, name, 0.75, seed=index) for index, photo in enumerate(photos) for name in names)


def _damaged(photo: PristinePhoto, name: str, severity: float, *, seed: int) -> torch.Tensor:
    return as_saved(distort(at_rated_size(photo), name, min(severity, severity_curve(name).ceiling), seed=seed))


def _grey(image: torch.Tensor) -> torch.Tensor:
    return image.mean(0, keepdim=True).expand(3, -1, -1).contiguous()


def _features(images: Iterable[torch.Tensor]) -> np.ndarray:
    return np.stack([features(image) for image in images])


def _left_out(
    photos: np.ndarray, posterized: np.ndarray, drawn: np.ndarray, fold: np.ndarray
) -> tuple[np.ndarray, float]:
    """Decisions on the drawn pictures, each by a classifier fitted without its kind, and the threshold by photos left out."""
    photo_fold = np.random.default_rng(0).integers(0, FOLDS, len(photos))
    on_drawn, on_photos = np.zeros(len(drawn)), np.zeros(len(photos))
    for left_out in range(FOLDS):
        classifier = _fitted(np.concatenate([photos[photo_fold != left_out], posterized]), drawn[fold != left_out])
        on_drawn[fold == left_out] = decision(standardized(drawn[fold == left_out], classifier), classifier)
        on_photos[photo_fold == left_out] = decision(
            standardized(photos[photo_fold == left_out], classifier), classifier
        )
    return on_drawn, float(np.quantile(on_photos, ALLOWED))


def _fitted(photos: np.ndarray, drawn: np.ndarray) -> dict:
    classifier = {"mean": photos.mean(0).round(5).tolist(), "deviation": (photos.std(0) + 1e-3).round(5).tolist()}
    inputs = standardized(np.concatenate([photos, drawn]), classifier)
    is_photo = np.repeat([1, 0], [len(photos), len(drawn)])
    fit = SVC(C=FREEDOM, gamma=WIDTH, class_weight="balanced").fit(inputs, is_photo)
    return classifier | {
        "others": standardized(drawn, classifier).mean(0).round(3).tolist(),
        "gamma": WIDTH,
        "vectors": fit.support_vectors_.round(3).tolist(),
        "coefficients": fit.dual_coef_[0].round(5).tolist(),
        "shift": round(float(fit.intercept_[0]), 5),
    }


if __name__ == "__main__":
    main()
