"""Where in a photo a finding is."""

import dataclasses

import numpy as np
import pytest
import torch

from blemish.explain.location import PART_FROM, locally_high, part_of, part_of_finding, placed_part, telling
from blemish.models.distortion_model.kinds import KINDS
from blemish.models.distortion_model.prediction import Prediction
from blemish.models.score import Estimate


def predicted(local: torch.Tensor) -> Prediction:
    zero = torch.zeros(1)
    severity = Estimate(0.1, (0.0, 0.3))
    return Prediction(
        distortions=("jpeg",),
        probability=zero,
        severity=zero,
        kind_probability=torch.zeros(2, len(KINDS)),
        label_probability={},
        found_from=torch.full((2,), 0.5),
        undistorted_probability=0.9,
        overall_severity=severity,
        mos=None,
        severity_error=torch.full((1,), 0.1),
        confidence=0.9,
        in_distribution=True,
        local_severity=local,
    )


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ((slice(None), slice(0, 12)), "in the left part"),
        ((slice(0, 8), slice(20, None)), "in the upper right"),
        ((slice(None), slice(None)), "everywhere"),
    ],
)
def test_a_part_is_found_and_named(place, words):
    local = torch.full((1, 20, 30), 0.02)
    local[0][place] = 0.9
    part = placed_part(predicted(local), ("jpeg",), height=32 * 21, width=32 * 31)
    assert part.where == words
    assert part.share == pytest.approx(float((local > 0.5).float().mean()), abs=0.1)
    left, top, right, bottom = part.box
    assert part.mask[(top + bottom) // 64, (left + right) // 64]
    assert part.worst == pytest.approx(0.9)


def test_what_the_photo_as_viewed_alone_shows_is_in_no_part():
    local = torch.full((1, 20, 30), 0.02)
    local[0, :, :12] = 0.9
    prediction = predicted(local)
    by_pixels = torch.zeros(2, len(KINDS))
    by_pixels[0, KINDS.index("compression")] = 0.9
    for kind_probability, where in ((by_pixels, "in the left part"), (by_pixels.flip(0), "everywhere")):
        seen = dataclasses.replace(
            prediction,
            probability=torch.tensor([0.9]),
            severity=torch.tensor([0.6]),
            kind_probability=kind_probability,
        )
        (finding,) = seen.findings
        assert part_of_finding(seen, finding, height=32 * 21, width=32 * 31).where == where


def test_the_worst_of_a_part_is_inside_its_box():
    local = torch.full((1, 20, 30), 0.02)
    local[0, 2:14, 2:14] = 0.7
    local[0, 19, 29] = 1.0  # a single cell, far from where most of it is
    part = placed_part(predicted(local), ("jpeg",), height=32 * 21, width=32 * 31)
    assert part.map.values.max() == pytest.approx(1.0)
    assert part.worst == pytest.approx(0.7)


def test_a_small_part_that_is_high_counts():
    local = torch.full((1, 20, 30), 0.02)
    assert locally_high(predicted(local)) == ("jpeg", pytest.approx(0.02))
    local[0, 3:9, 4:12] = 0.8
    assert locally_high(predicted(local))[1] > 0.6


def test_what_the_scene_may_be_in_a_part_is_no_sign():
    assert telling(("jpeg", "underexposure", "desaturate", "color_cast")) == ("jpeg", "color_cast")


def test_a_map_that_is_low_everywhere_shows_no_part():
    values = np.zeros((10, 10))
    values[:3, :3] = PART_FROM
    assert part_of(0.9 * values).all()
    assert part_of(values).sum() == 9


def test_parts_that_lie_apart_are_said_to():
    local = torch.full((1, 20, 30), 0.02)
    local[0, :5, :5] = local[0, -5:, -5:] = 0.9
    assert placed_part(predicted(local), ("jpeg",), height=32 * 21, width=32 * 31).where.startswith("in several parts")
