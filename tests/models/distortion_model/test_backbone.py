"""The backbone is timm's network, batch norms and all."""

import pytest
import timm
import torch
from torch import nn

from blemish.models.distortion_model.backbone import NAME, early_and_late


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    network = timm.create_model(NAME).eval()
    for layer in network.modules():
        if isinstance(layer, nn.BatchNorm2d):  # statistics as after training, not 0 and 1
            layer.running_mean = 0.1 * torch.randn(layer.num_features)
            layer.running_var = 0.5 + torch.rand(layer.num_features)
    return network


@torch.inference_mode()
@pytest.mark.parametrize(("height", "width"), [(75, 101), (128, 96)])
def test_its_maps_are_those_of_timm(height, width, network, tmp_path):
    torch.save(network.state_dict(), tmp_path / "lite2.pth")
    early, late = early_and_late(tmp_path / "lite2.pth")
    image = torch.rand(1, 3, height, width)
    maps = late(early(image)[0])[0]
    theirs = network.forward_features(image)
    assert maps.shape == theirs.shape
    assert torch.allclose(maps, theirs, atol=1e-4 * float(theirs.abs().max()))


def test_another_network_is_refused(tmp_path):
    torch.save(timm.create_model("tf_efficientnet_lite0").state_dict(), tmp_path / "lite0.pth")
    with pytest.raises(ValueError, match=r"lite0\.pth: is no checkpoint of tf_efficientnet_lite2"):
        early_and_late(tmp_path / "lite0.pth")
