"""Probes: what they can name, what they must not, and that no photo judges itself."""

import numpy as np
import pytest

from blemish.explain.planes.separability import best_layer, fisher_ratio, layer_scores
from blemish.explain.planes.subspaces import displacements
from blemish.explain.probes.ladder_features import LadderFeatures, ladder_chains, mixture_chains
from blemish.explain.probes.severity_probe import severity_probe
from blemish.explain.probes.type_probe import PROBES, folds, type_probe

SEVERITIES = (0.25, 0.5, 0.75, 1.0)


def features(*, photos=15, length=20, signal=4.0, content=1.0, seed=0) -> LadderFeatures:
    """Photos with three distortions, each along an axis of its own in "good"; "noise" has what photos show, no more."""
    generator = np.random.default_rng(seed)
    rows, photo, chains = [], [], []
    for number in range(photos):
        clean = content * generator.normal(size=length)
        for name, severity in [("", 0.0), *((name, severity) for name in "abc" for severity in SEVERITIES)]:
            moved = np.zeros(length)
            if name:
                moved["abc".index(name)] = signal * (0.5 + severity)
            rows.append(clean + moved)
            photo.append(number)
            chains.append(((name, severity),) if name else ())
    good = np.array(rows)
    only_content = good - good + np.repeat(generator.normal(size=(photos, length)), len(rows) // photos, axis=0)
    noise = only_content + 1e-3 * generator.normal(size=good.shape)
    return LadderFeatures({"good": good, "noise": noise}, np.array(photo), tuple(chains))


@pytest.mark.parametrize("probe", PROBES)
def test_what_lies_apart_is_named_and_what_does_not_is_guessed(probe):
    made = features()
    good, noise = (type_probe(made, layer, probe) for layer in ("good", "noise"))
    assert good.accuracy["value"] > 0.95
    assert noise.accuracy["value"] < 0.55  # a third by chance: a photo's own content must be of no use
    assert good.confusion.sum() == pytest.approx(3)
    assert good.accuracy["low"] <= good.accuracy["value"] <= good.accuracy["high"]


def test_no_photo_is_in_two_folds():
    photo = np.repeat(np.arange(11), 4)
    parts = folds(photo)
    assert sorted(np.concatenate(parts).tolist()) == list(range(11))
    with pytest.raises(ValueError, match="only 1 photo"):
        folds(np.zeros(5))


def test_confused_pairs_are_named_with_their_share():
    made = features()
    swapped = tuple(
        (("a" if index % 2 else "b", chain[0][1]),) if chain and chain[0][0] == "b" else chain
        for index, chain in enumerate(made.chains)
    )
    probe = type_probe(LadderFeatures(made.layers, made.photo, swapped), "good")
    first = probe.most_confused()[0]
    assert set(first[:2]) == {"a", "b"}
    assert first[2] > 0.1


def test_severity_is_read_where_it_is_and_not_where_it_is_not():
    made = features(content=0.3)
    good, noise = (severity_probe(made, layer, "b") for layer in ("good", "noise"))
    assert good.rank_correlation > 0.95
    assert good.spearman_along_axis["value"] > 0.9
    assert abs(noise.rank_correlation) < 0.5
    assert good.absolute_error < 0.2  # by chance 0.3


def test_position_along_the_axis_is_in_severities():
    generator = np.random.default_rng(0)
    rows, photo, chains = [], [], []
    for number in range(10):
        for severity in (0.0, *SEVERITIES):
            rows.append(np.array([3 * severity, 0.0]) + 1e-3 * generator.normal(size=2))
            photo.append(number)
            chains.append((("a", severity),) if severity else ())
    probe = severity_probe(LadderFeatures({"x": np.array(rows)}, np.array(photo), tuple(chains)), "x", "a")
    assert np.abs(probe.along_axis - probe.severity).max() < 0.01


def test_the_better_layer_is_chosen_and_its_figure_is_of_photos_that_did_not_choose():
    made = features()
    probes = [type_probe(made, layer) for layer in made.layers]
    best = best_layer(probes)
    assert best.layer == "good"
    assert best.share["good"] == 1
    assert best.accuracy["value"] == pytest.approx(probes[0].accuracy["value"], abs=0.02)
    scores = layer_scores(probes[0], displacements(made, "good"))
    assert [one.distortion for one in scores] == ["a", "b", "c"]
    assert min(one.silhouette for one in scores) > 0.9


def test_fishers_ratio_is_the_squared_distance_in_deviations():
    generator = np.random.default_rng(0)
    some, others = generator.normal(size=(20000, 1)), generator.normal(3, 1, size=(20000, 1))
    assert fisher_ratio(some, others) == pytest.approx(9 / 2, rel=0.05)


def test_levels_beyond_what_a_distortion_can_do_are_left_out():
    chains = ladder_chains(("jpeg", "desaturate"), (0.5, 1.0))
    assert chains["jpeg"] == ((("jpeg", 0.5),), (("jpeg", 1.0),))
    assert chains["desaturate"] == ((("desaturate", 0.5),),)


def test_mixtures_are_drawn_by_seed_of_different_distortions():
    names = ("jpeg", "desaturate", "white_noise")
    drawn = mixture_chains("digest", names, of=2, count=20, seed=0)
    assert drawn == mixture_chains("digest", names, of=2, count=20, seed=0)
    assert drawn != mixture_chains("other", names, of=2, count=20, seed=0)
    assert all(len({name for name, _ in chain}) == 2 for chain in drawn)
    assert all(severity <= 0.75 for chain in drawn for _, severity in chain)
