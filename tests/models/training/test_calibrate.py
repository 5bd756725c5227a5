"""Calibration: probabilities that mean what they say, and intervals that cover."""

import numpy as np
import pytest
import skimage.data
import torch
from PIL import Image

from blemish.models.distortion_model.calibration import (
    Calibration,
    either,
    half_width,
    mos_error_inputs,
    name_error_inputs,
)
from blemish.models.distortion_model.kinds import KINDS, kinds_of, labels_of
from blemish.models.distortion_model.prediction import are_found
from blemish.models.distortion_model.statistics_network import HeadOutputs
from blemish.models.distortion_model.viewed_network import LABELS, ViewedOutput
from blemish.models.metrics.conformal import conformal_quantile
from blemish.models.training.calibrate import (
    FALSE_ALARMS,
    Outputs,
    RatedOutputs,
    _logistic,
    calibrated,
    operating_point,
    probabilities,
)
from blemish.models.training.calibration_samples import draw_calibration_sample
from blemish.synth_distort import DISTORTIONS
from blemish.synth_distort.pristine_photos import PristinePhoto
from blemish.synth_distort.severity import PERCEPTIBLE, combined_severities


@pytest.fixture(scope="module")
def photo(tmp_path_factory):
    """The coffee photo that ships with scikit-image, on disk."""
    path = tmp_path_factory.mktemp("pristine") / "coffee.png"
    Image.fromarray(skimage.data.coffee()).save(path)
    return PristinePhoto(path, "mine")


def test_a_logistic_regression_recovers_what_bent_the_probabilities():
    generator = torch.Generator().manual_seed(0)
    own, rival = 3 * torch.randn(2, 20000, generator=generator)
    truth = torch.rand(20000, generator=generator) < (0.5 * own - 0.2 * rival - 1.5).sigmoid()
    assert _logistic(torch.stack([own, rival], dim=1), truth) == pytest.approx((0.5, -0.2, -1.5), abs=0.07)


def made_up(count: int, generator: torch.Generator) -> tuple[Outputs, torch.Tensor]:
    """What a network that is right up to noise makes of photos with one distortion or none; and the true severities."""
    names, kinds = len(DISTORTIONS), kinds_of(tuple(DISTORTIONS))
    chosen = torch.randint(names, (count,), generator=generator)
    severity = torch.rand(count, generator=generator) * (torch.rand(count, generator=generator) < 0.6)
    truth = torch.zeros(count, names)
    truth[torch.arange(count), chosen] = severity
    noise = torch.randn(count, names, generator=generator)
    there = severity >= PERCEPTIBLE
    label = labels_of(tuple(DISTORTIONS))[chosen].float() * there[:, None]
    error = 0.3 * torch.randn(count, generator=generator)
    whole = HeadOutputs(
        presence=8 * (truth >= PERCEPTIBLE) - 5 + noise,
        none=4 - 8 * there.float() + noise[:, 0],
        severity=(truth + 0.05 * noise).clamp(0, 1),
        damage=(severity.logit(eps=0.01) + error).sigmoid(),
    )
    mos = 70 - 50 * severity
    viewed = ViewedOutput(
        acr=torch.full((count, 5), 0.2),
        mos=mos + 10 * torch.randn(count, generator=generator),
        labels=4 * label - 2 + noise[:, : label.shape[1]],
        severity=severity.logit(eps=0.01) - error,
        severity_labels=4 * label - 2,
    )
    assert kinds.shape == (names,)
    return Outputs(whole, viewed, torch.ones(count)), truth


