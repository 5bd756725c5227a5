"""Distortions as torchvision transforms."""

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision import tv_tensors
from torchvision.transforms import v2

from blemish.synth_distort import distort
from blemish.synth_distort.photo import to_pil, to_uint8
from blemish.synth_distort.transforms import Distort


def test_it_composes_with_other_transforms(small):
    chain = v2.Compose(
        [v2.ToImage(), v2.RandomHorizontalFlip(1), Distort("lens_blur", 0.5), v2.ToDtype(torch.float32, scale=True)]
    )
    expected = distort(small.flip(2), "lens_blur", 0.5)
    assert torch.allclose(chain(to_pil(small)), expected, atol=1 / 255)


def test_an_image_comes_out_the_same_wherever_it_is_in_a_batch(small):
    batch = torch.stack([small, small.flip(1), small.flip(2)])
    noise = Distort("white_noise", (0.2, 0.8), seed=3)
    together = noise(batch)
    assert torch.equal(together[1], noise(batch[1]))
    assert torch.equal(noise(batch.flip(0)).flip(0), together)
    assert not torch.equal(together[0] - batch[0], (together[2] - batch[2]).flip(2))


def test_without_a_seed_each_call_is_another_and_torchs_seed_decides(small):
    noise = Distort("white_noise", 0.5)
    torch.manual_seed(0)
    first, second = noise(small), noise(small)
    torch.manual_seed(0)
    assert torch.equal(noise(small), first)
    assert not torch.equal(first, second)


@pytest.mark.parametrize("dtype", [torch.uint8, torch.float32, torch.float16])
def test_type_and_shape_are_kept(dtype, small):
    image = torch.from_numpy(to_uint8(small)).permute(2, 0, 1)
    video = (image if dtype == torch.uint8 else image.to(dtype) / 255).expand(2, 1, -1, -1, -1)
    damaged = Distort("darken", 0.7)(tv_tensors.Video(video))
    assert isinstance(damaged, tv_tensors.Video)
    assert (damaged.dtype, damaged.shape) == (dtype, video.shape)
    assert float(damaged.float().mean()) < float(video.float().mean())


def test_what_is_no_image_is_left_alone(small):
    mask, boxes = tv_tensors.Mask(torch.ones(192, 192)), torch.tensor([[0.0, 0, 5, 5]])
    boxes = tv_tensors.BoundingBoxes(boxes, format="XYXY", canvas_size=(192, 192))  # pyright: ignore[reportCallIssue]
    image, same_mask, same_boxes, label = Distort("jpeg", 0.8)(tv_tensors.Image(small), mask, boxes, 7)
    assert not torch.equal(image, small)
    assert torch.equal(same_mask, mask)
    assert torch.equal(same_boxes, boxes)
    assert label == 7


def test_a_pillow_image_stays_one(small):
    damaged = Distort("gaussian_blur", 0.6)(to_pil(small))
    assert isinstance(damaged, Image.Image)
    assert np.abs(np.array(damaged).astype(float) - to_uint8(distort(small, "gaussian_blur", 0.6))).max() <= 1


def test_mistakes_are_named(small):
    with pytest.raises(ValueError, match="no distortion is called 'blurr'"):
        Distort("blurr")
    with pytest.raises(ValueError, match=r"severity is 1\.5"):
        Distort("jpeg", (0.1, 1.5))
    with pytest.raises(ValueError, match="the lowest comes first"):
        Distort("jpeg", (0.8, 0.1))
    with pytest.raises(ValueError, match=r"shape \(1, 192, 192\)"):
        Distort("jpeg")(small[:1])
    with pytest.raises(TypeError, match=r"image is of torch\.int64"):
        Distort("jpeg")((small * 255).long())
