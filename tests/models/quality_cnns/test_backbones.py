"""Backbones: networks of other people, cut open at a layer."""

from typing import Any

import pytest
import torch
import torchvision

from blemish.models.distortion_model.files import WeightsError
from blemish.models.quality_cnns.backbones.registry import (
    Backbone,
    BackboneNetwork,
    build_backbone,
    list_backbones,
    random_network,
)
from blemish.models.quality_cnns.backbones.weights import read_backbone_weights


@pytest.mark.parametrize(
    ("name", "side", "length"),
    [
        ("squeezenet1_1", 64, 512),
        ("mobilenet_v2", 64, 1280),
        ("alexnet", 224, 4096),
        ("vit_b_16", 224, 768),
        ("efficientnet_lite0", 64, 1280),
    ],
)
def test_features_are_what_the_classifier_reads(name, side, length):
    network = build_backbone(Backbone(name), None)
    with torch.inference_mode():
        assert network(torch.rand(2, 3, side, side)).shape == (2, length)


@pytest.fixture(scope="module")
def resnet(tmp_path_factory):
    """A folder with weights of ResNet-18 in half precision, and the network that they are of."""
    torch.manual_seed(0)
    network = torchvision.models.resnet18().eval()
    folder = tmp_path_factory.mktemp("weights")
    torch.save({name: tensor.half() for name, tensor in network.state_dict().items()}, folder / "resnet18.pth")
    network.load_state_dict(torch.load(folder / "resnet18.pth"))
    return folder, network


def test_features_are_those_of_torchvisions_own_network(resnet):
    folder, reference = resnet
    photo = torch.rand(1, 3, 80, 96)
    standard = (photo - torch.tensor([0.485, 0.456, 0.406])[:, None, None]) / torch.tensor([0.229, 0.224, 0.225])[
        :, None, None
    ]
    reference.fc = torch.nn.Identity()
    with torch.inference_mode():
        assert torch.allclose(build_backbone(Backbone("resnet18"), folder)(photo), reference(standard), atol=1e-4)


def test_layers_stand_side_by_side_and_a_pyramid_has_21_places(resnet):
    folder, _ = resnet
    with torch.inference_mode():
        photo = torch.rand(1, 3, 80, 96)
        two = build_backbone(Backbone("resnet18", ("layer3", "layer4")), folder)(photo)
        one = build_backbone(Backbone("resnet18", ("layer4",)), folder)(photo)
        pyramid = build_backbone(Backbone("resnet18", ("layer4",), "pyramid"), folder)(photo)
    assert two.shape == (1, 256 + 512)
    assert torch.equal(two[:, 256:], one)
    assert pyramid.shape == (1, 21 * 512)
    assert torch.allclose(pyramid[:, :512], one, atol=1e-6)


def test_weights_have_a_digest_by_which_features_are_known(resnet):
    folder, _ = resnet
    first, second = (BackboneNetwork(Backbone("resnet18"), folder) for _ in range(2))
    assert first.digest == second.digest
    assert BackboneNetwork(Backbone("resnet18"), None).digest != first.digest


def test_what_is_unknown_is_named(resnet, tmp_path):
    folder, network = resnet
    with pytest.raises(ValueError, match="no backbone is called 'resnet19'"):
        Backbone("resnet19")
    with pytest.raises(ValueError, match="pooling is 'median'; it must be one of mean, pyramid"):
        Backbone("resnet18", pooling="median")
    with pytest.raises(ValueError, match=r"resnet18 has no layer 'layer5'; its layers are .*layer4"):
        build_backbone(Backbone("resnet18", ("layer5",)), folder)
    with pytest.raises(WeightsError, match=r"holds no resnet34.safetensors, resnet34.pth, resnet34.caffemodel"):
        build_backbone(Backbone("resnet34"), folder)
    torch.save(network.state_dict(), tmp_path / "vgg11.pth")
    with pytest.raises(WeightsError, match=r"vgg11.pth: is not vgg11; it lacks features.0.weight"):
        build_backbone(Backbone("vgg11"), tmp_path)
    (tmp_path / "resnet18.pth").write_bytes(b"no weights")
    with pytest.raises(WeightsError, match=r"resnet18.pth: cannot be read as a state dict$"):
        build_backbone(Backbone("resnet18"), tmp_path)


def test_the_embedded_model_is_a_backbone_of_damage(coffee):
    network = build_backbone(Backbone("blemish"), None)
    with torch.inference_mode():
        whole = network(coffee[None])
    assert whole.shape[0] == 1
    assert "blemish" in list_backbones()


def test_shared_weights_name_what_they_see(backbone_weights, coffee):
    """A cup of espresso, by the classifier that the features are cut from."""
    for name in ("squeezenet1_1", "mobilenet_v2", "resnet18", "resnet50"):
        network = random_network(name)
        network.load_state_dict(read_backbone_weights(name, backbone_weights, network))
        standardized = BackboneNetwork(Backbone(name), backbone_weights).preprocessing(coffee[None])
        with torch.inference_mode():
            likeliest = int(network(standardized).argmax())
        weights: Any = torchvision.models.get_model_weights(name)
        words = weights.DEFAULT.meta["categories"]
        assert words[likeliest] in ("espresso", "cup", "coffee mug")
