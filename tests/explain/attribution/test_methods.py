"""Methods of attribution: exact where the right values are known, and complete where they promise it."""

import numpy as np
import pytest
import torch
from torch import nn

from blemish.explain.attribution import METHODS, Target, attribute
from blemish.explain.attribution.attribute import explained_prediction
from blemish.explain.attribution.memory import MOST, examples_at_once
from blemish.explain.attribution.methods import attribution_of
from blemish.explain.attribution.mosaic import Mosaic, squares, superpixels
from blemish.models.distortion_model.files import load_model
from blemish.synth_distort import distort
from blemish.synth_distort.photo import as_saved

BRIGHTNESS = Target("brightness", "levels", 1)


class Weighted(nn.Module):
    """A weighted sum of pixels, of which the right attribution is known."""

    def __init__(self, height, width):
        super().__init__()
        generator = torch.Generator().manual_seed(0)
        self.weight = nn.Parameter(torch.randn(3, height, width, generator=generator))

    def forward(self, images):
        return (images * self.weight).sum((1, 2, 3))


@pytest.fixture(scope="module")
def model():
    return load_model()


@pytest.fixture(scope="module")
def noisy(small):
    return as_saved(distort(small, "white_noise", 0.7))


@pytest.fixture(scope="module")
def weighted(noisy):
    return Weighted(*noisy.shape[1:])


@pytest.fixture(scope="module")
def known(weighted, noisy, small):
    """What each square of 32 px of the noise is worth to the weighted sum."""
    change = (weighted.weight.detach() * (noisy - small)).sum(0)
    return change.reshape(6, 32, 6, 32).sum((1, 3)).numpy()


def completeness_error(found):
    assert found.completeness_error is not None
    return found.completeness_error


def in_squares(values):
    return values.reshape(6, 32, 6, 32).sum((1, 3))


@pytest.mark.parametrize("method", ["integrated_gradients", "occlusion"])
def test_a_weighted_sum_is_attributed_to_what_was_added_up(weighted, noisy, small, known, method):
    options = {"window": 1} if method == "occlusion" else {}
    found = attribute(weighted, noisy, target=BRIGHTNESS, method=method, reference=small, **options)
    assert in_squares(found.values) == pytest.approx(known, abs=1e-3)
    assert found.difference == pytest.approx(known.sum(), abs=1e-3)
    assert completeness_error(found) < 0.01


@pytest.mark.parametrize("method", ["feature_ablation", "kernel_shap"])
def test_superpixels_of_a_weighted_sum_get_their_share(weighted, noisy, small, method):
    explained = explained_prediction(weighted, noisy, target=BRIGHTNESS, reference=small)
    labels = superpixels(explained, 12)
    change = (weighted.weight.detach() * (noisy - small)).sum(0)
    found = attribution_of(explained, method, parts=12)
    for label in labels.unique():
        inside = labels == label
        assert found.values[inside.numpy()].sum() == pytest.approx(float(change[inside].sum()), abs=0.02)
    assert completeness_error(found) < 0.01


def test_gradients_of_a_weighted_sum_are_its_weights(weighted, noisy):
    weights = weighted.weight.detach()
    for method in ("saliency", "smooth_grad"):
        found = attribute(weighted, noisy, target=BRIGHTNESS, method=method)
        assert found.values == pytest.approx(weights.sum(0).numpy(), abs=1e-4)
        assert found.completeness_error is None
    found = attribute(weighted, noisy, target=BRIGHTNESS, method="input_x_gradient")
    assert found.values == pytest.approx((weights * noisy).sum(0).numpy(), abs=1e-4)


@pytest.fixture(scope="module")
def network():
    """A small network that rises with brightness in three channels and falls in the fourth."""
    torch.manual_seed(0)
    layers = nn.Conv2d(3, 4, 5, padding=2), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 1)
    with torch.no_grad():
        layers[0].weight.abs_()
        layers[4].weight.copy_(torch.tensor([[3.0, 2.0, 1.0, -1.0]]))
    return nn.Sequential(*layers)


def test_conductance_of_a_layer_that_everything_passes_through_is_complete(network, noisy, small):
    found = attribute(network, noisy, target=BRIGHTNESS, method="conductance", reference=small / 8)
    assert found.values.shape == noisy.shape[1:]
    assert completeness_error(found) < 0.02


def test_grad_cam_is_signed(network, noisy):
    """Where a layer is averaged and weighted, its mean gradients are those weights over the number of places."""
    found = attribute(network, noisy, target=BRIGHTNESS, method="grad_cam", layer="1")
    with torch.no_grad():
        maps = network[:2](noisy[None])[0]
        right = (network[4].weight[0, :, None, None] * maps).sum(0) / maps[0].numel()
    assert found.values == pytest.approx(right.numpy(), abs=1e-7)


def test_the_embedded_models_attribution_is_complete(model, noisy):
    found = attribute(model, noisy, target="overall_severity")
    assert completeness_error(found) < 0.01
    assert found.values.shape == (6, 6)
    assert sum(found.families.values()) == pytest.approx(found.values.sum(), rel=1e-3)
    assert found.prediction == pytest.approx(model.predict(noisy).overall_severity.value, abs=1e-3)


def test_its_mos_is_attributed_to_the_photo_as_viewed(model, noisy, small):
    found = attribute(model, noisy, target="mos", reference=small, most_pieces=6)
    assert completeness_error(found) < 0.05
    assert found.values.shape == noisy.shape[1:]
    assert found.prediction == pytest.approx(model.predict(noisy).mos.value, abs=0.05)
    assert found.difference == pytest.approx(found.prediction - model.predict(small).mos.value, abs=0.05)


def test_every_method_finds_a_prediction_of_the_embedded_model(model, noisy):
    explained = explained_prediction(model, noisy, target="severity:white_noise")
    for method in METHODS:
        values = attribution_of(explained, method).values
        assert values.shape == (6, 6)
        assert np.isfinite(values).all()
        assert np.ptp(values) > 0


def test_a_mosaic_goes_from_baseline_to_photo(model, noisy, small):
    explained = explained_prediction(model, noisy, target="overall_severity", reference=small)
    mosaic = Mosaic(explained, squares(explained, 64))
    assert mosaic.count == 9
    ends = mosaic(torch.stack([torch.zeros(9), torch.ones(9)]))
    assert ends.tolist() == pytest.approx(
        [model.predict(one).overall_severity.value for one in (small, noisy)], abs=1e-3
    )
    assert mosaic.spread(torch.arange(9.0)).sum() == pytest.approx(36)


def test_mistakes_are_named(model, noisy):
    with pytest.raises(ValueError, match="method is 'magic'"):
        attribute(model, noisy, method="magic")
    with pytest.raises(ValueError, match="target is 'severity:rain'"):
        attribute(model, noisy, target="severity:rain")
    with pytest.raises(ValueError, match="needs 128 px"):
        attribute(model, noisy[:, :100, :100], target="overall_severity")
    with pytest.raises(ValueError, match="a function without any"):
        attribute(lambda images: images.mean((1, 2, 3)), noisy, method="grad_cam")
    with pytest.raises(ValueError, match="no map of its own"):
        attribute(lambda images: images.mean((1, 2, 3)), noisy, method="local")
    with pytest.raises(ValueError, match="name one of its outputs"):
        attribute(lambda images: images.mean((2, 3)), noisy, method="occlusion")


def test_more_memory_for_each_example_means_fewer_at_once():
    assert examples_at_once(1) == MOST
    assert examples_at_once(2**50) == 1
