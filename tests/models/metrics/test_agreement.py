"""Figures of agreement, tests of difference, and divisions of a data set."""

from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
import scipy.stats
from sklearn.model_selection import ShuffleSplit

from blemish.models.data_sets.rated_photos import RatedPhoto
from blemish.models.data_sets.splits import folds, official_split, random_splits
from blemish.models.metrics.agreement import agreement, correlation_differs, fit_logistic, logistic, rmse_differs


def test_the_figures_are_those_of_scipy(generator):
    truth = generator.uniform(0, 100, 200)
    predicted = truth / 10 + generator.normal(0, 1, 200)
    measured = agreement(predicted, truth)
    assert measured.srocc == pytest.approx(
        np.corrcoef(scipy.stats.rankdata(predicted), scipy.stats.rankdata(truth))[0, 1]
    )
    assert measured.krocc == pytest.approx(cast(Any, scipy.stats.kendalltau(predicted, truth))[0])
    assert measured.plcc == pytest.approx(np.corrcoef(predicted, truth)[0, 1])
    assert measured.photos == 200


def test_a_logistic_relation_is_straightened(generator):
    predicted = generator.uniform(-4, 4, 300)
    truth = logistic(predicted, 90.0, 10.0, 0.5, 0.8)
    assert fit_logistic(predicted, truth) == pytest.approx([90, 10, 0.5, 0.8], rel=1e-3)
    measured = agreement(predicted, truth)
    assert measured.plcc < 0.98
    assert measured.plcc_fitted == pytest.approx(1, abs=1e-6)
    assert measured.rmse == pytest.approx(0, abs=1e-3)


def test_a_straight_relation_stays_straight(generator):
    truth = generator.uniform(20, 80, 100)
    predicted = truth / 7 + generator.normal(0, 1, 100)
    measured = agreement(predicted, truth)
    residual = truth - np.polyval(np.polyfit(predicted, truth, 1), predicted)
    assert measured.rmse <= np.sqrt(np.mean(residual**2)) * 1.001
    assert measured.plcc_fitted >= measured.plcc - 1e-3


def test_too_little_to_measure_is_said():
    with pytest.raises(ValueError, match="4 photos with 4 predictions: a correlation needs five that differ"):
        agreement([1, 2, 3, 4], [1, 2, 3, 4])
    with pytest.raises(ValueError, match="6 photos with 1 predictions"):
        agreement([1] * 6, range(6))


def test_what_differs_by_chance_is_told_from_what_does_not(generator):
    """At 5 %, one in twenty pairs of equally good models is called different."""
    called = []
    for _ in range(400):
        first, second = (np.corrcoef(*_correlated(0.8, 182, generator))[0, 1] for _ in range(2))
        called.append(correlation_differs(first, second, 182))
    assert 0.02 < np.mean(called) < 0.09
    assert correlation_differs(0.8, 0.6, 182)
    assert not correlation_differs(0.8, 0.79, 182)
    assert rmse_differs(10, 13, 182)
    assert not rmse_differs(10, 10.5, 182)
    assert rmse_differs(13, 10, 182) == rmse_differs(10, 13, 182)


def _correlated(correlation: float, count: int, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    first, other = generator.normal(size=(2, count))
    return first, correlation * first + np.sqrt(1 - correlation**2) * other


def photos(count: int, **fields: list) -> list[RatedPhoto]:
    rows = [dict(zip(fields, values, strict=True)) for values in zip(*fields.values(), strict=True)] or [{}] * count
    return [RatedPhoto(Path(f"{number}.png"), 50.0, **row) for number, row in enumerate(rows)]


def test_splits_are_scikit_learns():
    divisions = random_splits(photos(50), count=3, seed=7)
    for ours, theirs in zip(divisions, ShuffleSplit(3, test_size=0.2, random_state=7).split(range(50)), strict=True):
        assert all(np.array_equal(one, other) for one, other in zip(ours, theirs, strict=True))


def test_no_content_is_on_both_sides():
    contents = [str(number // 5) for number in range(50)]
    repeated = photos(50, content=contents)
    for kept, others in (*random_splits(repeated, count=5, seed=0), *folds(repeated, count=5, seed=0)):
        assert len(kept) + len(others) == 50
        assert not {contents[number] for number in kept} & {contents[number] for number in others}


def test_every_photo_is_left_out_once():
    assert sorted(np.concatenate([others for _, others in folds(photos(23), count=5, seed=0)])) == list(range(23))


def test_the_official_split_is_kept():
    parts = ["training", "validation", "test", "training"]
    kept, others = official_split(photos(4, part=parts)) or pytest.fail("it has one")
    assert (kept.tolist(), others.tolist()) == ([0, 1, 3], [2])
    assert official_split(photos(4)) is None
