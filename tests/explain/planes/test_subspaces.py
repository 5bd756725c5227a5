"""Subspaces, angles, mixtures and signatures of features whose planes are known."""

import numpy as np
import pytest

from blemish.explain.planes.angles import plane_angles, plane_test
from blemish.explain.planes.mixtures import fit_axes, mixture_error
from blemish.explain.planes.reduced_reference import reduced_reference
from blemish.explain.planes.subspaces import Displacements, curvature, displacements, subspace_shape
from blemish.explain.probes.ladder_features import LadderFeatures

SEVERITIES = (0.25, 0.5, 0.75, 1.0)


def ladders_on(paths, *, photos=12, length=40, content=1.0, noise=0.0, seed=0):
    """Photos with random features, each with a ladder along every path; a path is a function of severity to (length,)."""
    generator = np.random.default_rng(seed)
    rows, photo, chains = [], [], []
    for number in range(photos):
        clean = content * generator.normal(size=length)
        for name, severity in [("", 0.0), *((name, severity) for name in paths for severity in SEVERITIES)]:
            moved = paths[name](severity) if name else np.zeros(length)
            rows.append(clean + moved + noise * generator.normal(size=length) * (name != ""))
            photo.append(number)
            chains.append(((name, severity),) if name else ())
    return LadderFeatures({"layer": np.array(rows, dtype=np.float32)}, np.array(photo), tuple(chains))


def unit(length, place):
    """The axis number `place`."""
    return np.eye(length)[place]


def line(place, *, length=40, size=5.0):
    return lambda severity: size * severity * unit(length, place)


def arc(first, second, *, length=40, size=5.0):
    """A quarter of a circle in the plane of two axes, from the origin on."""
    return lambda severity: (
        size
        * (
            np.sin(severity * np.pi / 2) * unit(length, first)
            + (1 - np.cos(severity * np.pi / 2)) * unit(length, second)
        )
    )


def known(ladders: dict[str, np.ndarray]) -> Displacements:
    """Displacements (P, levels, r) that are reduced already, so that no scale bends what is known of them."""
    length = next(iter(ladders.values())).shape[-1]
    severities = tuple(np.array(SEVERITIES) for _ in ladders)
    photos = len(next(iter(ladders.values())))
    clean = np.zeros((photos, length))
    return Displacements(
        tuple(ladders), severities, tuple(ladders.values()), clean, np.zeros(length), np.ones(length), np.eye(length)
    )


def spread(path, *, photos=20, length=10, noise=0.02, seed=0):
    """The ladder along `path` in each photo, longer or shorter, with a little noise."""
    generator = np.random.default_rng(seed)
    levels = np.array([path(severity) for severity in SEVERITIES])
    return generator.uniform(0.7, 1.3, (photos, 1, 1)) * levels + noise * generator.normal(
        size=(photos, len(levels), length)
    )


def test_a_line_is_a_line_and_an_arc_a_plane():
    moved = displacements(ladders_on({"blur": line(0), "noise": arc(1, 2)}), "layer")
    straight, bent = (subspace_shape(moved, name) for name in ("blur", "noise"))
    assert straight.dimensions == 1
    assert straight.explained[0] == pytest.approx(1, abs=1e-3)
    assert straight.straightness == pytest.approx(1, abs=1e-3)
    assert straight.turning == pytest.approx(0, abs=1)
    assert bent.explained[0] < 0.98
    assert bent.explained[1] == pytest.approx(1, abs=1e-3)
    assert bent.plane["value"] == pytest.approx(1, abs=1e-3)


def test_a_quarter_circle_has_the_curvature_of_one():
    angles = np.linspace(0, np.pi / 2, 91)
    straightness, turning = curvature(np.stack([np.sin(angles), 1 - np.cos(angles)], axis=1))
    assert straightness == pytest.approx(np.sqrt(2) / (np.pi / 2), abs=1e-3)
    assert turning == pytest.approx(89, abs=0.1)  # 90° less a step


