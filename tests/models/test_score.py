"""Predicted ratings: scores, spreads and ACR words are one distribution."""

import numpy as np
import pytest
import scipy.stats
import torch

from blemish.models.score import PredictedRatings, word_masses, words_of


def test_a_distribution_keeps_its_mean_and_its_spread():
    acr = torch.tensor([[0.0, 0.0, 1.0, 0.0, 0.0], [0.5, 0.0, 0.0, 0.0, 0.5]])
    predicted_ratings = PredictedRatings.from_probabilities(acr)
    assert predicted_ratings.score.tolist() == [50, 50]
    inside = 20 / 12**0.5  # of a uniform word
    assert predicted_ratings.spread.tolist() == pytest.approx([inside, (40**2 + inside**2) ** 0.5])


def test_the_mass_of_a_word_is_scipys():
    masses = word_masses(torch.tensor([35.0, 90.0]), torch.tensor([12.0, 20.0]))
    for row, (mean, spread) in zip(masses, ((35, 12), (90, 20)), strict=True):
        inner = scipy.stats.norm(mean, spread).cdf([20, 40, 60, 80])
        assert row.tolist() == pytest.approx(np.diff([0, *inner, 1]), abs=1e-5)


def test_scores_become_words_and_scores_again():
    scores = torch.linspace(20, 80, 13)
    assert words_of(torch.tensor([0.0, 19.9, 20.0, 99.0, 100.0])).tolist() == [0, 0, 1, 4, 4]
    back = PredictedRatings.from_probabilities(PredictedRatings.from_score(scores, torch.full((13,), 12.0)).acr).score
    assert (back - scores).abs().max() < 2


def test_a_mixture_is_as_uncertain_as_its_parts_and_their_quarrel():
    mixed = PredictedRatings.from_score(torch.tensor([20.0, 80.0]), torch.tensor([3.0, 4.0])).mixed(
        torch.tensor([1.0, 3.0])
    )
    assert mixed.score.tolist() == [65]
    assert float(mixed.spread) == pytest.approx((0.25 * (9 + 45**2) + 0.75 * (16 + 15**2)) ** 0.5)
    assert float(mixed.acr.sum()) == pytest.approx(1)
