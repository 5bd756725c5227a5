"""The fixed part of the network: what its statistics are, and that they slide over a photo."""

import math

import pytest
import torch
import torch.nn.functional as F

from blemish.models.distortion_model.averages import described_averages
from blemish.models.distortion_model.statistics import CELL, HALO, PooledStatistics
from blemish.models.distortion_model.statistics.blocking import GradientPeriods
from blemish.models.distortion_model.statistics.dct import FilterStatistics, dct_filters
from blemish.models.distortion_model.statistics.geometry import luminance_and_chroma
from blemish.models.distortion_model.statistics.histogram import Histogram
from blemish.models.distortion_model.statistics.mscn import ContrastNormalized
from blemish.models.distortion_model.statistics.residuals import ResidualCorrelations
from blemish.models.distortion_model.tiles import (
    PLACES,
    SAMPLED,
    TILE,
    described_strips,
    described_windows,
    places,
    sampled_strips,
)
from blemish.synth_distort import DISTORTIONS


def described(part, image: torch.Tensor) -> torch.Tensor:
    """What `part` says of the whole of `image` (3, H, W), its outermost HALO pixels aside."""
    moments = part.cells(image[None], luminance_and_chroma(image[None])).mean((2, 3), keepdim=True)
    return part.describe(moments).flatten()


@pytest.fixture(scope="module")
def statistics() -> PooledStatistics:
    return PooledStatistics()


@pytest.fixture
def noise() -> torch.Tensor:
    return 0.5 + 0.05 * torch.randn(3, 320, 320, generator=torch.Generator().manual_seed(0))


def testdct_filters_are_orthonormal_and_blind_to_a_constant():
    for side in (4, 8):
        filters = dct_filters(side).flatten(1)
        assert torch.allclose(filters @ filters.T, torch.eye(side**2 - 1), atol=1e-6)
        assert torch.allclose(filters.sum(1), torch.zeros(side**2 - 1), atol=1e-5)


