"""What a part adds, as benchmarks/ablation.py tells it: signed by what is better, paired, and by photo."""

import importlib
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "benchmarks"))
gains = importlib.import_module("gains")
sys.path.pop(0)


def figure(values, photos, *, falls=False):
    return gains.Figure(gains.mean_of(np.asarray(values, dtype=float)), np.asarray(photos), falls=falls)


def test_a_gain_is_positive_where_the_part_helps_whichever_way_the_figure_runs():
    rises = gains.row_of("part", "share", figure([1, 1, 0, 1], range(4)), figure([1, 0, 0, 1], range(4)))
    falls = gains.row_of("part", "error", figure([1, 2], range(2), falls=True), figure([3, 3], range(2), falls=True))
    assert (rises.full, rises.without, rises.gain["value"]) == (0.75, 0.5, 0.25)
    assert (falls.full, falls.without, falls.gain["value"]) == (1.5, 3.0, 1.5)


def test_what_differs_between_photos_alone_widens_no_interval():
    values = np.arange(50) ** 2.0
    row = gains.row_of("part", "figure", figure(values + 1, range(50)), figure(values, range(50)))
    assert row.gain == pytest.approx({"value": 1, "low": 1, "high": 1})


def test_rows_of_one_photo_are_drawn_together():
    helped = np.repeat([1.0, 0.0], 200)
    by_photo = gains.row_of(
        "part", "share", figure(helped, np.repeat([7, 3], 200)), figure(0 * helped, np.repeat([7, 3], 200))
    )
    assert by_photo.photos == 2
    assert (by_photo.gain["low"], by_photo.gain["high"]) == (0, 1)
