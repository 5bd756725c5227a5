"""A fit that goes on from another one keeps its units and stays near it."""

import copy

import torch

from blemish.models.distortion_model.averages import AVERAGES
from blemish.models.distortion_model.statistics_network import StatisticsNetwork
from blemish.models.training.fit import START_SHARE, fit
from blemish.synth_distort import DISTORTIONS


def samples_of(network, count, seed):
    generator = torch.Generator().manual_seed(seed)
    severities = torch.zeros(count, len(DISTORTIONS))
    severities[:, 0] = torch.rand(count, generator=generator)
    return {
        "windows": torch.randn(count, 9, network.length, generator=generator) + severities[:, None, :1],
        "averages": torch.randn(count, len(AVERAGES), network.length, generator=generator),
        "severities": severities,
        "coverage": torch.ones(count, 9),
    }


def test_a_fit_that_goes_on_stays_near_its_start(tmp_path):
    torch.manual_seed(0)
    network = StatisticsNetwork(tuple(DISTORTIONS), width=16)
    samples, unseen = samples_of(network, 300, 0), samples_of(network, 64, 1)
    first = fit(network, samples, unseen, folder=tmp_path / "first", epochs=1, seed=0)
    start = copy.deepcopy(network.state_dict())
    second = fit(network, samples, unseen, folder=tmp_path / "second", epochs=2, seed=1, going_on=True)
    assert second < first
    assert 0 < START_SHARE < 1
    assert torch.equal(network.standardize.mean, start["standardize.mean"])
    assert not torch.equal(network.heads.weight, start["heads.weight"])