@pytest.mark.parametrize(("side", "plane", "scale"), [(4, 0, 1), (4, 2, 2), (8, 0, 2), (8, 0, 4)])
def test_responses_are_those_of_a_convolution(side, plane, scale, small):
    region = small[None, :, : 2 * CELL + 2 * HALO, : 3 * CELL + 2 * HALO]
    part, filters = FilterStatistics(dct_filters(side), plane=plane, scale=scale), dct_filters(side)
    planes = luminance_and_chroma(region)
    scaled = F.avg_pool2d(planes[:, plane : plane + 1], scale)
    start = HALO // scale - side // 2
    x = F.conv2d(scaled[..., start:, start:], filters)[..., : 2 * CELL // scale, : 3 * CELL // scale]
    shapes = (x.abs(), x.abs().sqrt(), x**2, x**4, 1 / (1 + (255 * x) ** 2))
    expected = torch.cat([F.avg_pool2d(one, CELL // scale) for one in shapes], dim=1)
    assert torch.allclose(part.cells(region, planes), expected, atol=1e-5, rtol=1e-4)


def test_the_length_is_what_comes_out(statistics):
    cells = statistics.cells(torch.rand(1, 3, 2 * CELL + 2 * HALO, 3 * CELL + 2 * HALO))
    assert cells.shape == (1, sum(part.moments for part in statistics.parts), 2, 3)
    assert statistics.describe(cells).shape == (1, statistics.length, 2, 3)


def test_gaussian_noise_has_its_known_moments(noise):
    """Of a normal variable of deviation s: log E|x| = log(s sqrt(2/pi)), log sqrt(E x²) - log E|x|, log kurtosis = log 3."""
    part = FilterStatistics(dct_filters(4), plane=1, scale=1)
    size, _, spread, tails, near_zero = described(part, noise).view(5, -1)
    chroma_deviation = 0.05 * 0.564 * math.sqrt((1 - 0.114) ** 2 + 0.299**2 + 0.587**2)
    assert torch.allclose(size, torch.tensor(math.log(chroma_deviation * math.sqrt(2 / math.pi))), atol=0.03)
    assert torch.allclose(spread, torch.tensor(math.log(math.sqrt(math.pi / 2))), atol=0.02)
    assert torch.allclose(tails, torch.tensor(math.log(3.0)), atol=0.05)
    assert bool(((near_zero > 0) & (near_zero < 0.5)).all())


def test_flat_images_are_finite_and_near_zero(statistics):
    windows = described_windows(torch.full((3, 192, 192), 0.5), statistics)
    assert bool(windows.isfinite().all())
    part = FilterStatistics(dct_filters(4), plane=0, scale=1)
    assert torch.allclose(described(part, torch.full((3, 320, 320), 0.5)).view(5, -1)[4], torch.tensor(1.0), atol=1e-3)


def test_correlations_see_channels_and_neighbours(noise):
    part = ResidualCorrelations(scale=1)
    pairs, shifts = len(part.between), len(part.between_shifts)
    grey = noise[:1].expand(3, -1, -1)
    independent = described(part, noise)[4 : 4 + pairs * shifts].view(shifts, pairs)
    same = described(part, grey)[4 : 4 + pairs * shifts].view(shifts, pairs)
    assert torch.allclose(independent[0], torch.zeros(pairs), atol=0.02)
    assert torch.allclose(same[0], torch.ones(pairs), atol=1e-3)
    shifted = torch.stack([noise[0], noise[0].roll(1, dims=1), noise[0]])
    moved = described(part, shifted)[4 : 4 + pairs * shifts].view(shifts, pairs)
    assert float(moved[part.between_shifts.index((0, 1)), 0]) == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize("offset", [0, 3, 5])
def test_a_grid_of_eight_is_features_wherever_it_begins(offset, noise):
    part = GradientPeriods()
    spectrum = part.length // 2
    fine = 0.5 + 0.1 * (noise - 0.5)
    columns = (torch.arange(320) + offset) // 8 % 2 * 0.1
    plain, gridded = described(part, fine), described(part, fine + columns)
    across = slice(1, 5)  # the spectrum over columns without its constant
    assert bool((gridded[across] > plain[across] + 1).all())
    assert torch.allclose(gridded[spectrum + 1 : spectrum + 5], plain[spectrum + 1 : spectrum + 5], atol=0.7)
    lags = gridded[5:spectrum]
    assert int(lags.argmax()) + 1 in (8, 16)


def test_normalized_contrast_does_not_depend_on_contrast(noise):
    part = ContrastNormalized(scale=1)
    strong = described(part, noise)
    weak = described(part, 0.5 + (noise - 0.5) / 2)
    assert torch.allclose(weak[[0, 1, 3]], strong[[0, 1, 3]], atol=0.1)
    assert float(strong[5] - weak[5]) == pytest.approx(math.log(2), abs=0.02)


def test_the_histogram_sees_clipping_gaps_and_tone():
    part = Histogram()
    ramp = torch.linspace(0, 1, 320).expand(3, 320, 320)
    smooth = described(part, (ramp * 255).round() / 255)
    clipped = described(part, (ramp * 2 - 0.5).clamp(0, 1))
    few = described(part, (ramp * 31).round() / 31)
    dark, light = part.steps, part.steps + 6
    assert float(smooth[dark : dark + 3].max()) < 0.02
    assert float(clipped[dark]) == pytest.approx((0.25 * 320 - HALO) / 256, abs=0.02)
    assert float(clipped[light]) == pytest.approx((0.25 * 320 - HALO) / 256, abs=0.02)
    assert bool((few[-4:] > smooth[-4:] + 0.5).all())
    assert torch.allclose(smooth[7], torch.tensor(0.5), atol=0.02)


def test_tiles_give_what_one_pass_over_the_whole_gives(statistics):
    image = torch.rand(3, TILE + 3 * CELL, TILE + CELL, generator=torch.Generator().manual_seed(1))
    padded = torch.nn.functional.pad(image[None], (HALO,) * 4, mode="reflect")
    whole = statistics.describe(torch.nn.functional.avg_pool2d(statistics.cells(padded), 4, stride=1))[0]
    described = described_windows(image, statistics)
    assert torch.allclose(described[:-PLACES], whole, atol=1e-4)
    assert torch.equal(described[-PLACES:], places(*whole.shape[1:]))


@pytest.mark.parametrize("sides", [(64, 64), (65, 300), (127, 128), (500, 333)])
def test_photos_of_any_size_have_windows(sides, statistics):
    windows = described_windows(torch.rand(3, *sides), statistics)
    expected = [max(1, side // CELL - 3) for side in sides]
    assert list(windows.shape[1:]) == expected
    assert bool(windows.isfinite().all())


def test_every_distortion_changes_the_statistics(statistics, small):
    from blemish.synth_distort import distort

    before = described_windows(small, statistics)
    for name in DISTORTIONS:
        assert float((described_windows(distort(small, name, 0.5), statistics) - before).abs().mean()) > 0.02, name


def test_places_say_how_far_out_a_window_is_and_on_which_diagonal():
    down, across, diagonal = places(3, 5)
    assert down[:, 0].tolist() == [1, 0, 1]
    assert across[0].tolist() == [1, 0.25, 0, 0.25, 1]
    assert [float(diagonal[row, column]) for row, column in ((0, 0), (0, 4), (1, 2))] == [1, -1, 0]


def test_an_even_sample_of_a_large_photo_is_like_all_of_it():
    statistics = PooledStatistics()
    generator = torch.Generator().manual_seed(0)
    image = (0.5 + 0.1 * torch.randn(3, 1600, 2700, generator=generator)).clamp(0, 1)
    image[:, 1200:] *= 0.5
    sample, all_of_it = list(sampled_strips(image, statistics)), list(described_strips(image, statistics))
    assert len(sample) == SAMPLED
    sums = [torch.stack([strip.sums for strip in strips]).sum(0, keepdim=True) for strips in (sample, all_of_it)]
    of_sample, of_all = (described_averages(one, statistics)[0, 0] for one in sums)
    assert float((of_sample - of_all).abs().median()) < 0.02
    small = image[:, :640, :960]
    pairs = zip(sampled_strips(small, statistics), described_strips(small, statistics), strict=True)
    assert all(torch.equal(one.windows, other.windows) for one, other in pairs)
