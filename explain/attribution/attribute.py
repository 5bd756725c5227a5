"""Attribution in one call, of any model: where a prediction comes from, and what it is made of."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TypeAlias

from torch import Tensor, nn

from ...models.distortion_model.files import load_model
from ...models.distortion_model.model import DistortionModel
from ...models.quality_cnns.files import load_quality_model
from ...models.quality_cnns.model import QualityCnn
from ...synth_distort import PhotoError
from ..photo_sources import Source, read_source
from .attribution import Attribution
from .embedded.model import explained_by_model
from .explained import Explained
from .images import SCORE, explained_by_pixels
from .methods import METHODS, attribution_of
from .targets import Target

DEFAULT_METHOD = "integrated_gradients"
Model: TypeAlias = DistortionModel | QualityCnn | nn.Module | Callable[[Tensor], Tensor] | str | os.PathLike | None


def attribute(
    model: Model,
    image: Source,
    *,
    target: str | Target = "mos",
    method: str = DEFAULT_METHOD,
    reference: Source | None = None,
    output: int | None = None,
    **options: object,
) -> Attribution:
    """Where in a photo a prediction comes from, signed and in the prediction's own unit.

    Args:
        model: a distortion model, a quality CNN, a file of either, a network or a function of images (N, 3, H, W); None for
            the embedded model.
        image: as `blemish.report` takes it: a path, bytes, an array (H, W[, 3 or 4]), a tensor (3, H, W) in [0, 1], ...
        target: `mos`, `overall_severity`, `severity:NAME` or `probability:NAME`; for other models than of distortions, `mos`
            or a `Target` that says what they predict.
        method: one of METHODS.
        reference: the undistorted photo, where it is known, as baseline; else it is cells of good photos (models of
            distortions) or a restored photo (others).
        output: which output of a network with several.
        options: of the method.

    Raises:
        PhotoError: a photo cannot be read, or is too small.
        WeightsError: the model cannot be read.
        ValueError: there is no such target or method, the method cannot explain this model, or the two photos differ in size.
    """
    if method not in METHODS:
        raise ValueError(f"method is {method!r}; it must be one of {', '.join(METHODS)}")
    photo, _ = read_source(image)
    undistorted = None if reference is None else read_source(reference)[0].image
    try:
        explained = explained_prediction(model, photo.image, target=target, reference=undistorted, output=output)
    except PhotoError as error:
        raise PhotoError(f"{photo.path or 'the photo'}: {error}") from error
    return attribution_of(explained, method, **options)


def explained_prediction(
    model: Model,
    image: Tensor,
    *,
    target: str | Target = "mos",
    reference: Tensor | None = None,
    output: int | None = None,
) -> Explained:
    """What `attribute` attributes, for several methods in turn; arguments as there, of tensors (3, H, W)."""
    if reference is not None and reference.shape != image.shape:
        raise ValueError(f"reference is of shape {tuple(reference.shape)}; the photo's is {tuple(image.shape)}")
    if model is None:
        model = load_model()
    elif isinstance(model, (str, os.PathLike)):
        model = load_quality_model(model)
    if isinstance(model, DistortionModel):
        name = target.name if isinstance(target, Target) else target
        return explained_by_model(model, image, name, reference=reference)
    if isinstance(target, str):
        if target != SCORE.name:
            raise ValueError(f"target is {target!r}; the model predicts one number, which is called {SCORE.name}")
        target = SCORE
    return explained_by_pixels(model, image, target=target, output=output, reference=reference)
