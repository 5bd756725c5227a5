"""CaffeNet against its published sizes and formulas, and .caffemodel files that an encoder of this file's own has written."""

import struct

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torchvision.models.feature_extraction import create_feature_extractor

from blemish.models.distortion_model.files import WeightsError
from blemish.models.quality_cnns.backbones.caffe_files import read_caffe_weights
from blemish.models.quality_cnns.backbones.caffenet import CaffeNet, CaffePreprocessing
from blemish.models.quality_cnns.backbones.weights import read_state

PUBLISHED = {
    "conv1": (96, 55, 55),
    "pool1": (96, 27, 27),
    "norm1": (96, 27, 27),
    "conv2": (256, 27, 27),
    "pool2": (256, 13, 13),
    "norm2": (256, 13, 13),
    "conv3": (384, 13, 13),
    "conv4": (384, 13, 13),
    "conv5": (256, 13, 13),
    "pool5": (256, 6, 6),
    "fc6": (4096,),
    "fc7": (4096,),
    "fc8": (1000,),
}


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    return CaffeNet().eval()


@pytest.fixture(scope="module")
def outputs(network):
    """Of every layer for one photo of noise, strong enough for the normalization to matter."""
    extractor = create_feature_extractor(network, [*PUBLISHED, "relu1", "relu2", "relu7", "drop7"])
    with torch.inference_mode():
        return extractor(1000 * torch.randn(1, 3, 227, 227, generator=torch.Generator().manual_seed(1)))


@pytest.fixture(scope="module")
def bare():
    """Without weights."""
    with torch.device("meta"):
        return CaffeNet()


@pytest.fixture(scope="module")
def expected_shapes(bare):
    return {name: tuple(tensor.shape) for name, tensor in bare.state_dict().items()}


def test_every_layer_has_the_published_size(outputs):
    assert {name: tuple(outputs[name].shape[1:]) for name in PUBLISHED} == PUBLISHED


def test_it_has_as_many_parameters_as_published(network):
    assert sum(parameter.numel() for parameter in network.parameters()) == 60_965_224


def test_pooling_comes_before_normalization(outputs):
    for before, after in (("relu1", "norm1"), ("relu2", "norm2")):
        rectified = outputs[before][0].numpy()
        right, swapped = _normalized(_pooled(rectified)), _pooled(_normalized(rectified))
        assert np.allclose(outputs[after][0], right, rtol=1e-4)
        assert not np.allclose(right, swapped, rtol=1e-2)


def test_reading_a_layer_does_not_change_what_comes_after_it(outputs):
    assert float(outputs["fc7"].min()) < 0
    assert torch.equal(outputs["relu7"], outputs["fc7"].clamp(min=0))
    assert torch.equal(outputs["drop7"], outputs["relu7"])


@pytest.mark.parametrize("name", ["conv2", "conv4", "conv5"])
def test_half_of_the_maps_see_half_of_the_channels(network, name):
    layer = getattr(network, name)
    channels, maps = layer.in_channels // 2, layer.out_channels // 2
    image = torch.randn(1, layer.in_channels, 5, 5, generator=torch.Generator().manual_seed(2))
    changed = image.clone()
    changed[:, channels:] += 1
    with torch.inference_mode():
        same = layer(image) == layer(changed)
    assert same[:, :maps].all()
    assert not same[:, maps:].any()


def test_the_convolutional_part_takes_other_sizes_and_rounds_up_as_caffe_does(network):
    extractor = create_feature_extractor(network, ["conv1", "pool1", "pool5"])
    with torch.inference_mode():
        outputs = extractor(torch.zeros(2, 3, 96, 67))
    shapes = [tuple(outputs[name].shape) for name in ("conv1", "pool1", "pool5")]
    assert shapes == [(2, 96, 22, 15), (2, 96, 11, 7), (2, 256, 2, 1)]


def test_a_photo_of_another_size_is_refused_where_its_size_matters(network):
    for classifier in (network, create_feature_extractor(network, ["fc6"])):
        with pytest.raises(ValueError, match=r"\(1, 3, 96, 67\), but from fc6 on CaffeNet takes \(N, 3, 227, 227\)"):
            classifier(torch.zeros(1, 3, 96, 67))


