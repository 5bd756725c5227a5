"""Lost blocks: how many, where, and what the decoder shows in their place."""

import numpy as np
import pytest
import torch


def lost(image, damaged):
    return (damaged != image).any(0).numpy()


@pytest.mark.parametrize("share", [0.003, 0.05, 0.4, 1.0])
def test_block_loss_loses_the_share_that_was_asked_for(share, speckled, apply):
    assert lost(speckled, apply("block_loss", speckled, share)).mean() == pytest.approx(share, abs=1e-4)


def test_block_loss_keeps_its_share_where_blocks_do_not_fit(speckled, apply):
    odd = speckled[:, :101, :203]
    assert lost(odd, apply("block_loss", odd, 0.2)).mean() == pytest.approx(0.2, abs=1e-3)


def test_more_block_loss_is_the_same_blocks_and_further_ones(speckled, apply):
    fewer, more = (apply("block_loss", speckled, share) for share in (0.08, 0.3))
    gone = lost(speckled, fewer)
    assert torch.equal(fewer[:, gone], more[:, gone])
    assert lost(speckled, more)[gone].all()


def test_lost_blocks_take_the_colour_of_the_last_that_arrived(speckled, apply):
    damaged = apply("block_loss", speckled, 0.1)
    gone, starts = lost(speckled, damaged), 0
    for top in range(0, 384, 16):
        band = damaged[:, top : top + 16]
        assert (gone[top : top + 16] == gone[top]).all()
        for left in np.flatnonzero(gone[top] & ~np.roll(gone[top], 1) | gone[top] & (np.arange(512) == 0)):
            expected = speckled[:, top : top + 16, left - 16 : left].mean((1, 2)) if left else torch.full((3,), 0.5)
            assert left % 16 == 0
            assert torch.allclose(band[:, :, left], expected[:, None], atol=1e-5)
            starts += 1
    assert starts > 5


def test_blocks_are_lost_in_other_places_with_another_seed(speckled, apply):
    first, second = (lost(speckled, apply("block_loss", speckled, 0.2, seed)) for seed in (0, 1))
    assert 0.01 < (first & second).mean() < 0.15
