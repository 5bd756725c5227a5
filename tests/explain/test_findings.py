"""From predictions to findings and maps."""

import dataclasses

import numpy as np
import pytest
import torch

from blemish.explain.location import severity_map
from blemish.models.distortion_model.kinds import KINDS, kind_of
from blemish.models.distortion_model.prediction import Prediction
from blemish.models.score import Estimate
from blemish.synth_distort import severity_curve


def predicted(probability: dict[str, float], severity: dict[str, float], local: torch.Tensor) -> Prediction:
    """A prediction in which each kind is as likely as its names together, and from a half on is found."""
    names = tuple(probability)
    by_kind = {kind: sum(probability[name] for name in names if kind_of(name) == kind) for kind in KINDS}
    return Prediction(
        distortions=names,
        probability=torch.tensor(list(probability.values())),
        severity=torch.tensor(list(severity.values())),
        kind_probability=torch.tensor([[0.0] * len(KINDS), list(by_kind.values())]),
        label_probability={},
        found_from=torch.full((2,), 0.5),
        undistorted_probability=0.1,
        overall_severity=Estimate(0.5, (0.4, 0.6)),
        mos=None,
        severity_error=torch.full((len(names),), 0.1),
        confidence=0.9,
        in_distribution=True,
        local_severity=local,
    )


def test_findings_are_likely_perceptible_and_the_worst_comes_first():
    probability = {"jpeg": 0.9, "darken": 0.7, "white_noise": 0.4, "pixelate": 0.9}
    severity = {"jpeg": 0.3, "darken": 0.8, "white_noise": 0.9, "pixelate": 0.1}
    as_viewed = predicted(probability, severity, torch.zeros(4, 3, 3))
    found = dataclasses.replace(as_viewed, kind_probability=as_viewed.kind_probability.flip(0)).findings
    assert [finding.name for finding in found] == ["darken", "jpeg"]
    assert [finding.equivalent for finding in as_viewed.findings] == [None, None]  # of what its own pixels do not show
    assert found[0].word == "annoying"
    assert found[1].family == "compression"
    assert found[1].equivalent is not None
    assert found[1].equivalent.value == pytest.approx(severity_curve("jpeg").value(0.3), rel=1e-4)
    assert found[1].equivalent.phrase.startswith("JPEG quality 1")
    assert found[1].rated
    assert not found[0].rated  # people rated darken up to 0.66


def test_nothing_is_found_below_the_operating_point():
    sure = predicted({"jpeg": 0.9}, {"jpeg": 0.5}, torch.zeros(1, 3, 3))
    assert [finding.name for finding in sure.findings] == ["jpeg"]
    assert dataclasses.replace(sure, found_from=sure.found_from + 0.45).findings == ()
    assert predicted({"jpeg": 0.4}, {"jpeg": 0.9}, torch.zeros(1, 2, 2)).findings == ()


def test_a_kind_whose_name_is_uncertain_is_found_with_both_names():
    probability = {"zoom_blur": 0.45, "lens_blur": 0.4, "jpeg": 0.0}
    severity = {"zoom_blur": 0.7, "lens_blur": 0.6, "jpeg": 0.2}
    as_viewed = predicted(probability, severity, torch.zeros(3, 2, 2))
    by_pixels = dataclasses.replace(as_viewed, kind_probability=as_viewed.kind_probability.flip(0))
    (finding,) = by_pixels.findings
    assert (finding.name, finding.title, finding.scale) == ("zoom_blur", "zoom blur", "at 100 %")
    assert finding.alternative == ("lens blur", pytest.approx(0.4))
    assert (finding.kind, finding.kind_probability) == ("blur", pytest.approx(0.85))


def test_a_kind_that_pixels_tell_no_name_of_is_called_by_its_own():
    probability = {"zoom_blur": 0.45, "gaussian_blur": 0.4, "jpeg": 0.0}
    severity = {"zoom_blur": 0.7, "gaussian_blur": 0.6, "jpeg": 0.2}
    as_viewed = predicted(probability, severity, torch.zeros(3, 2, 2))
    (finding,) = as_viewed.findings
    assert (finding.name, finding.title, finding.scale) == ("gaussian_blur", "blur", "as viewed")
    assert (finding.probability, finding.alternative) == (pytest.approx(0.85), None)
    likelier = dataclasses.replace(as_viewed, probability=torch.tensor([0.6, 0.2, 0.0]))
    assert [finding.title for finding in likelier.findings] == ["zoom blur"]


def test_a_map_covers_the_photo_and_keeps_its_scale():
    local = torch.zeros(2, 7, 11)
    local[0, :, 8:] = 0.8
    local[1, 0, 0] = 0.3
    shown = severity_map(
        predicted({"jpeg": 1, "darken": 1}, {"jpeg": 1, "darken": 1}, local), ("jpeg", "darken"), height=260, width=400
    )
    assert shown.values.shape == (9, 13)
    assert (shown.height, shown.width) == (260, 400)
    assert shown.values[:, -1] == pytest.approx(np.full(9, 0.8))
    assert shown.values[0, 0] == pytest.approx(0.3)
    assert shown.values.min() >= 0
    assert shown.values.max() <= 1


def test_a_cell_is_the_mean_of_the_patches_that_hold_it():
    local = torch.zeros(1, 4, 4)
    local[0, 1, 1] = local[0, 0, 3] = 0.8
    shown = predicted({"jpeg": 1}, {"jpeg": 1}, local).expected_severity("jpeg")
    assert shown.shape == (5, 5)
    assert shown[1:3, 1:3].numpy() == pytest.approx(np.full((2, 2), 0.2))
    assert shown[0, 4] == pytest.approx(0.8)  # a corner is in one patch alone
    assert shown[3:].max() == 0


def test_no_finding_is_more_severe_than_its_distortion_can_be():
    (finding,) = predicted({"webp": 0.9}, {"webp": 0.95}, torch.zeros(1, 3, 3)).findings
    assert finding.severity == severity_curve("webp").ceiling < 0.95
