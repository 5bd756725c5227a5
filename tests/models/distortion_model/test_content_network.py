"""The content network: what it looks at, and that a teacher's knowledge goes over."""

import numpy as np
import pytest
import skimage.data
import torch
import torch.nn.functional as F
from PIL import Image

from blemish.models.distortion_model.content_network import ContentNetwork, made_small, shrink_factor, shrinking
from blemish.models.quality_cnns.backbones.registry import random_network
from blemish.models.training.distillation import TEACHER, VIEW, teach, write_lessons
from blemish.models.training.shards import read_shards
from blemish.synth_distort import as_photo
from blemish.synth_distort.post_processing import Resize


@pytest.mark.parametrize("size", [(500, 500), (64, 90), (300, 2400)])
def test_photos_are_made_small_as_a_resize_would(size):
    photo = torch.rand(3, *size, generator=torch.Generator().manual_seed(0))
    small = made_small(photo)
    assert min(small.shape[1:]) <= 256
    assert max(small.shape[1:]) <= 1024
    assert float((small - Resize(shrink_factor(*size))(photo)).abs().max()) < 1e-5
    pixels = (photo * 255).round().to(torch.uint8)
    assert torch.equal(made_small(pixels), made_small(pixels.float() / 255))


def test_the_matrices_shrink_as_a_resize_does():
    photo = torch.rand(3, 130, 517, generator=torch.Generator().manual_seed(0))
    down, across = (shrinking(side, 0.4) for side in photo.shape[1:])
    assert float((down @ photo @ across.mT - Resize(0.4)(photo)).abs().max()) < 0.03  # which cuts off at 0 and 1
    middle = (photo - 0.5) / 4 + 0.5
    assert float((down @ middle @ across.mT - Resize(0.4)(middle)).abs().max()) < 1e-5


def test_a_photo_among_others_shows_the_same():
    network = ContentNetwork().eval()
    photos = torch.rand(3, 3, 96, 128)
    with torch.no_grad():
        together = network.means(photos)
        assert together.shape == (3, ContentNetwork.length)
        assert torch.allclose(together[1], network.means(photos[1:2])[0], atol=1e-5)
        assert torch.allclose(network.describe(photos[0]), network.means(made_small(photos[0])[None])[0])


@pytest.fixture(scope="module")
def lessons(tmp_path_factory):
    """What a MobileNetV2 that learned nothing sees in two photos, one of them at times damaged."""
    folder = tmp_path_factory.mktemp("lessons")
    torch.manual_seed(0)
    torch.save(random_network("mobilenet_v2").state_dict(), folder / "mobilenet_v2.pth")
    paths = [folder / f"{name}.png" for name in ("coffee", "astronaut")]
    for path in paths:
        Image.fromarray(getattr(skimage.data, path.stem)()).save(path)
    write_lessons(paths[:1], paths[1:], folder, folder / "lessons", samples=12, seed=0, workers=1)
    return read_shards(folder / "lessons", samples=12)


def test_a_lesson_is_a_small_photo_and_what_the_teacher_sees_at_full_size(lessons):
    assert lessons["small"].shape == (12, 3, VIEW // 2, VIEW // 2)
    assert lessons["2"].shape == (12, 96, VIEW // 16, VIEW // 16)
    assert lessons["3"].shape == (12, 320, VIEW // 32, VIEW // 32)
    assert TEACHER.layers == ("features.13", "features.17")
    tones = lessons["small"].float().mean((1, 2, 3))
    astronaut = as_photo(skimage.data.astronaut()).image.mean() * 255
    assert tones[1::2].numpy() == pytest.approx(np.full(6, float(astronaut)), abs=25)  # shown as it is


def test_the_student_learns_what_is_taught(lessons, tmp_path):
    """Here the teacher sees how bright each part of a photo is."""
    small = lessons["small"]
    tones = {at: F.avg_pool2d(small.float().mean(1, keepdim=True) / 255, 2 ** (int(at) + 1)) for at in ("2", "3")}
    taught = {"small": small, **{at: tone.expand_as(lessons[at]).half() for at, tone in tones.items()}}
    torch.manual_seed(0)
    network = ContentNetwork()
    teach(network, taught, made_of={}, folder=tmp_path, epochs=25, seed=0)
    with torch.no_grad():
        said, _ = network(small.float() / 255)
    assert np.corrcoef(said[:, 0].flatten(), tones["2"].flatten())[0, 1] > 0.8
