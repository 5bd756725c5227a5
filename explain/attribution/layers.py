"""Attribution to a layer of a network, through Captum."""

from __future__ import annotations

from typing import cast

from captum.attr import LayerConductance, LayerGradCam
from torch import Tensor, nn

from .explained import Explained
from .memory import examples_at_once

STEPS = 20


def grad_cam(explained: Explained, *, layer: str | None = None) -> tuple[Tensor, dict]:
    """A layer's maps, weighted by their mean gradients (Selvaraju et al., ICCV 2017), without the usual rectification.

    Raises:
        ValueError: what is explained is no network, or has no such layer.
    """
    name, module = layer_of(explained, layer)
    inputs = tuple(one.detach().clone().requires_grad_() for one in explained.inputs)
    values = LayerGradCam(explained.function, module).attribute(inputs, relu_attributions=False)
    return explained.layer_map(cast(Tensor, values).detach()[0].sum(0)), {"layer": name}


def conductance(explained: Explained, *, layer: str | None = None) -> tuple[Tensor, dict]:
    """What of the integrated gradients passes through a layer, by its places (Dhamdhere, Sundararajan and Yan, ICLR 2019).

    Raises:
        ValueError: what is explained is no network, or has no such layer.
    """
    name, module = layer_of(explained, layer)
    inputs = tuple(one.detach().clone().requires_grad_() for one in explained.inputs)
    values = LayerConductance(explained.function, module).attribute(
        inputs,
        explained.baseline.inputs,
        n_steps=STEPS,
        internal_batch_size=examples_at_once(explained.bytes_per_example),
    )
    return explained.layer_map(cast(Tensor, values).detach()[0].sum(0)), {"layer": name, "steps": STEPS}


def layer_of(explained: Explained, name: str | None) -> tuple[str, nn.Module]:
    """The layer called `name`, by default the one that the model is known for, or the last convolution.

    Raises:
        ValueError: what is explained is no network, or has no such layer.
    """
    if explained.module is None:
        raise ValueError("this method looks into layers, and the model is a function without any")
    layers, name = dict(explained.module.named_modules()), name or explained.layer
    if name is None:
        convolutions = [one for one, module in layers.items() if isinstance(module, nn.Conv2d)]
        if not convolutions:
            raise ValueError("the model has no convolution; name the layer to look into")
        name = convolutions[-1]
    if name not in layers:
        raise ValueError(f"the model has no layer {name!r}; it has {', '.join(list(layers)[1:6])}, ...")
    return name, layers[name]
