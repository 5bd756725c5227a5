"""Systems: opinions, predictions, aggregation, heads, and all published recipes trained and asked on small photos."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.stats
import skimage.data
import torch
from PIL import Image
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVR

from blemish.models.data_sets import parse_data
from blemish.models.distortion_model.files import WeightsError
from blemish.models.metrics.agreement import srocc
from blemish.models.quality_cnns.aggregation import OF_FEATURES, OF_PREDICTIONS, Aggregation
from blemish.models.quality_cnns.backbones.registry import Backbone
from blemish.models.quality_cnns.features import PhotoFeatures, extract
from blemish.models.quality_cnns.files import load_quality_model, save_cnn
from blemish.models.quality_cnns.heads import fit_support_vectors, region_weights, weighted_outputs
from blemish.models.quality_cnns.design import Design
from blemish.models.quality_cnns.model import QualityCnn, fit_head
from blemish.models.quality_cnns.names import parse_designs
from blemish.models.quality_cnns.recipes import RECIPES, get_design
from blemish.models.quality_cnns.regions import Grid, RandomCrops, WholeImage
from blemish.models.quality_cnns.targets import AcrClasses, MeanOpinionScore, Rated, ScoreDistribution, SupportVectors
from blemish.models.quality_cnns.training import Workshop, fit_design, train_design
from blemish.models.score import PredictedRatings, word_masses, words_of
from blemish.synth_distort import PhotoError, as_photo


@pytest.fixture(scope="module")
def rated(tmp_path_factory):
    """Twenty-six details of a photo, brighter ones rated higher, with spreads."""
    folder = tmp_path_factory.mktemp("rated")
    photo = skimage.data.coffee()[:300, :400].astype(float)
    rows = ["file,mos,spread"]
    for number in range(26):
        left = 6 * number
        detail = photo[:240, left : left + 240] * (0.3 + 0.027 * number)
        Image.fromarray(detail.astype(np.uint8)).save(folder / f"{number}.png")
        rows.append(f"{number}.png,{10 + 3 * number},{10 + number % 5}")
    (folder / "mos.csv").write_text("\n".join(rows) + "\n")
    return parse_data(str(folder))


# Opinions and predictions


def test_a_distribution_keeps_its_mean_and_its_spread():
    acr = torch.tensor([[0.0, 0.0, 1.0, 0.0, 0.0], [0.5, 0.0, 0.0, 0.0, 0.5]])
    predicted_ratings = PredictedRatings.from_probabilities(acr)
    assert predicted_ratings.score.tolist() == [50, 50]
    inside = 20 / 12**0.5  # of a uniform word
    assert predicted_ratings.spread.tolist() == pytest.approx([inside, (40**2 + inside**2) ** 0.5])


def test_the_mass_of_a_word_is_scipys():
    masses = word_masses(torch.tensor([35.0, 90.0]), torch.tensor([12.0, 20.0]))
    for row, (mean, spread) in zip(masses, ((35, 12), (90, 20)), strict=True):
        inner = scipy.stats.norm(mean, spread).cdf([20, 40, 60, 80])
        assert row.tolist() == pytest.approx(np.diff([0, *inner, 1]), abs=1e-5)


def test_scores_become_words_and_scores_again():
    scores = torch.linspace(20, 80, 13)
    assert words_of(torch.tensor([0.0, 19.9, 20.0, 99.0, 100.0])).tolist() == [0, 0, 1, 4, 4]
    back = PredictedRatings.from_probabilities(PredictedRatings.from_score(scores, torch.full((13,), 12.0)).acr).score
    assert (back - scores).abs().max() < 2


def test_a_mixture_is_as_uncertain_as_its_parts_and_their_quarrel():
    mixed = PredictedRatings.from_score(torch.tensor([20.0, 80.0]), torch.tensor([3.0, 4.0])).mixed(
        torch.tensor([1.0, 3.0])
    )
    assert mixed.score.tolist() == [65]
    assert float(mixed.spread) == pytest.approx((0.25 * (9 + 45**2) + 0.75 * (16 + 15**2)) ** 0.5)
    assert float(mixed.acr.sum()) == pytest.approx(1)


@pytest.mark.parametrize("target", [AcrClasses(), ScoreDistribution(), MeanOpinionScore()])
def test_what_costs_least_is_the_truth(target):
    truth = Rated(torch.tensor([30.0]), torch.tensor([10.0]))
    outputs = torch.zeros(1, target.outputs, requires_grad=True)
    optimizer = torch.optim.Adam([outputs], lr=0.05)
    for _ in range(800):
        optimizer.zero_grad()
        target.loss(outputs, truth).backward()
        optimizer.step()
    assert float(target.read(outputs.detach(), 10.0).score) == pytest.approx(30, abs=1)


def test_the_loss_of_a_distribution_is_hubers():
    outputs, bend = torch.tensor([[2.0, 0.0, 0.0, 0.0, 0.0]]), 1 / 9
    difference = outputs.softmax(1)[0] - word_masses(torch.tensor([70.0]), torch.tensor([5.0]))[0]
    each = [d**2 / 2 / bend if abs(d) <= bend else abs(d) - bend / 2 for d in difference.tolist()]
    loss = float(ScoreDistribution().loss(outputs, Rated(torch.tensor([70.0]), torch.tensor([5.0]))))
    assert loss == pytest.approx(sum(each), rel=1e-5)


# Aggregation and heads


@pytest.fixture
def regions(generator):
    return PhotoFeatures(
        torch.tensor(generator.random((4, 3)), dtype=torch.float32), torch.tensor([0.4, 0.4, 0.4, 2.8])
    )


def test_features_are_pooled_or_stand_in_a_row(regions):
    values = regions.regions.numpy()
    for by, reference in (("min", values.min(0)), ("mean", values.mean(0)), ("max", values.max(0))):
        (row,) = Aggregation("features", by).rows(regions)
        assert row.numpy() == pytest.approx(reference)
    assert Aggregation("features", "concatenation").rows(regions)[0].numpy() == pytest.approx(values.flatten())


def test_predictions_are_weighted(regions):
    scores = torch.tensor([50.0, 20.0, 80.0, 60.0])

    def mixed(by: str) -> float:
        aggregation = Aggregation("predictions", by)
        assert len(aggregation.rows(regions)) == 4
        weights = aggregation.weights(scores, regions.saliency)
        return float(PredictedRatings.from_score(scores, torch.ones(4)).mixed(weights).score)

    assert [mixed(by) for by in ("min", "mean", "max")] == [20, 52.5, 80]
    assert mixed("saliency") == pytest.approx((0.4 * 150 + 2.8 * 60) / 4, rel=1e-5)


def test_learned_weights_are_of_regions_of_one_photo():
    outputs = torch.tensor([[10.0, 0.0], [20.0, 1.0], [7.0, -2.0]])
    pooled = weighted_outputs(outputs, torch.tensor([0, 0, 1]), 2)
    first, second, _ = region_weights(outputs)
    assert pooled[:, 0].tolist() == pytest.approx([float((10 * first + 20 * second) / (first + second)), 7])
    assert float(second) > float(first)


def test_aggregations_that_do_not_exist_are_refused():
    for of, by in (("features", "saliency"), ("predictions", "concatenation"), ("votes", "mean")):
        with pytest.raises(ValueError, match=r"must be features or predictions|are brought together by"):
            Aggregation(of, by)
    with pytest.raises(ValueError, match="support vectors learn no weights"):
        Design("x", "x", "x", WholeImage(), (), Aggregation("predictions", "learned"), SupportVectors())
    assert len(OF_FEATURES) == 4
    assert len(OF_PREDICTIONS) == 5


def test_the_support_vector_head_gives_what_scikit_learn_gives(generator):
    rows = generator.random((120, 30)).astype(np.float32)
    scores = (100 * rows[:, :3].mean(1) + generator.normal(0, 3, 120)).astype(np.float32)
    target = SupportVectors()
    head = fit_support_vectors(target, torch.from_numpy(rows), torch.from_numpy(scores), seed=0)
    scaler = StandardScaler().fit(rows)
    mean, scale = scores.mean(), scores.std()
    gamma: Any = target.width / 30
    reference = SVR(C=target.cost, epsilon=target.tube, gamma=gamma).fit(
        scaler.transform(rows), (scores - mean) / scale
    )
    new = generator.random((50, 30)).astype(np.float32)
    expected = reference.predict(scaler.transform(new)) * scale + mean
    with torch.inference_mode():
        assert head(torch.from_numpy(new))[:, 0].numpy() == pytest.approx(expected, abs=0.02)


@pytest.mark.parametrize("target", ["svr", "mos", "classes", "distribution"])
@pytest.mark.parametrize("aggregation", ["features-mean", "predictions-mean", "predictions-learned"])
def test_a_head_learns_what_the_features_hold(target, aggregation, generator):
    if target == "svr" and aggregation == "predictions-learned":
        pytest.skip("support vectors learn no weights")
    (design,) = parse_designs(f"random5x64/blemish/{aggregation}/{target}")
    truth = torch.linspace(5, 95, 80)
    photos = [
        PhotoFeatures(torch.tensor(generator.normal(0, 0.4, (5, 8)), dtype=torch.float32) + score / 50, torch.ones(5))
        for score in truth
    ]
    fitted_head = fit_head(design, photos, Rated(truth, torch.full((80,), 10.0)), seed=0)
    assert srocc(fitted_head.scores(photos), truth) > 0.95


# Whole systems


@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_describes_its_four_choices(name):
    design = get_design(name)
    assert design.name.startswith(name)
    assert set(design.words) == {"regions", "backbone", "aggregation", "target"}
    assert design.source
    assert get_design(f"{name}:squeezenet1_1").backbones[0].name == "squeezenet1_1"


def test_what_is_no_design_is_named():
    for name, message in (
        ("deepqa", "no recipe is called 'deepqa'"),
        ("deepbiq:lenet", "no backbone is called 'lenet'"),
        ("whole/resnet18/features-mean", "must be REGIONS/BACKBONES/AGGREGATION/ANSWER"),
        ("half/resnet18/features-mean/svr", "no regions are called 'half'"),
        ("whole/resnet18/features-mean/vote", "no prediction is called 'vote'"),
        ("whole/resnet18/predictions-mean/svr", "stands for no system that makes sense"),
        ("deeprn:vit_b_16", "its layer is known for"),
    ):
        with pytest.raises(ValueError, match=message):
            parse_designs(name)


def test_names_with_commas_are_all_combinations_that_make_sense():
    designs = parse_designs(
        "whole,random3x224/resnet18,resnet18@layer3^+blemish/features-mean,predictions-mean/svr,mos"
    )
    assert len(designs) == 2 * 2 + 2 * 2 * 2
    assert designs[-1].backbones == (Backbone("resnet18", ("layer3",), "pyramid"), Backbone("blemish"))


def test_a_tuned_backbone_is_taught_the_target_of_its_head_or_the_score():
    targets = {"svr": MeanOpinionScore(), "classes": AcrClasses()}
    for design in parse_designs("random2x96/tuned-squeezenet1_1/features-mean/svr,classes"):
        assert design.fine_tuning is not None
        assert design.fine_tuning.target == targets[design.name.rpartition("/")[2]]
        assert design.fine_tuning.regions == design.regions == RandomCrops(2, 96)
        assert design.words["backbone"] == "squeezenet1_1 (fine-tuned)"


TINY = {  # the published backbones take minutes on two cores; their own test builds them
    "deepbiq:squeezenet1_1": {"regions": RandomCrops(3, 96)},
    "deeprn:resnet18": {},
    "koncept512:squeezenet1_1": {"regions": WholeImage(resized_to=(96, 128))},
    "content-and-damage:squeezenet1_1": {},
}


@pytest.mark.parametrize("name", TINY)
def test_every_recipe_trains_saves_and_targets(name, rated, tmp_path):
    pytest.importorskip("lightning")
    design = replace(get_design(name), **TINY[name])
    if design.fine_tuning:
        plan = replace(design.fine_tuning, epochs=1, hidden=design.fine_tuning.hidden and (16,))
        regions = RandomCrops(2, 96) if isinstance(plan.regions, RandomCrops) else design.regions
        design = replace(design, fine_tuning=replace(plan, regions=regions))
    model = train_design(design, rated, Workshop(tmp_path, None, 1, 0))
    save_cnn(model, tmp_path / "model.safetensors")
    loaded = load_quality_model(tmp_path / "model.safetensors")
    assert isinstance(loaded, QualityCnn)
    image = as_photo(rated.photos[3].path).image
    score = model.score(image)
    assert 0 <= score.interval[0] <= score.value <= score.interval[1] <= 100
    assert sum(score.acr.values()) == pytest.approx(1, abs=1e-4)
    assert loaded.score(image).value == pytest.approx(score.value, abs=1e-3)
    assert loaded.record["left_out"]["photos"] == (6 if design.fine_tuning else 26)
    if not design.fine_tuning:
        assert loaded.record["left_out"]["srocc"] > 0.7


@pytest.mark.parametrize("name", ["deepbiq", "deepbiq:vgg16", "koncept512"])
def test_published_backbones_target_with_random_weights(name, rated, tmp_path):
    pytest.importorskip("timm")
    design = replace(get_design(name), fine_tuning=None)
    if isinstance(design.regions, RandomCrops):
        design = replace(design, regions=replace(design.regions, count=1))
    else:
        design = replace(design, regions=WholeImage(resized_to=(96, 128)))
    photos = rated.photos[::8]
    fitted = fit_design(design, photos, np.arange(4), Workshop(tmp_path, None, 1, 0))
    assert 0 <= float(fitted.fitted_head.scores(fitted.features[:1])) <= 100


def test_a_distribution_needs_spreads(rated, tmp_path):
    photos = [replace(photo, spread=None) for photo in rated.photos]
    design = replace(get_design("deeprn:resnet18"), fine_tuning=None)
    with pytest.raises(ValueError, match="learns how people's scores spread; the data set has means alone"):
        fit_design(design, photos, np.arange(26), Workshop(tmp_path, None, 1, 0))


def test_too_few_photos_are_refused_before_anything_is_trained(rated, tmp_path):
    few = replace(rated, photos=rated.photos[:24])
    with pytest.raises(ValueError, match="csv has 24 rated photos; training needs 25 at least"):
        train_design(get_design("deepbiq"), few, Workshop(tmp_path, None, 1, 0))


def test_a_file_that_is_no_model_is_named(tmp_path):
    with pytest.raises(WeightsError, match=r"none.safetensors: there is no such file"):
        load_quality_model(tmp_path / "none.safetensors")
    (tmp_path / "a.json").write_text('{"system": {}}')
    with pytest.raises(WeightsError, match=r"a.safetensors: there is no such file"):
        load_quality_model(tmp_path / "a.safetensors")
    (tmp_path / "a.safetensors").write_bytes(b"12345678")
    with pytest.raises(WeightsError, match=r"a.safetensors: is not a quality CNN of this version"):
        load_quality_model(tmp_path / "a.safetensors")


# The cache of features


def test_features_are_extracted_once_and_bad_photos_are_named(rated, tmp_path, monkeypatch):
    settings = {"weights": None, "folder": tmp_path / "features", "workers": 1}
    backbone, grid = Backbone("blemish"), Grid(120)
    paths = [photo.path for photo in rated.photos[:3]]
    (tmp_path / "text.png").write_text("no photo")
    Image.fromarray(np.zeros((64, 64, 3), np.uint8)).save(tmp_path / "small.png")
    with pytest.raises(PhotoError, match=r"text.png|small.png") as caught:
        extract([tmp_path / "text.png", *paths, tmp_path / "small.png"], backbone, grid, **settings)
    assert "and 1 other" in str(caught.value)

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("it was extracted before")

    monkeypatch.setattr("blemish.models.quality_cnns.features.in_processes", refuse)
    features = extract(paths, backbone, grid, **settings)
    assert [len(photo.regions) for photo in features] == [4, 4, 4]
    (folder,) = (tmp_path / "features").iterdir()
    assert json.loads((folder / "record.json").read_text())["regions"] == "Grid(side=120, stride=None)"
    copy = Path(tmp_path / "renamed.png")
    copy.write_bytes(paths[0].read_bytes())
    assert torch.equal(extract([copy], backbone, grid, **settings)[0].regions, features[0].regions)
    with pytest.raises(AssertionError, match="extracted before"):
        extract(paths, backbone, Grid(110), **settings)
