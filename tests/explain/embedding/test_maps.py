"""Maps: the same whatever the order, and new photos on the same spot however they come."""

import numpy as np
import pytest

from blemish.explain.embedding import maps as maps_module
from blemish.explain.embedding.maps import METHODS, NEIGHBOURS, FeatureMap, fit_map, neighbours_place, umap_places
from blemish.explain.embedding.stability import shared_neighbours, stability


@pytest.fixture(scope="module")
def clusters():
    """Three groups of 40 rows (120, 24), and their labels."""
    generator = np.random.default_rng(0)
    centres = 4 * generator.normal(size=(3, 24))
    labels = np.repeat(["a", "b", "c"], 40)
    return np.repeat(centres, 40, axis=0) + generator.normal(size=(120, 24)), labels


@pytest.fixture(scope="module")
def maps(clusters):
    rows, labels = clusters
    return {method: fit_map(rows, method, labels=labels if method == "lda" else None) for method in METHODS}


@pytest.mark.parametrize("method", METHODS)
def test_the_order_of_rows_changes_no_place(method, clusters, maps):
    rows, labels = clusters
    order = np.random.default_rng(1).permutation(len(rows))
    again = fit_map(rows[order], method, labels=labels[order] if method == "lda" else None)
    places, others = maps[method].place(rows), again.place(rows)
    assert np.abs(places - others).max() <= 1e-6 * np.ptp(places)


@pytest.mark.parametrize("method", METHODS)
def test_one_by_one_or_all_at_once_is_the_same(method, clusters, maps):
    new = clusters[0][:7] + 0.3 * np.random.default_rng(2).normal(size=(7, 24))
    one_by_one = np.concatenate([maps[method].place(row[None]) for row in new])
    assert np.array_equal(one_by_one, maps[method].place(new))
    assert one_by_one.shape == (7, 3)


@pytest.mark.parametrize("method", METHODS)
def test_groups_stay_groups(method, clusters, maps):
    rows, labels = clusters
    places = maps[method].place(rows)
    centres = np.stack([places[labels == name].mean(0) for name in "abc"])
    nearest = np.linalg.norm(places[:, None] - centres, axis=-1).argmin(1)
    assert (np.array(list("abc"))[nearest] == labels).mean() > 0.95


def test_a_row_that_umap_was_fitted_to_lies_where_umap_put_it(clusters, maps):
    fitted = maps["umap"]
    order = np.lexsort(fitted.places.T)
    placed = fitted.place(clusters[0])
    assert np.allclose(fitted.places[order], placed[np.lexsort(placed.T)], atol=1e-5)


def test_places_follow_rows_without_a_jump(maps):
    fitted: FeatureMap = maps["umap"]
    start, end = fitted.anchors[0], fitted.anchors[60]
    path = [
        neighbours_place(start + (end - start) * t, fitted.anchors, fitted.places) for t in np.linspace(0, 0.01, 50)
    ]
    steps = np.linalg.norm(np.diff(path, axis=0), axis=1)
    assert steps.max() < 0.02 * np.ptp(fitted.places)


def test_a_stable_map_is_told_from_a_random_one(clusters, maps):
    photo = np.arange(len(clusters[0])) % 20
    measured = stability(maps["umap"], photo)
    assert measured.index > 2 * measured.chance
    assert measured.chance == pytest.approx(NEIGHBOURS / 119, abs=1e-3)
    generator = np.random.default_rng(0)
    assert shared_neighbours(*generator.normal(size=(2, 300, 3))) < 0.15
    same = generator.normal(size=(100, 3))
    assert shared_neighbours(same, same @ np.linalg.qr(generator.normal(size=(3, 3)))[0]) == 1


def test_what_cannot_be_mapped_is_said(clusters):
    rows, _ = clusters
    with pytest.raises(ValueError, match="no map is called 'tsne'; there are pca, lda, umap"):
        fit_map(rows, "tsne")
    with pytest.raises(ValueError, match="LDA needs labels of at least 2 kinds"):
        fit_map(rows, "lda", labels=np.zeros(len(rows)))
    with pytest.raises(ValueError, match="a map needs 6 images; there are 2"):
        fit_map(rows[:2], "pca")
    with pytest.raises(ValueError, match="pca has no seeds"):
        stability(fit_map(rows, "pca"), np.arange(len(rows)))


def test_the_next_run_takes_umaps_places_from_the_cache(clusters, tmp_path, monkeypatch):
    rows = clusters[0][::4]
    first = umap_places(rows, 0, cache=tmp_path)
    monkeypatch.setattr(maps_module, "_fitted_places", lambda rows, seed: np.full((len(rows), 3), seed))
    assert np.array_equal(umap_places(rows, 0, cache=tmp_path), first)
    assert (umap_places(rows, 1, cache=tmp_path) == 1).all()  # another seed is another map
    assert (umap_places(rows + 1e-6, 0, cache=tmp_path) == 0).all()  # and so are other rows
