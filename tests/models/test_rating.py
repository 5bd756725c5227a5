"""Stage 2: the aware head learns what people give, and that more damage is worse."""

import numpy as np
import pytest
import scipy.stats
import torch

from blemish.models.content_network import ContentNetwork
from blemish.models.correlation import plcc, srocc
from blemish.models.human_scores import cross_validation_folds, fit_human_scores, ranking_loss
from blemish.models.quality_network import QualityNetwork, aware_input
from blemish.models.training_range import TrainingRange


def test_the_ranking_loss_asks_for_half_the_difference_of_pairs_that_clearly_differ():
    predicted, scores = torch.tensor([0.6, 0.5, 0.8]), torch.tensor([0.9, 0.2, 0.8])
    lacking = [0.5 * 0.7 - 0.1, max(0, 0.5 * 0.6 - 0.3)]  # of the first over the second, and of the third over it
    assert float(ranking_loss(predicted, scores)) == pytest.approx(np.mean(lacking), abs=1e-6)
    assert float(ranking_loss(predicted, torch.full((3,), 0.5))) == 0


@pytest.fixture(scope="module")
def fitted(tmp_path_factory):
    """A head that was fitted to 160 rated photos whose score is one of their statistics, and to damaged ones."""
    generator = torch.Generator().manual_seed(0)
    network = QualityNetwork(("jpeg", "gaussian_blur"), width=8)
    length = network.length
    windows = torch.randn(160, 6, length, generator=generator) * 0.3
    scores = [20 + 60 * number / 159 for number in range(160)]
    windows[:, :, :200] += (torch.tensor(scores)[:, None, None] - 50) / 20
    severities = torch.rand(128, 2, generator=generator)
    damaged = torch.randn(128, 9, length, generator=generator) * 0.3  # within what the head knows from rated photos
    damaged[:, :, 300:500] += 0.6 * severities.amax(1)[:, None, None]
    rated, ladder = (input_of(network, one) for one in (windows, damaged))
    agreement = fit_human_scores(
        network,
        rated,
        scores,
        {"aware_input": ladder, "severities": severities},
        folds=cross_validation_folds(160, seed=0),
        folder=tmp_path_factory.mktemp("rating"),
        seed=0,
    )
    return network, agreement, rated, scores, ladder, severities


def input_of(network: QualityNetwork, windows: torch.Tensor) -> torch.Tensor:
    """What the aware head reads of photos with these windows, that show nothing."""
    nothing = torch.zeros(len(windows), ContentNetwork.length)
    with torch.no_grad():
        pooled = network.eval().pool(network.embed(windows))
    return aware_input(windows.mean(1), windows.square().mean(1), pooled, nothing)


def test_scores_that_can_be_learned_are_learned(fitted):
    network, agreement, rated, scores, _, _ = fitted
    assert agreement.srocc > 0.9
    assert agreement.plcc > 0.9
    assert agreement.photos == 160
    assert len(agreement.unseen_errors) == 32
    assert agreement.srocc_unseen > 0.8
    assert 0.8 <= agreement.coverage <= 1
    with torch.no_grad():
        predicted = network.aware(rated)[:, 0]
    assert srocc(predicted, scores) > 0.95


def test_more_damage_is_worse(fitted):
    network, _, _, _, ladder, severities = fitted
    with torch.no_grad():
        predicted = network.aware(ladder)[:, 0]
    assert srocc(predicted, (1 - severities).prod(1)) > 0.5


def test_the_correlations_are_those_of_scipy():
    generator = np.random.default_rng(0)
    first, second = generator.random(30), generator.random(30).round(1)
    ranks = scipy.stats.rankdata(first), scipy.stats.rankdata(second)
    assert srocc(first, second) == pytest.approx(np.corrcoef(*ranks)[0, 1])
    assert plcc(first, second) == pytest.approx(np.corrcoef(first, second)[0, 1])


def test_what_is_unlike_the_training_samples_is_far_from_them():
    generator = torch.Generator().manual_seed(0)
    known = torch.randn(500, 100, generator=generator) * torch.linspace(3, 0.1, 100)
    training_range = TrainingRange(100)
    training_range.fit(known)
    assert float(training_range(known).mean()) == pytest.approx(1, abs=0.05)
    assert float(training_range(known[0] + 12)) > 3
