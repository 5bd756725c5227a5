"""The embedded model as a function of cells: the same predictions, and good cells that are what they are called."""

import dataclasses
import itertools

import pytest
import torch

from blemish.explain.attribution.embedded.cells import CellGraph, cells_of, family_slices
from blemish.explain.attribution.embedded.good_cells import load_good_cells, measure_good_cells
from blemish.explain.attribution.targets import parse_target
from blemish.models.distortion_model.files import load_model
from blemish.synth_distort import distort


@pytest.fixture(scope="module")
def model():
    return load_model()


def graph_of(model, photo, target="overall_severity"):
    moments = sum(part.moments for part in model.network.statistics.statistics.parts)
    return CellGraph(model, parse_target(target, model.distortions), load_good_cells(moments), photo).eval()


@pytest.fixture(scope="module")
def graph(model):
    torch.manual_seed(0)
    return graph_of(model, cells_of(torch.rand(3, 160, 160), model))


def test_predictions_from_cells_are_those_of_the_model(model, small):
    image = distort(small, "jpeg", 0.7)
    expected, photo = model.predict(image), cells_of(image, model)
    graph = graph_of(model, photo)
    with torch.no_grad():
        predictions = graph.predictions(photo.cells, graph.viewed(photo.view))
    assert float(predictions.overall_severity) == pytest.approx(expected.overall_severity.value, abs=1e-3)
    assert torch.allclose(predictions.severity[0], expected.severity, atol=1e-3)
    assert torch.allclose(predictions.probability[0], expected.probability, atol=1e-3)


def test_cells_are_standardized_and_back(graph, model, small):
    cells = cells_of(small, model).cells
    assert torch.allclose(graph.good.cells(graph.good.standardized(cells)), cells, atol=1e-4)


def test_good_cells_are_the_mean_of_photos_each_counting_the_same():
    photos = [torch.rand(1, 5, 2, 3), torch.rand(1, 5, 4, 4) - 0.5]
    good = measure_good_cells(photos)
    assert torch.allclose(good.mean, (photos[0].mean((0, 2, 3)) + photos[1].mean((0, 2, 3))) / 2)
    assert bool((good.lowest == -torch.inf).all())
    assert bool((measure_good_cells(photos[:1]).lowest == 0).all())


def test_good_cells_of_other_filters_are_refused():
    with pytest.raises(ValueError, match="attribution-baseline"):
        load_good_cells(7)


def test_families_cover_all_moments_once(model):
    slices = list(family_slices(model.network.statistics.statistics).values())
    assert slices[0].start == 0
    assert all(one.stop == other.start for one, other in itertools.pairwise(slices))
    assert slices[-1].stop == sum(part.moments for part in model.network.statistics.statistics.parts)


def test_a_severity_as_viewed_stays_so_on_the_way_to_the_baseline(model, small):
    """Where the photo's kinds are all seen only as viewed, cells change no severity; where none is, they do."""
    photo = cells_of(distort(small, "gaussian_blur", 0.7), model)
    good = load_good_cells(photo.cells.shape[1])
    baseline = good.cells(torch.zeros_like(photo.cells))
    never, always = (0.0, 0.0, 0.0, -9.0), (0.0, 0.0, 0.0, 9.0)
    for by_pixels, as_viewed, is_held in ((never, always, True), (always, always, False)):
        calibration = dataclasses.replace(model.calibration, pixels=(by_pixels,) * 10, viewed=(as_viewed,) * 10)
        graph = graph_of(dataclasses.replace(model, calibration=calibration), photo)
        with torch.no_grad():
            viewed = graph.viewed(photo.view)
            severities = [graph.predictions(cells, viewed).severity[0] for cells in (photo.cells, baseline)]
        assert torch.equal(*severities) is is_held
        assert (float(severities[1].std()) < 1e-6) is is_held  # all that is lost as viewed, of every distortion
