"""Measuring: scores are kept and not asked for twice, a killed run goes on, and models that fail do not stop the others."""

import math

import pytest
import torch

import blemish
from blemish.explain.sensitivity import scoring
from blemish.explain.sensitivity.cache import photo_scores
from blemish.explain.sensitivity.measure import measure
from blemish.explain.sensitivity.plan import AS_IT_IS, NO_DISTORTION, Plan, subjects_of
from blemish.models.scorers.scorer import Batch, Scorer, checked_scores
from blemish.synth_distort import PhotoError

PLAN = Plan(distortions=("white_noise", "lens_blur", "desaturate"), levels=4, stability=("white_noise",), side=96)


class Counted:
    """A model that gives the distance from the undistorted photo, turned round, and counts how often it is asked."""

    def __init__(self, *, stop_after: float = math.inf) -> None:
        self.calls, self.stop_after = 0, stop_after

    def __call__(self, batch: Batch) -> torch.Tensor:
        self.calls += 1
        if self.calls > self.stop_after:
            raise KeyboardInterrupt
        return -(batch.images - batch.references).abs().mean((1, 2, 3))

    def scorer(self) -> Scorer:
        return Scorer("counted", "callable", "counted", self)


@pytest.fixture
def photos(small, cat) -> list:
    return [small, cat[:, 50:200, 100:300].contiguous(), small.flip(1)]


def test_the_profile_of_a_model_that_sees_the_difference(photos):
    profile = measure([Counted().scorer()], photos, plan=PLAN).profiles[0]
    assert profile.higher_is_better
    assert profile.blind_to == []
    assert profile.overall["monotonicity"].value > 0.95
    ladder = profile.distortions["white_noise"]
    assert list(ladder.severities) == [0, 0.25, 0.5, 0.75, 1]
    assert ladder.threshold.value == 0.25
    assert len(profile.distortions["desaturate"].severities) == 3  # it cannot do worse than 0.65
    assert profile.stability["flipped"].score.value == pytest.approx(0, abs=0.01)


def test_scores_are_kept(photos, tmp_path):
    first, again = Counted(), Counted()
    profiles = [measure([one.scorer()], photos, plan=PLAN, cache=tmp_path).profiles[0] for one in (first, again)]
    assert first.calls > 20
    assert again.calls == 0
    assert profiles[0].to_dict()["distortions"] == profiles[1].to_dict()["distortions"]


def test_a_killed_run_goes_on(photos, tmp_path, monkeypatch):
    """What was scored before the end is not scored again, and the profile is that of a run that was not killed."""
    whole = Counted()
    expected = measure([whole.scorer()], photos, plan=PLAN).profiles[0]
    kept, asked = [], checked_scores

    def killed(scorer: Scorer, batch: Batch, *, timeout: float):
        if len(kept) == 7:
            raise KeyboardInterrupt
        kept.append(1)
        return asked(scorer, batch, timeout=timeout)

    with monkeypatch.context() as patch:
        patch.setattr(scoring, "checked_scores", killed)
        with pytest.raises(KeyboardInterrupt):
            measure([Counted().scorer()], photos, plan=PLAN, cache=tmp_path)
    rest = Counted()
    profile = measure([rest.scorer()], photos, plan=PLAN, cache=tmp_path).profiles[0]
    assert whole.calls - 7 <= rest.calls < whole.calls
    assert profile.to_dict()["distortions"] == expected.to_dict()["distortions"]


def test_more_levels_ask_for_the_new_ones_alone(photos, tmp_path):
    plan = Plan(distortions=("white_noise",), levels=2, stability=(), side=96)
    measure([Counted().scorer()], photos, plan=plan, cache=tmp_path)
    scorer, subject = Counted().scorer(), subjects_of(photos)[0]
    kept = photo_scores(tmp_path, scorer, subject, plan)
    assert kept.scores[AS_IT_IS, "white_noise"].keys() == {0.5, 1.0}
    assert not kept.lacks((AS_IT_IS, NO_DISTORTION), (0.0,))
    assert kept.lacks((AS_IT_IS, "white_noise"), (0.25,))


def test_a_model_that_fails_on_a_photo_is_told_and_the_rest_goes_on(photos, tmp_path):
    """One photo is brighter than the model bears; another makes it return something else than numbers."""

    def fragile(images: torch.Tensor) -> torch.Tensor:
        if images.mean() > 0.75:
            raise OverflowError("too bright")
        return torch.full((len(images),), math.nan) if images.mean() < 0.05 else -images.std((1, 2, 3))

    odd = [torch.full((3, 100, 100), 0.9), torch.full((3, 100, 100), 0.01)]
    plan = Plan(distortions=("white_noise",), levels=4, stability=(), side=100)
    steady = Counted().scorer()
    measured = measure([fragile, steady], [*photos, *odd], plan=plan, cache=tmp_path)
    first, second = measured.profiles
    assert first.photos == second.photos[:3]
    assert len(second.photos) == 5
    assert second.failures == ()
    assert len(first.failures) == 2
    bright, dark = first.failures
    assert "on photo 4, undistorted: raised OverflowError: too bright (and " in bright
    assert "on photo 5, undistorted: returned nan for one of 4 images" in dark


def test_a_model_that_always_fails_has_no_profile(photos):
    def broken(images: torch.Tensor) -> None:
        raise RuntimeError("no weights")

    measured = measure([broken, Counted().scorer()], photos, plan=PLAN)
    assert [one.model for one in measured.profiles] == ["counted"]
    (sentence,) = measured.failed
    assert "scored 0 photos, and two are needed" in sentence
    assert "on photo 1, undistorted: raised RuntimeError: no weights" in sentence
    with pytest.raises(ValueError, match="scored 0 photos"):
        blemish.sensitivity(broken, photos, plan=PLAN)


def test_a_model_that_hangs_is_given_up_photo_by_photo(photos):
    import time

    def slow(images: torch.Tensor) -> torch.Tensor:
        if len(images) and images.shape[2] == 72:  # of the cat
            time.sleep(2)
        return -images.std((1, 2, 3))

    plan = Plan(distortions=("white_noise", "lens_blur", "jpeg", "darken"), levels=2, stability=(), side=96)
    profile = blemish.sensitivity(slow, photos, plan=plan, timeout=0.3)
    assert len(profile.photos) == 2
    assert "on photo 2, undistorted: returned nothing within 0.3 s" in profile.failures[0]


def test_what_cannot_be_measured_on_is_said(photos, tmp_path):
    with pytest.raises(ValueError, match="1 photo was given"):
        blemish.sensitivity("piq:total_variation", photos[:1], plan=PLAN)
    (tmp_path / "broken.png").write_bytes(b"no photo")
    with pytest.raises(ValueError, match=r"scored 1 photos, and two are needed.*is not a photo"):
        blemish.sensitivity("piq:total_variation", [photos[0], tmp_path / "broken.png"], plan=PLAN)
    with pytest.raises(PhotoError):
        subjects_of([torch.zeros(3, 10, 10)])
