"""Probabilities from checks: each distortion is weighed by its role in the photo."""

import pytest
import torch

from blemish.models.distortion_model.calibration import (
    ROLES,
    families_of,
    presence_inputs,
    presence_probability,
    roles,
    undistorted_probability,
)
from blemish.models.distortion_model.network import ErrorEstimate, HeadOutputs

NAMES = ("jpeg", "gaussian_blur", "webp", "lens_blur")
LOGITS = torch.tensor([[1.0, 3.0, 2.0, 0.0], [4.0, 1.0, 0.0, 2.0]])


@pytest.fixture
def head_outputs():
    return HeadOutputs(LOGITS, torch.tensor([-1.0, -2.0]), torch.full((2, 4), 0.5), torch.tensor([0.5, 0.5]))


@pytest.fixture
def error_estimate():
    return ErrorEstimate(torch.tensor([-2.0, -3.0]), torch.tensor([-2.5, -2.5]), torch.tensor([0.3, 0.7]))


def test_the_roles_are_the_likeliest_its_family_and_the_others():
    families = families_of(NAMES)
    assert families[0] == families[2] != families[1] == families[3]
    assert roles(LOGITS, families).tolist() == [[2, 0, 2, 1], [0, 2, 1, 2]]


def test_the_inputs_is_its_own_logit_its_strongest_rivals_and_what_is_said_of_the_photo(head_outputs, error_estimate):
    inputs = presence_inputs(head_outputs, error_estimate)
    assert inputs[0, 1].tolist() == pytest.approx([3.0, 2.0, -1.0, -2.0, 0.3])
    assert inputs[0, 0].tolist() == pytest.approx([1.0, 3.0, -1.0, -2.0, 0.3])
    assert inputs[1, 0].tolist() == pytest.approx([4.0, 2.0, -2.0, -3.0, 0.7])


def test_each_role_has_its_own_weights(head_outputs, error_estimate):
    families = families_of(NAMES)
    weights = [[float(role)] + [0.0] * 4 + [float(role)] for role in range(len(ROLES))]
    of_role = roles(LOGITS, families)
    expected = (of_role * LOGITS + of_role).sigmoid()
    assert torch.allclose(presence_probability(head_outputs, error_estimate, families, weights), expected)


def test_each_name_has_its_own_shift_in_each_role(head_outputs, error_estimate):
    families, plain = families_of(NAMES), [[1.0] + [0.0] * 5] * len(ROLES)
    by_name = [[float(10 * role + name) for name in range(4)] for role in range(len(ROLES))]
    shifts = torch.tensor([[20, 1, 22, 13], [0, 21, 12, 23]])
    shifted = presence_probability(head_outputs, error_estimate, families, plain, by_name)
    assert torch.allclose(shifted, (LOGITS + shifts).sigmoid())


def test_undistorted_is_shifted_by_the_name_of_the_likeliest(head_outputs, error_estimate):
    plain = [1.0] + [0.0] * 4
    shifted = undistorted_probability(head_outputs, error_estimate, plain, [0.5, 2.0, 0.0, 0.0])
    assert torch.allclose(shifted, (head_outputs.none + torch.tensor([2.0, 0.5])).sigmoid())