def test_probabilities_mean_what_they_say_and_intervals_cover():
    generator, names = torch.Generator().manual_seed(0), tuple(DISTORTIONS)
    (outputs, truth), (unseen, their_truth) = made_up(1500, generator), made_up(1500, generator)
    rated = RatedOutputs(outputs, 70 - 50 * combined_severities(truth), None)
    fitted = calibrated(names, outputs, truth, rated)
    kind_probability, probability, severity = probabilities(fitted, unseen, kinds_of(names))
    there = their_truth >= PERCEPTIBLE
    assert float(probability.sum(1).mean()) == pytest.approx(float(there.sum(1).float().mean()), abs=0.03)
    found = are_found(kind_probability, probability, severity, names, torch.tensor(fitted.found_from))
    assert float(found[~there.any(1)].any(1).float().mean()) <= 1.6 * FALSE_ALARMS
    assert float((found & there).any(1)[there.any(1)].float().mean()) > 0.9
    half = half_width(mos_error_inputs(unseen.viewed), fitted.mos_error)
    covered = (unseen.viewed.mos - (70 - 50 * combined_severities(their_truth))).abs() <= half
    assert float(covered.float().mean()) == pytest.approx(0.9, abs=0.03)
    errors = (severity - their_truth).abs()[their_truth > 0]
    limits = half_width(name_error_inputs(unseen.whole.presence[their_truth > 0]), fitted.name_severity_error)
    assert float((errors <= limits).float().mean()) == pytest.approx(0.9, abs=0.05)
    overall = fitted.overall_severity(unseen.whole, unseen.viewed)
    truth_of_unseen = combined_severities(their_truth)
    by_one = (unseen.whole.damage - truth_of_unseen).abs().mean()
    assert float((overall - truth_of_unseen).abs().mean()) < 0.3 * float(by_one)  # the branches' errors cancel


def test_the_operating_point_lets_a_stated_share_through():
    generator, names = torch.Generator().manual_seed(1), tuple(DISTORTIONS)
    outputs, truth = made_up(2000, generator)
    clean = outputs[(truth < PERCEPTIBLE).all(1)]
    # Severe, all of them, and as likely as not: what is found hangs on the order of the probabilities alone.
    fitted = Calibration(
        pixels=((1.0, 0.0, 0.0, 4.0),) * len(KINDS),
        viewed=((1.0, 0.0, 0.0, 1.0),) * len(KINDS),
        undistorted_mos=1000.0,
    )
    from_here = operating_point(fitted, clean, names, 0.1)
    found = are_found(*probabilities(fitted, clean, kinds_of(names)), names, from_here).any(1)
    assert 0.05 <= float(found.float().mean()) <= 0.1


def test_photos_at_full_size_that_alarm_raise_the_operating_point():
    generator, names = torch.Generator().manual_seed(4), tuple(DISTORTIONS)
    (outputs, truth), (others, of_others) = made_up(1500, generator), made_up(1500, generator)
    alarming = others[(of_others >= PERCEPTIBLE).any(1)]  # in all of them something is likely
    rated = RatedOutputs(outputs, 100 - 50 * combined_severities(truth), None)
    without, fitted = (
        torch.tensor(calibrated(names, outputs, truth, rated, large).found_from) for large in (None, alarming)
    )
    assert (fitted >= without).all()
    assert fitted[0] > without[0]


def test_kinds_as_viewed_are_weighed_by_photos_that_were_damaged_too():
    generator, names = torch.Generator().manual_seed(5), tuple(DISTORTIONS)
    outputs, truth = made_up(1500, generator)
    nothing_named = torch.zeros(len(truth), len(LABELS))
    fitted = calibrated(names, outputs, truth, RatedOutputs(outputs, torch.full((1500,), 50.0), nothing_named))
    as_viewed = probabilities(fitted, outputs, kinds_of(names))[0][:, 1]
    blur = KINDS.index("blur")
    there = (truth[:, kinds_of(names) == blur] >= PERCEPTIBLE).any(1)
    assert float(as_viewed[there, blur].mean()) > 3 * float(as_viewed[~there, blur].mean())


def test_names_of_one_kind_share_its_probability():
    outputs, _ = made_up(20, torch.Generator().manual_seed(2))
    names = tuple(DISTORTIONS)
    kind_probability, probability, _ = probabilities(Calibration(name_temperature=2.0), outputs, kinds_of(names))
    for number in range(len(KINDS)):
        assert torch.allclose(
            probability[:, kinds_of(names) == number].sum(1), either(kind_probability)[:, number], atol=1e-5
        )


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
