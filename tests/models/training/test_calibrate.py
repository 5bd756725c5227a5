"""Calibration: probabilities that mean what they say, and intervals that cover."""

from dataclasses import replace

import numpy as np
import pytest
import skimage.data
import torch
from PIL import Image

from blemish.models.distortion_model.calibration import presence_inputs, weighed
from blemish.models.distortion_model.files import load_model
from blemish.models.distortion_model.model import Calibration
from blemish.models.distortion_model.prediction import FOUND, are_found
from blemish.models.metrics.conformal import conformal_quantile
from blemish.models.training.calibrate import (
    CLEAN_TAKEN,
    FALSE_ALARMS,
    _logistic,
    _severity_factors,
    _undistorted_from,
    calibrated,
)
from blemish.models.training.calibration_samples import draw_calibration_sample, draw_damaged_copy
from blemish.models.training.precomputed_photos import view_tensors
from blemish.synth_distort.pristine_photos import PristinePhoto
from blemish.synth_distort.severity import PERCEPTIBLE, combined_severity


@pytest.fixture(scope="module")
def photo(tmp_path_factory):
    """The coffee photo that ships with scikit-image, on disk."""
    path = tmp_path_factory.mktemp("pristine") / "coffee.png"
    Image.fromarray(skimage.data.coffee()).save(path)
    return PristinePhoto(path, "mine")


def test_calibration_recovers_what_bent_the_probabilities():
    generator = torch.Generator().manual_seed(0)
    own, rival = 3 * torch.randn(2, 20000, generator=generator)
    name = torch.randint(2, (20000,), generator=generator)
    truth = torch.rand(20000, generator=generator) < (0.5 * own - 0.2 * rival - 1.5 + name).sigmoid()
    weights, by_name = _logistic(torch.stack([own, rival], dim=1), truth, name, 3)
    assert weights[:2] == pytest.approx((0.5, -0.2), abs=0.06)
    # Only with the common shift are those of names known; of the third there is none.
    assert [weights[2] + shift for shift in by_name[:2]] == pytest.approx([-1.5, -0.5], abs=0.06)
    assert by_name[2] == pytest.approx(0, abs=1e-3)


def test_names_of_which_there_are_few_are_hardly_shifted():
    inputs, truth, name = torch.zeros(1002, 1), torch.arange(1002) % 2 == 0, torch.tensor([0] * 1000 + [1] * 2)
    truth[-2:] = True
    _, by_name = _logistic(inputs, truth, name, 2)
    assert 0 < by_name[1] < 0.3


def test_severities_of_photos_with_several_findings_have_intervals_of_their_own():
    errors = torch.linspace(0, 1, 100).repeat(2, 1).T * torch.tensor([1.0, 3.0])
    there, several = torch.tensor([[True, False], [False, True]]).repeat(50, 1), torch.tensor([False, True]).repeat(50)
    one, more = _severity_factors(errors, there, several)
    assert (one, more) == pytest.approx((92 / 99, 3 * 93 / 99))  # each the 47th of fifty: 0.9 x 51 / 50 of their way
    assert _severity_factors(errors, there, several & False)[0] == _severity_factors(errors, there, several & False)[1]


@pytest.mark.parametrize("likeliest", [0.9, 0.45])  # found by itself, and as the likeliest
def test_one_in_fifty_undistorted_photos_gets_a_finding(likeliest):
    generator = torch.Generator().manual_seed(0)
    probability = torch.full((2000, 3), 0.01)
    probability[:1000, 1] = likeliest  # in the other half, nothing would be found anyway
    severity, undistorted = torch.full((2000, 3), 0.4), torch.rand(2000, generator=generator) ** 2
    limit = _undistorted_from(probability, severity, undistorted)
    alarms = are_found(probability, severity, undistorted, limit).any(1)
    assert float(alarms.float().mean()) == pytest.approx(FALSE_ALARMS, abs=0.001)
    assert _undistorted_from(probability[1000:], severity[1000:], undistorted[1000:]) == FOUND


def test_conformal_intervals_cover():
    errors = np.random.default_rng(0).exponential(size=3000)
    limit = conformal_quantile(list(errors[:1000]), 0.9)
    assert np.mean(errors[1000:] <= limit) == pytest.approx(0.9, abs=0.03)


def test_calibration_samples_are_seeded_and_of_every_kind(photo):
    drawn = [draw_calibration_sample([photo], (3, number)) for number in range(16)]
    counts = [int((sample.severities > 0).sum()) for sample in drawn]
    assert set(counts) == {0, 1, 2}
    again = [draw_calibration_sample([photo], (3, number)) for number in range(16)]
    assert all(torch.equal(one.image, other.image) for one, other in zip(drawn, again, strict=True))


def test_copies_are_seeded_damaged_and_as_large_as_people_saw_the_photo(photo):
    drawn, again = ([draw_damaged_copy(photo.path, (3, number)) for number in range(12)] for _ in range(2))
    assert {int((sample.severities > 0).sum()) for sample in drawn} == {1, 2}
    assert all(min(sample.image.shape[1:]) >= 0.88 * 400 for sample in drawn)
    assert all(torch.equal(one.image, other.image) for one, other in zip(drawn, again, strict=True))


def test_calibration_makes_intervals_cover_and_probabilities_hold(photo):
    model = replace(load_model(), calibration=Calibration())
    drawn = [draw_calibration_sample([photo], (3, number)) for number in range(24)]
    with torch.inference_mode():
        views = [{**view_tensors(model.extract(sample.image)), "severities": sample.severities} for sample in drawn]
    together = {name: torch.stack([view[name] for view in views]) for name in views[0]}
    fitted = replace(model, calibration=calibrated(model.network, together))
    clean = [sample for sample in drawn if not sample.severities.any()]
    taken = [sample for sample in drawn if sample.severities.any()] + clean[::CLEAN_TAKEN]
    predictions = [fitted.predict(sample.image) for sample in taken]
    truths = [100 * (1 - combined_severity(sample.severities.tolist())) for sample in taken]
    inside = [
        low <= truth <= high
        for truth, (low, high) in zip(truths, (a.opinion_unaware_score.interval for a in predictions), strict=True)
    ]
    assert np.mean(inside) >= 0.9
    severity_errors = [
        (prediction.severity - sample.severities).abs()[sample.severities > 0] - prediction.severity_error
        for prediction, sample in zip(predictions, taken, strict=True)
    ]
    assert float((torch.cat(severity_errors) <= 1e-6).float().mean()) >= 0.9
    # Of the likeliest by logit, to which one of the three calibrations is fitted, and to two average cases, one of them there.
    claimed, there, inputs, shifts = [], [], [], []
    for prediction, sample in zip(predictions, taken, strict=True):
        view = model.extract(sample.image)
        likeliest = int(view.whole.presence.argmax())
        claimed.append(float(prediction.probability[likeliest]))
        there.append(float(sample.severities[likeliest]) >= PERCEPTIBLE)
        inputs.append(presence_inputs(view.whole, view.error_estimate)[likeliest])
        shifts.append(fitted.calibration.presence_by_name[0][likeliest])
    weights = torch.tensor(fitted.calibration.presence[0])
    average = float(weighed(torch.stack(inputs).mean(0), weights, float(np.mean(shifts))))
    assert any(there)
    assert sum(claimed) + 2 * average == pytest.approx(sum(there) + 1, abs=0.02 * len(taken))
    undistorted = [fitted.predict(sample.image).undistorted_probability for sample in drawn]
    assert np.mean(undistorted) == pytest.approx(len(clean) / len(drawn), abs=0.05)
