"""The methods by name, and how the values of each become an attribution."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from .attribution import Attribution
from .explained import Explained
from .gradients import input_x_gradient, integrated_gradients, saliency, smooth_grad
from .layers import conductance, grad_cam
from .perturbations import feature_ablation, kernel_shap, occlusion


@dataclass(frozen=True)
class Method:
    """A method of attribution.

    Attributes:
        name: on the command line.
        title: in tables.
        run: from what is explained, and options, to the values and the settings that it ran with.
        unit: of the values, for a target's {unit}; where they are in that itself, they can sum up to a difference.
        has_baseline: whether the baseline plays a part.
    """

    name: str
    title: str
    run: Callable[..., tuple[Tensor | tuple[Tensor, ...], dict]]
    unit: str
    has_baseline: bool


def own_map(explained: Explained, *, name: str) -> tuple[Tensor, dict]:
    """A map that the model makes by itself.

    Raises:
        ValueError: it makes none.
    """
    if name not in explained.maps:
        raise ValueError("the model has no map of its own; take another method")
    return explained.maps[name](), {}


OWN_UNIT = "{unit}"
METHODS = {
    method.name: method
    for method in (
        Method("integrated_gradients", "integrated gradients", integrated_gradients, OWN_UNIT, True),
        Method("saliency", "saliency", saliency, "{unit} per unit of the input", False),
        Method("input_x_gradient", "input × gradient", input_x_gradient, OWN_UNIT, False),
        Method("smooth_grad", "SmoothGrad", smooth_grad, "{unit} per unit of the input", False),
        Method("grad_cam", "Grad-CAM", grad_cam, "{unit} per mean gradient of the layer", False),
        Method("conductance", "layer conductance", conductance, OWN_UNIT, True),
        Method("occlusion", "occlusion", occlusion, OWN_UNIT, True),
        Method("feature_ablation", "feature ablation", feature_ablation, OWN_UNIT, True),
        Method("kernel_shap", "KernelSHAP", kernel_shap, OWN_UNIT, True),
        Method(
            "local",
            "the model's heads on patches (the report's map)",
            partial(own_map, name="local"),
            "severity",
            False,
        ),
    )
}


def attribution_of(explained: Explained, method: str, **options: object) -> Attribution:
    """The attribution of what is `explained` by `method`.

    Args:
        explained: a prediction of a photo.
        method: one of METHODS.
        options: of the method.

    Raises:
        ValueError: there is no such method, or it cannot explain this model.
    """
    if method not in METHODS:
        raise ValueError(f"method is {method!r}; it must be one of {', '.join(METHODS)}")
    entry = METHODS[method]
    values, settings = entry.run(explained, **options)
    parts = tuple(one.detach() for one in (values if isinstance(values, tuple) else (values,)))
    if isinstance(values, tuple):
        total = sum((_at_places(one, explained) for one in parts[1:]), parts[0].sum(1)[0])
    else:
        total = parts[0]
    return Attribution(
        target=explained.target,
        method=method,
        baseline=explained.baseline.words if entry.has_baseline else "none",
        settings=settings,
        values=total.double().numpy(),
        height=explained.image.shape[1],
        width=explained.image.shape[2],
        unit=entry.unit.format(unit=explained.target.unit),
        prediction=explained.of_photo,
        baseline_prediction=explained.of_baseline if entry.has_baseline else None,
        families=_families(explained, parts) if isinstance(values, tuple) and entry.unit == OWN_UNIT else {},
    )


def _at_places(values: Tensor, explained: Explained) -> Tensor:
    """Values (1, C, h', w') of a further input, at the places of the first: the sum stays."""
    size = tuple(explained.inputs[0].shape[2:])
    summed = values.sum(1)[0]
    down, across = (torch.arange(many) * few // many for many, few in zip(summed.shape, size, strict=True))
    return torch.zeros(size).index_put((down[:, None], across[None, :]), summed, accumulate=True)


def _families(explained: Explained, parts: tuple[Tensor, ...]) -> dict[str, float]:
    """Values summed over places, by family of statistics; what a further input gets is of the photo as a whole."""
    sums = {name: float(parts[0][0, channels].sum()) for name, channels in explained.families.items()}
    if explained.families and len(parts) > 1:
        sums["the photo as a whole"] = float(sum(one.sum() for one in parts[1:]))
    return sums
