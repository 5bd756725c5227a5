"""A fit of the statistics branch learns what holds of samples that it was not given."""

import torch

from blemish.models.distortion_model.averages import AVERAGES
from blemish.models.distortion_model.statistics_network import StatisticsNetwork
from blemish.models.training.fit import fit
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


def test_what_is_fitted_longer_predicts_unseen_samples_better(tmp_path):
    def unseen_loss(epochs: int) -> float:
        network = StatisticsNetwork(tuple(DISTORTIONS), width=16)
        samples, unseen = samples_of(network, 300, 0), samples_of(network, 64, 1)
        return fit(network, samples, unseen, folder=tmp_path, epochs=epochs, seed=0)

    assert unseen_loss(10) < unseen_loss(1)