def test_preprocessing_gives_bgr_bytes_less_their_mean():
    photos = torch.zeros(2, 3, 4, 5)
    photos[:, 0], photos[:, 1], photos[:, 2] = 1.0, 0.5, 0.2  # red, green, blue
    prepared = CaffePreprocessing()(photos)
    expected = torch.tensor([51 - 104.007, 127.5 - 116.669, 255 - 122.679])
    assert torch.allclose(prepared, expected.view(3, 1, 1).expand(2, 3, 4, 5), atol=1e-4)


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("old", [True, False])
def test_a_caffemodel_is_read_back(tmp_path, generator, old, packed):
    weights = {
        "conv1": ("convolution", [generator.normal(size=shape).astype("f4") for shape in ((4, 3, 2, 2), (4,))]),
        "relu1": ("rectifier", []),
        "scale": ("scale", [generator.normal(size=(4,)).astype("f4")]),
        "fc6": ("linear", [generator.normal(size=shape).astype("f4") for shape in ((5, 300), (5,))]),
        "fc7": ("linear", [generator.normal(size=(1, 5)).astype("f4")]),
    }
    layers = [
        _layer(name, kind, [_blob(one, old=old, packed=packed) for one in blobs], old=old)
        for name, (kind, blobs) in weights.items()
    ]
    state = read_caffe_weights(_written(tmp_path, _bytes(1, b"a name") + b"".join(layers)))
    assert list(state) == ["conv1.weight", "conv1.bias", "fc6.weight", "fc6.bias", "fc7.weight"]
    for name, tensor in state.items():
        layer, part = name.split(".")
        expected = weights[layer][1][("weight", "bias").index(part)]
        assert tensor.dtype == torch.float32
        assert np.array_equal(tensor.numpy(), expected)  # which also compares the shapes


def test_a_new_layer_may_hold_blobs_with_old_shapes(tmp_path):
    """Caffe's own upgrade of old files leaves them so."""
    layer = _layer("fc8", "linear", [_blob(np.ones((2, 3)), old=True), _blob(np.ones(2), old=True)], old=False)
    state = read_caffe_weights(_written(tmp_path, layer))
    assert {name: tuple(tensor.shape) for name, tensor in state.items()} == {"fc8.weight": (2, 3), "fc8.bias": (2,)}


@pytest.mark.parametrize("old", [True, False])
def test_a_file_that_is_cut_off_is_an_error_or_lacks_layers(tmp_path, old):
    whole = b"".join(_layer(name, "linear", [_blob(np.ones((1, 2)), old=old)], old=old) for name in ("fc6", "fc7"))
    read, errors = [], []
    for length in range(len(whole)):
        try:
            read += read_caffe_weights(_written(tmp_path, whole[:length]))
        except WeightsError as error:
            errors.append(error)
    assert read == ["fc6.weight"]  # once: only where one layer ends and the next begins is the file whole
    assert all(_is_one_sentence_about_the_file(error) for error in errors)


def test_other_files_are_named(tmp_path, bare):
    with pytest.raises(WeightsError, match=r"none\.caffemodel: there is no such file"):
        read_caffe_weights(tmp_path / "none.caffemodel")
    with pytest.raises(WeightsError, match=r"none\.pth: there is no such file"):
        read_state(tmp_path / "none.pth", "caffenet", bare)
    with pytest.raises(WeightsError, match=r"cannot be read \(Is a directory\)"):
        read_caffe_weights(tmp_path)
    for content in (b"", b"PK\x03\x04 a zip", b"<html>not found</html>"):
        with pytest.raises(WeightsError, match=r"is not a \.caffemodel") as caught:
            read_caffe_weights(_written(tmp_path, content))
        assert _is_one_sentence_about_the_file(caught.value)
    for name in ("bad.caffemodel.safetensors", "bad.caffemodel.pth"):
        (tmp_path / name).write_bytes(b"0123456789")
        with pytest.raises(WeightsError, match="cannot be read as a state dict") as caught:
            read_state(tmp_path / name, "caffenet", bare)
        assert _is_one_sentence_about_the_file(caught.value)


def test_blobs_that_cannot_be_used_are_named(tmp_path):
    double = _bytes(7, _bytes(1, _varint(2))) + _bytes(8, struct.pack("<2d", 1, 2))
    with pytest.raises(WeightsError, match=r"fc6\.weight is in double precision"):
        read_caffe_weights(_written(tmp_path, _layer("fc6", "linear", [double], old=False)))
    short = _bytes(7, _bytes(1, _varint(2) + _varint(3))) + _bytes(5, struct.pack("<5f", *range(5)))
    with pytest.raises(WeightsError, match=r"fc6\.weight has 5 numbers, which do not fill its shape \(2, 3\)"):
        read_caffe_weights(_written(tmp_path, _layer("fc6", "linear", [short], old=False)))


@pytest.mark.parametrize("old", [True, False])
def test_another_network_in_a_caffemodel_is_named(tmp_path, bare, old):
    right, wrong = np.zeros((96, 3, 11, 11)), np.zeros((64, 3, 11, 11))
    bias = _blob(np.zeros(96), old=old)
    path = _written(tmp_path, _layer("conv1", "convolution", [_blob(wrong, old=old), bias], old=old))
    with pytest.raises(
        WeightsError, match=r"conv1\.weight has the shape \(64, 3, 11, 11\), not \(96, 3, 11, 11\)"
    ) as caught:
        read_state(path, "caffenet", bare)
    assert _is_one_sentence_about_the_file(caught.value)
    path = _written(tmp_path, _layer("conv1", "convolution", [_blob(right, old=old), bias], old=old))
    with pytest.raises(WeightsError, match=r"is not caffenet; it lacks conv2\.weight") as caught:
        read_state(path, "caffenet", bare)
    assert _is_one_sentence_about_the_file(caught.value)