def test_noise_that_photos_do_not_share_is_held_by_no_plane():
    moved = known(
        {
            "noise": np.random.default_rng(0).normal(size=(40, 4, 10)),
            "blur": spread(line(0, length=10))[:1].repeat(40, 0),
        }
    )
    shape = subspace_shape(moved, "noise")
    assert shape.plane["value"] == pytest.approx(0.2, abs=0.06)  # 2 of 10 dimensions, as chance has it
    assert shape.dimensions >= 9


@pytest.mark.parametrize("degrees", [15, 45, 80])
def test_an_angle_between_planes_is_found(degrees):
    tilted = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))

    def path(severity):
        flat = arc(0, 1, length=10)(severity)
        return np.concatenate([[flat[0]], flat[1] * np.array(tilted), np.zeros(7)])

    angles = plane_angles(known({"a": spread(arc(0, 1, length=10)), "b": spread(path, seed=1)}))
    (pair,) = angles.pairs
    assert pair.largest == pytest.approx(degrees, abs=3)
    assert pair.low <= pair.largest + 0.5
    assert pair.high >= pair.largest - 0.5
    assert pair.distinct
    assert max(angles.same) < 5


def test_one_plane_is_not_told_apart_from_itself():
    ladders = {name: spread(arc(0, 1, length=10), noise=0.3, seed=seed) for seed, name in enumerate("abc")}
    angles = plane_angles(known(ladders))
    assert len(angles.shared) == 3
    assert angles.testable(10)  # 3 pairs: the smallest p of 10 photos, 1 / 1024, is small enough for all
    assert not angles.testable(5)
    assert len(angles.clustered) == 3
    assert angles.matrix.shape == (3, 3)
    assert np.allclose(angles.matrix, angles.matrix.T)


def test_a_test_of_what_is_the_same_is_significant_as_seldom_as_it_says():
    generator = np.random.default_rng(0)
    p = [plane_test(*(generator.uniform(size=(2, 12, 2)))) for _ in range(400)]
    assert np.mean(np.array(p) < 0.05) == pytest.approx(0.05, abs=0.03)


@pytest.mark.parametrize("with_reference", [True, False])
def test_a_mixture_of_axes_is_resolved(with_reference):
    content = 0.5
    paths = {"blur": line(0), "noise": line(1), "jpeg": line(2), "haze": line(3)}
    moved = displacements(ladders_on(paths, photos=40, content=content, noise=0.05), "layer")
    axes = fit_axes(moved)
    clean = content * np.random.default_rng(7).normal(size=40)
    chain = (("blur", 0.6), ("jpeg", 0.3))
    mixed = clean + sum(paths[name](severity) for name, severity in chain)
    mixtures = LadderFeatures({"layer": np.array([clean, mixed])}, np.zeros(2, dtype=int), ((), chain))
    error = mixture_error(moved, axes, mixtures, "layer", with_reference=with_reference)
    if with_reference:
        assert error.found["value"] == 1
        assert error.absolute_error["value"] < 0.03
    assert error.of == 2
    assert error.chance == 0.5
    assert error.absolute_error["value"] < 0.3


def test_mixtures_of_several_sizes_are_refused():
    moved = displacements(ladders_on({"blur": line(0), "noise": line(1)}), "layer")
    chains = ((), (("blur", 0.5),), (("blur", 0.5), ("noise", 0.5)))
    mixtures = LadderFeatures({"layer": np.zeros((3, 40))}, np.zeros(3, dtype=int), chains)
    with pytest.raises(ValueError, match=r"mixtures are of \[1, 2\] distortions"):
        mixture_error(moved, fit_axes(moved), mixtures, "layer", with_reference=True)


def test_distance_from_a_signature_ranks_severity():
    moved = displacements(ladders_on({"blur": line(0), "noise": line(1)}), "layer")
    quality = reduced_reference(moved)
    assert quality.overall["value"] > 0.96  # levels of one severity are ranked among themselves by chance
    assert min(quality.by_distortion.values()) > 0.96
    shuffled = displacements(ladders_on({"blur": lambda _: np.ones(40), "noise": lambda _: -np.ones(40)}), "layer")
    assert abs(reduced_reference(shuffled).overall["value"]) < 0.6


def test_one_photo_is_refused():
    with pytest.raises(ValueError, match="there is only 1 photo"):
        displacements(ladders_on({"blur": line(0), "noise": line(1)}, photos=1), "layer")
