"""Stage 2: the MOS head learns what people give, and what damage takes off."""

import numpy as np
import pytest
import scipy.optimize
import scipy.stats
import torch
from sklearn.kernel_ridge import KernelRidge
from sklearn.model_selection import KFold

from blemish.models.distortion_model.mos_head import (
    BASE_QUALITY_PENALTY,
    DEGRADATION_PENALTY,
    NARROWNESS,
    OF_DAMAGED,
    OF_UNDAMAGED,
    MosHead,
)
from blemish.models.distortion_model.network import DistortionNetwork
from blemish.models.distortion_model.out_of_distribution import OutOfDistribution
from blemish.models.metrics.agreement import plcc, srocc
from blemish.models.training.mos_head import FOLDS, Ratings, fit_human_scores

STATISTICS, CONTENT, WINDOWS, AVERAGES = 12, 6, 8, 5
LENGTH = STATISTICS + CONTENT + WINDOWS + AVERAGES


def ratings_of(count: int, *, copies: int = 3) -> Ratings:
    """Photos whose score is in what they show, and copies whose damage is in the embedding of their averages."""
    generator = torch.Generator().manual_seed(0)
    inputs = torch.randn(count, LENGTH, generator=generator)
    scores = torch.linspace(0.2, 0.8, count)[torch.randperm(count, generator=generator)]
    inputs[:, STATISTICS : STATISTICS + CONTENT] += 8 * (scores[:, None] - 0.5)
    originals = torch.arange(copies * count) % count
    severities = 0.1 + 0.8 * torch.rand(copies * count, generator=generator)
    damaged = inputs[originals].clone()
    damaged[:, -AVERAGES:] += 8 * severities[:, None]
    return Ratings(inputs, scores, damaged, originals, severities)


def head() -> MosHead:
    return MosHead(statistics=STATISTICS, content=CONTENT, windows=WINDOWS, averages=AVERAGES)


@pytest.fixture(scope="module")
def fitted():
    """A network with a head that was fitted to 160 photos, how it agrees with people, and these photos."""
    network = DistortionNetwork(("jpeg", "gaussian_blur"), width=8)
    network.mos_head, ratings = head(), ratings_of(160)
    folds = list(KFold(FOLDS, shuffle=True, random_state=0).split(ratings.inputs))
    agreement = fit_human_scores(network, ratings, ratings.inputs[:20] + 0.01, folds=folds)
    return network.mos_head, agreement, ratings


def test_scores_that_can_be_learned_are_learned(fitted):
    mos, agreement, ratings = fitted
    assert agreement.srocc > 0.9
    assert agreement.plcc > 0.9
    assert agreement.photos == 160
    assert len(agreement.unseen_errors) == 32
    assert agreement.srocc_unseen > 0.8
    assert 0.8 <= agreement.coverage <= 1
    with torch.no_grad():
        assert srocc(mos(ratings.inputs), ratings.scores) > 0.95


def test_what_damage_costs_is_learned_from_copies_and_photos_as_they_came_cost_little(fitted):
    mos, agreement, ratings = fitted
    assert agreement.copies_below > 0.9
    with torch.no_grad():
        assert srocc(mos(ratings.copies), ratings.scores_of_copies) > 0.8
        costs = [mos.degradation_of(mos.standardize(inputs)) for inputs in (ratings.inputs, ratings.copies)]
    assert float(costs[0].min()) >= 0
    assert float(costs[0].mean()) < 0.2 * float(costs[1].mean())


def test_without_copies_that_lack_anything_nothing_costs():
    ratings, one = ratings_of(60), head()
    one.fit(ratings.inputs, ratings.scores, ratings.inputs, torch.ones(60), ratings.inputs[:0])
    with torch.no_grad():
        assert float(one.degradation_of(one.standardize(ratings.inputs)).max()) < 0.05


def test_base_quality_is_the_kernel_ridge_regression_of_scikit_learn():
    ratings, one = ratings_of(60), head()
    one.fit(ratings.inputs, ratings.scores, ratings.copies, ratings.scores_of_copies, ratings.inputs)
    standard = one.standardize(ratings.inputs)
    shares = {STATISTICS: 0.25, CONTENT: 0.5, WINDOWS: 0.25}
    scale = torch.cat([torch.full((length,), (share / length) ** 0.5) for length, share in shares.items()])
    looks, logits = (standard[:, : len(scale)] * scale).numpy(), ratings.scores.logit()
    peer = (
        KernelRidge(kernel="rbf", gamma=NARROWNESS)
        .set_params(alpha=BASE_QUALITY_PENALTY)
        .fit(looks, logits - logits.mean())
    )
    with torch.no_grad():
        assert one.base_quality(standard[:, : len(scale)]).numpy() == pytest.approx(
            peer.predict(looks) + float(logits.mean()), abs=1e-3
        )


