"""Targets, aggregation and heads on features made up."""

from typing import Any

import numpy as np
import pytest
import torch
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVR

from blemish.models.metrics.agreement import srocc
from blemish.models.quality_cnns.aggregation import OF_FEATURES, OF_PREDICTIONS, Aggregation
from blemish.models.quality_cnns.design import Design
from blemish.models.quality_cnns.design_names import parse_designs
from blemish.models.quality_cnns.features import PhotoFeatures
from blemish.models.quality_cnns.heads import fit_support_vectors, region_weights, weighted_outputs
from blemish.models.quality_cnns.model import fit_head
from blemish.models.quality_cnns.regions import WholeImage
from blemish.models.quality_cnns.targets import AcrClasses, MeanOpinionScore, Rated, ScoreDistribution, SupportVectors
from blemish.models.score import PredictedRatings, word_masses


@pytest.mark.parametrize("target", [AcrClasses(), ScoreDistribution(), MeanOpinionScore()])
def test_what_costs_least_is_the_truth(target):
    truth = Rated(torch.tensor([30.0]), torch.tensor([10.0]))
    outputs = torch.zeros(1, target.outputs, requires_grad=True)
    optimizer = torch.optim.Adam([outputs], lr=0.05)
    for _ in range(800):
        optimizer.zero_grad()
        target.loss(outputs, truth).backward()
        optimizer.step()
    assert float(target.read(outputs.detach(), 10.0).score) == pytest.approx(30, abs=1)


def test_the_loss_of_a_distribution_is_hubers():
    outputs, bend = torch.tensor([[2.0, 0.0, 0.0, 0.0, 0.0]]), 1 / 9
    difference = outputs.softmax(1)[0] - word_masses(torch.tensor([70.0]), torch.tensor([5.0]))[0]
    each = [d**2 / 2 / bend if abs(d) <= bend else abs(d) - bend / 2 for d in difference.tolist()]
    loss = float(ScoreDistribution().loss(outputs, Rated(torch.tensor([70.0]), torch.tensor([5.0]))))
    assert loss == pytest.approx(sum(each), rel=1e-5)


@pytest.fixture
def regions(generator):
    return PhotoFeatures(
        torch.tensor(generator.random((4, 3)), dtype=torch.float32), torch.tensor([0.4, 0.4, 0.4, 2.8])
    )


def test_features_are_pooled_or_stand_in_a_row(regions):
    values = regions.regions.numpy()
    for by, reference in (("min", values.min(0)), ("mean", values.mean(0)), ("max", values.max(0))):
        (row,) = Aggregation("features", by).rows(regions)
        assert row.numpy() == pytest.approx(reference)
    assert Aggregation("features", "concatenation").rows(regions)[0].numpy() == pytest.approx(values.flatten())


def test_predictions_are_weighted(regions):
    scores = torch.tensor([50.0, 20.0, 80.0, 60.0])

    def mixed(by: str) -> float:
        aggregation = Aggregation("predictions", by)
        assert len(aggregation.rows(regions)) == 4
        weights = aggregation.weights(scores, regions.saliency)
        return float(PredictedRatings.from_score(scores, torch.ones(4)).mixed(weights).score)

    assert [mixed(by) for by in ("min", "mean", "max")] == [20, 52.5, 80]
    assert mixed("saliency") == pytest.approx((0.4 * 150 + 2.8 * 60) / 4, rel=1e-5)


def test_learned_weights_are_of_regions_of_one_photo():
    outputs = torch.tensor([[10.0, 0.0], [20.0, 1.0], [7.0, -2.0]])
    pooled = weighted_outputs(outputs, torch.tensor([0, 0, 1]), 2)
    first, second, _ = region_weights(outputs)
    assert pooled[:, 0].tolist() == pytest.approx([float((10 * first + 20 * second) / (first + second)), 7])
    assert float(second) > float(first)


def test_aggregations_that_do_not_exist_are_refused():
    for of, by in (("features", "saliency"), ("predictions", "concatenation"), ("votes", "mean")):
        with pytest.raises(ValueError, match=r"must be features or predictions|are pooled by"):
            Aggregation(of, by)
    with pytest.raises(ValueError, match="support vectors learn no weights"):
        Design("x", "x", "x", WholeImage(), (), Aggregation("predictions", "learned"), SupportVectors())
    assert len(OF_FEATURES) == 4
    assert len(OF_PREDICTIONS) == 5


def test_the_support_vector_head_gives_what_scikit_learn_gives(generator):
    rows = generator.random((120, 30)).astype(np.float32)
    scores = (100 * rows[:, :3].mean(1) + generator.normal(0, 3, 120)).astype(np.float32)
    target = SupportVectors()
    head = fit_support_vectors(target, torch.from_numpy(rows), torch.from_numpy(scores), seed=0)
    scaler = StandardScaler().fit(rows)
    mean, scale = scores.mean(), scores.std()
    gamma: Any = target.width / 30
    reference = SVR(C=target.cost, epsilon=target.tube, gamma=gamma).fit(
        scaler.transform(rows), (scores - mean) / scale
    )
    new = generator.random((50, 30)).astype(np.float32)
    expected = reference.predict(scaler.transform(new)) * scale + mean
    with torch.inference_mode():
        assert head(torch.from_numpy(new))[:, 0].numpy() == pytest.approx(expected, abs=0.02)


@pytest.mark.parametrize("target", ["svr", "mos", "classes", "distribution"])
@pytest.mark.parametrize("aggregation", ["features-mean", "predictions-mean", "predictions-learned"])
def test_a_head_learns_what_the_features_hold(target, aggregation, generator):
    if target == "svr" and aggregation == "predictions-learned":
        pytest.skip("support vectors learn no weights")
    (design,) = parse_designs(f"random5x64/blemish/{aggregation}/{target}")
    truth = torch.linspace(5, 95, 80)
    photos = [
        PhotoFeatures(torch.tensor(generator.normal(0, 0.4, (5, 8)), dtype=torch.float32) + score / 50, torch.ones(5))
        for score in truth
    ]
    fitted_head = fit_head(design, photos, Rated(truth, torch.full((80,), 10.0)), seed=0)
    assert srocc(fitted_head.scores(photos), truth) > 0.95
