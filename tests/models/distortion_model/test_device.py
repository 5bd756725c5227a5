"""On another device: the same answers, and nothing that was left behind on the CPU."""

import copy
import dataclasses
import os

import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorMode
from typer.testing import CliRunner

from blemish.cli import app
from blemish.models.distortion_model.device import VARIABLE, DeviceError, choose_device, chosen_device
from blemish.models.distortion_model.files import WeightsError, load_model
from blemish.models.distortion_model.network import DistortionNetwork
from blemish.synth_distort.parallel import in_processes


@pytest.fixture(autouse=True)
def forgotten(monkeypatch):
    monkeypatch.setenv("BLEMISH_DEVICE", "auto")


def test_a_device_that_is_not_there_is_named_and_not_chosen():
    before = chosen_device()
    for name, sentence in (("gpu", "must be one of auto, cpu, cuda, mps"), ("mps", "no mps device")):
        if name == "mps" and torch.backends.mps.is_available():
            continue
        with pytest.raises(DeviceError, match=sentence):
            choose_device(name)
        assert chosen_device() == before


def test_the_device_that_was_chosen_is_that_of_processes_that_are_started():
    choose_device("cpu")
    assert chosen_device() == torch.device("cpu")
    assert list(in_processes(os.getenv, [VARIABLE] * 2, workers=2, description="")) == ["cpu"] * 2


def test_a_model_that_a_device_refuses_is_named(monkeypatch):
    def busy(self, device):
        raise RuntimeError("CUDA error: out of memory")

    monkeypatch.setattr(DistortionNetwork, "to", busy)
    with pytest.raises(WeightsError, match="cannot be put on cuda; --device cpu does without"):
        load_model(device=torch.device("cuda"))


def test_a_command_refuses_a_device_that_is_not_there(tmp_path):
    commands = (["report", "a.jpg"], ["scan", "."], ["counterfactuals", "a.jpg"], ["sensitivity", "blemish", "."])
    for command in (*commands, ["embedded", "evaluate", "."]):
        ended = CliRunner().invoke(app, [*command, "--device", "gpu"])
        assert ended.exit_code == 2
        assert "must be one of auto, cpu, cuda, mps" in ended.stderr


def test_a_model_stays_itself_where_it_is():
    model = load_model()
    assert model.on(torch.device("cpu")) is model


@pytest.mark.parametrize("sampled", [False, True])
def test_all_that_is_computed_is_on_the_device_of_the_network(sampled):
    """Tensors that have a device but no values: an operation on tensors of two devices fails, as it does on a GPU."""
    network = copy.deepcopy(load_model().network)
    with FakeTensorMode(allow_non_fake_inputs=True) as mode, torch.no_grad(), torch.device("cuda"):
        for module in network.modules():
            tensors: dict
            for tensors in (module._parameters, module._buffers):
                for name, tensor in tensors.items():
                    tensors[name] = None if tensor is None else mode.from_tensor(tensor.detach()).to("cuda")
        output = network.extract(torch.rand(3, 2112, 2112) if sampled else torch.rand(3, 300, 260), sampled=sampled)
        assert output.statistics.local_severity.device.type == output.viewed.mos.device.type == "cuda"
        model = dataclasses.replace(load_model(), network=network)
        assert len(model.mos_of(torch.rand(20, 3, 300, 260, device="cpu"))) == 20  # in more than one pass
        everything = output.cpu()
        assert everything.statistics.distance.device.type == everything.viewed.acr.device.type == "cpu"


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_a_gpu_gives_the_answers_of_the_cpu(small):
    expected, got = (load_model(device=torch.device(name)).predict(small) for name in ("cpu", "cuda"))
    for name in ("probability", "severity", "kind_probability", "local_severity"):
        assert torch.allclose(getattr(got, name), getattr(expected, name), atol=1e-3)
    together = load_model(device=torch.device("cuda")).mos_of(torch.stack([small] * 20))
    assert together.tolist() == pytest.approx([expected.mos and expected.mos.value] * 20, abs=0.1)
    assert (got.mos and got.mos.value) == pytest.approx(expected.mos and expected.mos.value, abs=0.1)