def test_the_cost_is_the_least_squares_of_scipy_where_some_copies_lack_less_than_nothing():
    ratings, one = ratings_of(60), head()
    one.fit(ratings.inputs, ratings.scores, ratings.copies, ratings.scores_of_copies + 0.1, ratings.inputs[:20])
    rated, copies, clean = (one.standardize(part) for part in (ratings.inputs, ratings.copies, ratings.inputs[:20]))
    with torch.no_grad():
        missing = (
            one.base_quality(copies[:, : one.base_length]) - (ratings.scores_of_copies + 0.1).clamp(0.02, 0.98).logit()
        )
        assert float(missing.min()) < 0 < float(missing.max())
        ours = np.append(one.degradation.weight.numpy(), one.degradation.bias.numpy())

    def loss(line: np.ndarray) -> float:
        costs = [part[:, -WINDOWS - AVERAGES :].numpy() @ line[:-1] + line[-1] for part in (rated, copies, clean)]
        lacking = missing.clamp(min=0).numpy()
        off = np.where((lacking > 0) | (costs[1] > 0), costs[1] - lacking, 0)
        above = [np.maximum(costs[0], 0), np.maximum(costs[2], 0)]
        errors = [np.mean(above[0] ** 2), OF_DAMAGED * np.mean(off**2), OF_UNDAMAGED * np.mean(above[1] ** 2)]
        return sum(errors) + DEGRADATION_PENALTY * np.sum(line[:-1] ** 2)

    theirs = scipy.optimize.minimize(loss, np.zeros(len(ours)), options={"gtol": 1e-9}).x
    assert ours == pytest.approx(theirs, abs=1e-3)


def test_a_fit_of_the_cost_that_has_not_settled_says_so(monkeypatch):
    monkeypatch.setattr("blemish.models.distortion_model.mos_head.MOST_ROUNDS", 1)
    ratings, one = ratings_of(60), head()
    with pytest.warns(UserWarning, match="has not settled in 1 rounds"):
        one.fit(ratings.inputs, ratings.scores, ratings.copies, ratings.scores_of_copies, ratings.inputs)


def test_undamaged_photos_that_extract_damaged_teach_that_such_looks_cost_less():
    ratings, taught, untaught = ratings_of(60), head(), head()
    undamaged = ratings.inputs.clone()
    undamaged[:, -AVERAGES:] += 2
    for one, clean in ((taught, undamaged), (untaught, undamaged[:0])):
        one.fit(ratings.inputs, ratings.scores, ratings.copies, ratings.scores_of_copies, clean)
    with torch.no_grad():
        costs = [float(one.degradation_of(one.standardize(undamaged)).mean()) for one in (taught, untaught)]
    assert costs[0] < 0.7 * costs[1]


def test_a_part_of_the_ratings_has_its_own_copies():
    ratings = ratings_of(10)
    part = ratings.of(np.array([7, 2]))
    assert torch.equal(part.scores, ratings.scores[[7, 2]])
    assert len(part.copies) == 6
    assert torch.equal(part.inputs[part.originals][:, :-AVERAGES], part.copies[:, :-AVERAGES])
    assert torch.equal(part.scores_of_copies, part.scores[part.originals] * (1 - part.severities))


def test_the_correlations_are_those_of_scipy():
    generator = np.random.default_rng(0)
    first, second = generator.random(30), generator.random(30).round(1)
    ranks = scipy.stats.rankdata(first), scipy.stats.rankdata(second)
    assert srocc(first, second) == pytest.approx(np.corrcoef(*ranks)[0, 1])
    assert plcc(first, second) == pytest.approx(np.corrcoef(first, second)[0, 1])


def test_what_is_unlike_the_training_samples_is_far_from_them():
    generator = torch.Generator().manual_seed(0)
    known = torch.randn(500, 100, generator=generator) * torch.linspace(3, 0.1, 100)
    out_of_distribution = OutOfDistribution(100)
    out_of_distribution.fit(known)
    assert float(out_of_distribution(known).mean()) == pytest.approx(1, abs=0.05)
    assert float(out_of_distribution(known[0] + 12)) > 3
