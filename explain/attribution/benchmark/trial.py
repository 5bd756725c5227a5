"""One trial: a photo damaged inside a known region, and what each method's map is worth there."""

from __future__ import annotations

import time
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ....models.distortion_model.model import DistortionModel
from ....models.distortion_model.statistics import CELL
from ....synth_distort import distort, severity_curve
from ....synth_distort.photo import as_saved
from ..attribute import explained_prediction
from ..attribution import Attribution
from ..explained import Explained
from ..methods import attribution_of
from .baseline_maps import BASELINE_MAPS, baseline_map
from .faithfulness import infidelity, recovered
from .known_masks import SHAPES, known_mask
from .localization import localization
from .sanity import STAGES, max_sensitivity, rank_correlation, with_shuffled_weights

SEVERITIES = (0.5, 0.9)
KNOWN = "integrated_gradients, undistorted photo known"
SLOW = ("kernel_shap", KNOWN)  # of thorough trials alone
SAMPLED = ("kernel_shap", "smooth_grad")  # methods with randomness, of which a seed decides


@dataclass(frozen=True)
class Damaged:
    """A photo of a trial.

    Attributes:
        image: (3, H, W), damaged.
        reference: (3, H, W), the same without damage.
        mask: (H, W) where the damage is, 0 to 1.
        distortion: its name.
        severity: its severity.
        shape: of the mask.
        seed: of all randomness.
    """

    image: Tensor
    reference: Tensor
    mask: Tensor
    distortion: str
    severity: float
    shape: str
    seed: int


def damaged(reference: Tensor, distortion: str, *, seed: int, key: str, everywhere: bool = False) -> Damaged:
    """`reference` with a distortion of random severity in a random region, or everywhere; `key` and `seed` say which."""
    drawn = zlib.crc32(f"{seed}/{key}/{distortion}".encode())
    generator = np.random.default_rng(drawn)
    shape = SHAPES[int(generator.integers(len(SHAPES)))]
    severity = min(float(generator.uniform(*SEVERITIES)), severity_curve(distortion).ceiling)
    mask = torch.ones(reference.shape[1:]) if everywhere else known_mask(reference, shape, generator)
    image = as_saved(distort(reference, distortion, severity, seed=drawn, mask=mask))
    return Damaged(image, reference, mask, distortion, severity, shape, drawn)


def run_trial(
    photo: Damaged, model: DistortionModel, *, target: str, methods: Sequence[str], is_thorough: bool
) -> dict:
    """All figures of a trial, by method.

    Args:
        photo: of the trial.
        model: that is explained.
        target: the prediction.
        methods: of METHODS.
        is_thorough: whether to add what takes long: SLOW methods, infidelity, max-sensitivity, shuffled weights and
            repeatability.
    """
    explained = explained_prediction(model, photo.image, target=target)
    known = explained_prediction(model, photo.image, target=target, reference=photo.reference)
    maps: dict[str, dict] = {}
    for name in BASELINE_MAPS:
        pixels = baseline_map(name, explained.image, seed=photo.seed)
        maps[name] = _figures_of_map(pixels, _at_places(pixels, explained), photo, known, is_thorough=is_thorough)
    for name in [one for one in (*methods, KNOWN) if is_thorough or one not in SLOW]:
        start = time.perf_counter()
        attribution = attribution_of(known if name == KNOWN else explained, name.partition(",")[0]).in_squares(CELL)
        seconds = time.perf_counter() - start
        pixels = attribution.map_of(attribution.height, attribution.width) * attribution.target.sign
        figures = _figures_of_map(pixels, _at_places(pixels, explained), photo, known, is_thorough=is_thorough)
        maps[name] = {**figures, **_own_figures(attribution), "seconds": seconds}
        if is_thorough and name != KNOWN:
            maps[name] |= _sanity(name, attribution, photo, model, explained, target)
    return {
        "distortion": photo.distortion,
        "severity": photo.severity,
        "shape": photo.shape,
        "share": float(photo.mask.mean()),
        "change": known.of_photo - known.of_baseline,
        "maps": maps,
    }


def _figures_of_map(
    pixels: np.ndarray, places: np.ndarray, photo: Damaged, known: Explained, *, is_thorough: bool
) -> dict:
    height, width = pixels.shape
    figures: dict = localization(pixels, photo.mask[:height, :width].numpy())
    if (share := recovered(known, places)) is not None:
        figures["recovered"] = share
    if is_thorough:
        figures["infidelity"] = infidelity(known, known.target.sign * places, seed=photo.seed)
    return figures


def _own_figures(attribution: Attribution) -> dict:
    return {} if attribution.completeness_error is None else {"completeness_error": attribution.completeness_error}


def _sanity(
    name: str, attribution: Attribution, photo: Damaged, model: DistortionModel, explained: Explained, target: str
) -> dict:
    """What takes several maps: with shuffled weights, of photos changed invisibly, and with another seed where one decides."""

    def places(image: Tensor, of: DistortionModel) -> np.ndarray:
        return attribution_of(explained_prediction(of, image, target=target), name).in_squares(CELL).values

    figures: dict = {"shuffled": {}}
    for stage in STAGES:
        shuffled = with_shuffled_weights(model, stage, seed=photo.seed)
        figures["shuffled"][stage] = rank_correlation(attribution.values, places(photo.image, shuffled))
    figures["max_sensitivity"] = max_sensitivity(
        lambda image: torch.from_numpy(places(image.clamp(0, 1), model)), photo.image, samples=2, seed=photo.seed
    )
    if name in SAMPLED:
        again = attribution_of(explained, name, seed=1).in_squares(CELL)
        figures["repeatability"] = rank_correlation(attribution.values, again.values)
    return figures


def _at_places(pixels: np.ndarray, explained: Explained) -> np.ndarray:
    """The mean of a map (H, W) at each place of the first input."""
    size = tuple(explained.inputs[0].shape[2:])
    values = torch.from_numpy(np.ascontiguousarray(pixels, dtype=np.float32))[None, None]
    return torch.nn.functional.interpolate(values, size=size, mode="area")[0, 0].numpy()
