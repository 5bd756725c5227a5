"""Designs by name: recipes and combinations of blocks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blemish.models.quality_cnns.backbones.registry import Backbone
from blemish.models.quality_cnns.design_names import TARGETS, parse_designs
from blemish.models.quality_cnns.recipes import RECIPES, get_design
from blemish.models.quality_cnns.regions import Grid, RandomCrops, SalientCrops, WholeImage
from blemish.models.quality_cnns.targets import AcrClasses, MeanOpinionScore


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
        ("whole/resnet18/features-mean", "must be REGIONS/BACKBONES/AGGREGATION/TARGET"),
        ("half/resnet18/features-mean/svr", "no regions are called 'half'"),
        ("whole/resnet18/features-mean/vote", "no target is called 'vote'"),
        ("whole/resnet18/predictions-mean/svr", "its blocks contradict each other"),
        ("deeprn:vit_b_16", "its layer is known for"),
    ):
        with pytest.raises(ValueError, match=message):
            parse_designs(name)


def test_names_with_commas_are_all_combinations_without_contradictions():
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


SQUARES = st.integers(32, 512)
REGIONS = st.one_of(
    st.just(("whole", WholeImage())),
    st.builds(lambda w, h: (f"whole{w}x{h}", WholeImage((h, w))), SQUARES, SQUARES),
    st.builds(lambda side: (f"grid{side}", Grid(side)), SQUARES),
    st.builds(lambda side, stride: (f"grid{side}by{stride}", Grid(side, stride)), SQUARES, SQUARES),
    st.builds(lambda count, side: (f"random{count}x{side}", RandomCrops(count, side)), st.integers(1, 99), SQUARES),
    st.builds(lambda count, side: (f"salient{count}x{side}", SalientCrops(count, side)), st.integers(1, 99), SQUARES),
)


@given(REGIONS, st.sampled_from(["resnet18", "blemish", "tuned-resnet18"]), st.sampled_from(sorted(TARGETS)))
def test_a_name_is_read_as_the_design_that_keeps_it(regions, backbone, target):
    written, expected = regions
    name = f"{written}/{backbone}/features-mean/{target}"
    (design,) = parse_designs(name)
    assert design.name == name
    assert design.regions == expected
    assert design.target == TARGETS[target]
    assert (design.fine_tuning is not None) == backbone.startswith("tuned-")
    assert all(design.words.values())


@given(st.text(max_size=12).filter(lambda text: "/" not in text and "," not in text))
def test_any_other_word_is_refused_with_the_right_ones(text):
    for name in (
        f"{text}/resnet18/features-mean/svr",
        f"whole/{text}x/features-mean/svr",
        f"whole/resnet18/{text}-/svr",
    ):
        if text in ("whole",):
            continue
        with pytest.raises(ValueError, match=r"no regions|no backbone|must be features|are pooled by"):
            parse_designs(name)
