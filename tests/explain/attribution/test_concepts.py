"""Concept directions: right where the axis and the prediction are known."""

import pytest
import torch
from torch import nn

from blemish.explain.attribution import Target
from blemish.explain.attribution.attribute import explained_prediction
from blemish.explain.attribution.concepts import concepts


class MeanOf(nn.Module):
    """The mean of one colour, by a layer that passes all three on."""

    def __init__(self, colour):
        super().__init__()
        self.layer, self.colour = nn.Conv2d(3, 3, 1, bias=False), colour
        self.layer.weight.data = torch.eye(3)[..., None, None]

    def forward(self, images):
        return self.layer(images)[:, self.colour].mean((1, 2))


@pytest.fixture(scope="module")
def photos(coffee):
    return [coffee[:, 32 * number : 32 * number + 128, 40 * number : 40 * number + 128] for number in range(8)]


@pytest.mark.parametrize(("sign", "share"), [(-1, 1.0), (1, 0.0)])
def test_darker_photos_have_less_light(photos, sign, share):
    """Whether less light is worse is the target's to say."""
    model, target = MeanOf(1), Target("brightness", "levels", sign)

    def explain(image):
        return explained_prediction(model, image, target=target, reference=image)

    (found,) = concepts(explain, photos, ["darken"])
    assert found.distortion == "darken"
    assert found.share == share
    assert 0.2 < found.share_at_random < 0.8
    assert found.p_value < 0.01


def test_mistakes_are_named(photos):
    def explain(image):
        return explained_prediction(MeanOf(0), image, reference=image)

    with pytest.raises(ValueError, match="4 at least"):
        list(concepts(explain, photos[:3], ["darken"]))
    with pytest.raises(ValueError, match="no layer 'sun'"):
        list(concepts(explain, photos, ["darken"], layer="sun"))
