"""The figure of an attribution: signed, centred on zero, with its scale drawn."""

import json

import numpy as np
import pytest

from blemish.explain.attribution import Attribution, Target
from blemish.reports.attribution.figure import attribution_figure, write_attribution
from blemish.synth_distort import as_photo, read_photo


def of(values, *, sign=1, families=None):
    return Attribution(
        target=Target("mos", "points", sign),
        method="integrated_gradients",
        baseline="mean cells of good photos",
        settings={"steps": 20},
        values=values,
        height=192,
        width=192,
        unit="points",
        prediction=40.0,
        baseline_prediction=60.0,
        families=families or {},
    )


@pytest.fixture
def values():
    found = np.full((6, 6), -0.5)
    found[0, 0] = -2.5
    return found


def test_the_scale_is_centred_on_zero_and_never_stretched(small, values):
    figure = attribution_figure(of(values, sign=-1), as_photo(small))
    layer = figure.axes[1].images[-1]
    assert layer.get_clim() == (-2.5, 2.5)
    (scale,) = figure.axes[1].child_axes
    assert scale.get_xlabel().startswith("points in each square of 32 px")


def test_what_is_finer_than_squares_is_summed_in_them(small, values):
    spread = of(np.kron(values, np.full((32, 32), 1 / 1024)), sign=-1)
    assert spread.values.shape == (192, 192)
    assert spread.in_squares(32).values == pytest.approx(values)
    assert spread.in_squares(50).values.sum() == pytest.approx(values.sum())
    assert attribution_figure(spread, as_photo(small)).axes[1].images[-1].get_clim() == pytest.approx((-2.5, 2.5))


def test_damage_has_one_colour_whichever_way_the_target_counts_it(small, values):
    lower_is_worse = attribution_figure(of(values, sign=-1), as_photo(small)).axes[1].images[-1]
    higher_is_worse = attribution_figure(of(-values, sign=1), as_photo(small)).axes[1].images[-1]
    assert lower_is_worse.to_rgba(np.array(-2.5)) == pytest.approx(higher_is_worse.to_rgba(np.array(2.5)))


def test_a_map_of_next_to_nothing_is_pale_and_says_so(small, values):
    def drawn(values):
        figure = attribution_figure(of(values, sign=-1), as_photo(small))
        return float(np.max(np.asarray(figure.axes[1].images[-1].get_alpha()))), figure.get_suptitle()

    opacity, title = drawn(values)
    assert opacity == pytest.approx(0.9)
    assert "next to nothing" not in title
    opacity, title = drawn(values / 100)
    assert opacity < 0.3
    assert "next to nothing to attribute" in title


def test_the_file_holds_the_numbers_beside_the_picture(small, values, tmp_path):
    attribution = of(values, families={"noise residual": -19.0, "tone and colour": -1.0})
    path = write_attribution(attribution, as_photo(small), tmp_path / "map.png")
    assert read_photo(path).width > 600
    content = json.loads(path.with_suffix(".json").read_text())
    assert content["difference"] == -20
    assert content["completeness_error"] == pytest.approx(0)
    assert content["values"][0][0] == -2.5
    assert content["families"] == {"noise residual": -19.0, "tone and colour": -1.0}