def test_a_state_dict_of_torch_is_read(tmp_path, bare, expected_shapes):
    """One number for each tensor keeps the file small."""
    numbers = {name: float(number) for number, name in enumerate(expected_shapes, start=1)}
    state = {name: torch.tensor(numbers[name]).half().expand(shape) for name, shape in expected_shapes.items()}
    torch.save({**state, "extra": 1}, tmp_path / "small.pth")
    loaded = read_state(tmp_path / "small.pth", "caffenet", bare)
    assert set(loaded) == set(numbers)
    for name, tensor in loaded.items():
        assert (tensor == numbers[name]).all()
    state["fc8.bias"] = torch.zeros(5)
    torch.save(state, tmp_path / "five.pth")
    with pytest.raises(
        WeightsError, match=r"five\.pth: is not caffenet; fc8\.bias has the shape \(5,\), not \(1000,\)"
    ):
        read_state(tmp_path / "five.pth", "caffenet", bare)


def test_a_state_dict_of_safetensors_is_read(tmp_path, bare, expected_shapes):
    save_file({"conv1.weight": torch.zeros(expected_shapes["conv1.weight"])}, tmp_path / "part.safetensors")
    with pytest.raises(WeightsError, match=r"part\.safetensors: is not caffenet; it lacks conv1\.bias"):
        read_state(tmp_path / "part.safetensors", "caffenet", bare)


def _normalized(maps: np.ndarray) -> np.ndarray:
    """Krizhevsky et al., section 3.3, as Caffe has it: alpha is shared among 5 channels, of which those outside are zero."""
    squares = maps.astype(float) ** 2
    sums = np.stack([squares[max(0, channel - 2) : channel + 3].sum(0) for channel in range(len(maps))])
    return maps / (1 + 1e-4 / 5 * sums) ** 0.75


def _pooled(maps: np.ndarray) -> np.ndarray:
    """The largest of 3 × 3 places, at every other place."""
    windows = np.lib.stride_tricks.sliding_window_view(maps, (3, 3), axis=(1, 2))[:, ::2, ::2]
    return windows.max(axis=(-2, -1))


def _varint(number: int) -> bytes:
    """Seven bits a byte, the lowest first; the eighth says that more follow."""
    low, rest = number & 127, number >> 7
    return bytes([low | 128]) + _varint(rest) if rest else bytes([low])


def _number(field: int, number: int) -> bytes:
    return _varint(field << 3) + _varint(number)


def _bytes(field: int, content: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(content)) + content


def _blob(numbers: np.ndarray, *, old: bool, packed: bool = True) -> bytes:
    """A BlobProto, with gradients (field 6) that a snapshot has too."""
    if old:
        padded = (1,) * (4 - numbers.ndim) + numbers.shape
        shape = b"".join(_number(field, length) for field, length in enumerate(padded, start=1))
    elif packed:
        shape = _bytes(7, _bytes(1, b"".join(_varint(length) for length in numbers.shape)))
    else:
        shape = _bytes(7, b"".join(_number(1, length) for length in numbers.shape))
    floats = numbers.astype("<f4").tobytes()
    if packed:
        return shape + _bytes(5, floats) + _bytes(6, bytes(len(floats)))
    return shape + b"".join(_varint(5 << 3 | 5) + floats[first : first + 4] for first in range(0, len(floats), 4))


def _layer(name: str, kind: str, blobs: list[bytes], *, old: bool) -> bytes:
    """A layer of a NetParameter, with settings (convolution_param) that a reader of weights does not know."""
    encoded = name.encode()
    if old:
        type_number = {"convolution": 4, "linear": 14, "rectifier": 18, "scale": 26}[kind]
        content = _bytes(2, b"data") + _bytes(4, encoded) + _number(5, type_number)
        return _bytes(2, content + b"".join(_bytes(6, blob) for blob in blobs) + _bytes(10, _number(1, 4)))
    type_name = {"convolution": b"Convolution", "linear": b"InnerProduct", "rectifier": b"ReLU", "scale": b"Scale"}[
        kind
    ]
    content = _bytes(1, encoded) + _bytes(2, type_name) + _bytes(3, b"data")
    return _bytes(100, content + b"".join(_bytes(7, blob) for blob in blobs) + _bytes(106, _number(1, 4)))


def _written(folder, content: bytes):
    path = folder / "bad.caffemodel"
    path.write_bytes(content)
    return path


def _is_one_sentence_about_the_file(error: WeightsError) -> bool:
    message = str(error)
    return "bad.caffemodel" in message and "\n" not in message and len(message) < 300
