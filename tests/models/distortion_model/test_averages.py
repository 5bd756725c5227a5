"""Averages over a whole photo: each leans to the part that it is named for, and strips add up to the whole."""

import pytest
import torch
import torch.nn.functional as F

from blemish.models.distortion_model.averages import AVERAGES, cell_weights, described_averages, weighted_sums
from blemish.models.distortion_model.statistics import CELL, HALO, PooledStatistics
from blemish.models.distortion_model.tiles import PLACES, TILE, places, windows_and_averages

SIDE = 8 * CELL


@pytest.fixture(scope="module")
def statistics():
    return PooledStatistics()


def described(image: torch.Tensor) -> dict[str, torch.Tensor]:
    """The averages of `image` by name, without their places."""
    return dict(zip(AVERAGES, windows_and_averages(image)[1][:, :-PLACES], strict=True))


def white_noise(deviation: float, *sides: int) -> torch.Tensor:
    return deviation * torch.randn(3, *sides, generator=torch.Generator().manual_seed(0))


def test_strips_add_up_to_the_whole(statistics):
    image = torch.rand(3, 2 * TILE + 3 * CELL, TILE + CELL, generator=torch.Generator().manual_seed(1))
    cells = statistics.cells(F.pad(image[None], (HALO,) * 4, mode="reflect"))
    whole = described_averages(weighted_sums(cells, places(*cells.shape[2:]), statistics), statistics)[0]
    assert whole.shape == (len(AVERAGES), statistics.length + PLACES)
    assert torch.allclose(windows_and_averages(image)[1], whole, atol=1e-3)


def test_of_a_photo_that_is_the_same_everywhere_all_averages_are_the_same():
    first, *others = described(0.5 + white_noise(0.05, SIDE, SIDE)).values()
    assert all(float((other - first).abs().median()) < 0.02 for other in others)


def test_noise_in_the_dark_shows_in_the_average_of_the_dark():
    """The fifteenth statistic is the size of the finest detail, in logarithms."""
    light = torch.linspace(0.1, 0.9, SIDE).expand(3, SIDE, SIDE)
    features = described(light + (1 - light) ** 4 * white_noise(0.05, SIDE, SIDE))
    assert float(features["dark"][14]) > float(features["bright"][14]) + 1


def test_the_flat_and_the_outer_parts_count_more_in_the_averages_named_for_them():
    where = places(5, 5)
    light, deviation = torch.full((1, 5, 5), 0.5), torch.full((1, 5, 5), 0.2)
    deviation[0, 2, 2] = 0.001
    weights = dict(zip(AVERAGES, cell_weights(light, deviation, where)[0], strict=True))
    assert float(weights["flat"][2, 2]) > 100 * float(weights["flat"].flatten()[0])
    assert float(weights["outer"][0, 0]) > 100 * float(weights["outer"][2, 2])
    assert torch.equal(weights["all"], weights["all"][:1, :1].expand(5, 5))


def test_what_is_clipped_is_not_taken_for_flat():
    light, deviation = torch.tensor([[[1.0, 0.5]]]), torch.zeros(1, 1, 2)
    flat = cell_weights(light, deviation, places(1, 2))[0, AVERAGES.index("flat"), 0]
    assert float(flat[1]) > 1000 * float(flat[0])


@pytest.mark.parametrize("level", [0.0, 1.0])
def test_a_black_and_a_white_photo_have_all_averages(level):
    assert all(bool(one.isfinite().all()) for one in described(torch.full((3, SIDE, SIDE), level)).values())
