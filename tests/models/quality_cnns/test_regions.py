"""Regions: what parts of a photo a network sees."""

import pytest
import torch

from blemish.models.quality_cnns.regions import Grid, RandomCrops, SalientCrops, WholeImage, describe_regions
from blemish.models.quality_cnns.saliency import spectral_residual


@pytest.fixture
def numbered() -> torch.Tensor:
    """A picture whose pixels say where they are: (3, 100, 130)."""
    rows, columns = torch.meshgrid(torch.arange(100.0), torch.arange(130.0), indexing="ij")
    return torch.stack([rows, columns, torch.zeros_like(rows)]) / 255


def corners(parts: list[torch.Tensor]) -> list[tuple[int, int]]:
    return [(round(255 * float(part[0, 0, 0])), round(255 * float(part[1, 0, 0]))) for part in parts]


def test_the_whole_photo_is_itself_or_of_the_size_asked_for(numbered):
    (whole,), saliency = WholeImage().cut(numbered)
    assert torch.equal(whole, numbered)
    assert saliency.tolist() == [1]
    (resized,), _ = WholeImage(resized_to=(50, 65)).cut(numbered)
    assert resized.shape == (3, 50, 65)
    assert torch.allclose(resized[0].mean(), numbered[0].mean(), atol=1e-3)


def test_a_grid_does_not_overlap_and_lies_in_the_middle(numbered):
    parts, _ = Grid(40).cut(numbered)
    assert corners(parts) == [(top, left) for top in (10, 50) for left in (5, 45, 85)]


def test_an_overlapping_grid_reaches_every_edge(numbered):
    parts, _ = Grid(40, 30).cut(numbered)
    assert corners(parts) == [(top, left) for top in (0, 30, 60) for left in (0, 30, 60, 90)]
    covered = torch.zeros(100, 130)
    for box in Grid(40, 35).boxes(100, 130):
        box.of(covered)[:] += 1
    assert covered.min() >= 1


def test_random_crops_follow_from_the_photo_and_the_seed(numbered):
    thirty, _ = RandomCrops(30, 40).cut(numbered)
    again, _ = RandomCrops(10, 40).cut(numbered)
    assert corners(thirty)[:10] == corners(again)
    assert corners(RandomCrops(10, 40, seed=1).cut(numbered)[0]) != corners(again)
    assert corners(RandomCrops(10, 40).cut(numbered.flip(1))[0]) != corners(again)
    tops, lefts = zip(*corners(RandomCrops(300, 40).cut(numbered)[0]), strict=True)
    assert (min(tops), max(tops)) == (0, 60)
    assert min(lefts) <= 3
    assert max(lefts) >= 87


def test_the_spoon_in_the_saucer_is_more_salient_than_the_table(coffee):
    salient = spectral_residual(coffee)
    assert salient.shape == coffee.shape[1:]
    assert salient.mean() == pytest.approx(1, abs=1e-4)
    assert salient[240:320, 330:410].mean() > 3 * salient[:100, 450:].mean()
    parts, shares = SalientCrops(3, 128).cut(coffee)
    boxes = Grid(128, 32).boxes(*coffee.shape[1:])
    ranked = sorted(boxes, key=lambda box: -float(box.of(torch.from_numpy(salient)).mean()))
    assert all(torch.equal(part, box.of(coffee)) for part, box in zip(parts, ranked, strict=False))
    assert shares.tolist() == sorted(shares.tolist(), reverse=True)


@pytest.mark.parametrize("regions", [Grid(101), Grid(101, 20), RandomCrops(2, 101), SalientCrops(2, 101)])
def test_a_photo_that_is_too_small_is_refused_with_both_sizes(regions, numbered):
    with pytest.raises(ValueError, match="the photo is 130 × 100 px; regions of 101 px do not fit into it"):
        regions.cut(numbered)


def test_regions_are_called_by_what_they_are():
    named = (WholeImage(), WholeImage((384, 512)), Grid(40), Grid(40, 20), RandomCrops(1, 40), SalientCrops(5, 40))
    assert [describe_regions(regions) for regions in named] == [
        "whole photo",
        "whole photo at 512 × 384",
        "grid of 40 px",
        "grid of 40 px every 20 px",
        "1 random crop of 40 px",
        "5 salient crops of 40 px",
    ]
