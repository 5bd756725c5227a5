"""Comparing designs, and studying regions, on a handful of rated photos."""

import dataclasses
import json

import numpy as np
import pytest
from PIL import Image

from blemish.models.quality_cnns import comparison, region_study
from blemish.models.quality_cnns.comparison import compare
from blemish.models.quality_cnns.design_names import parse_designs
from blemish.models.quality_cnns.region_study import study_regions
from blemish.reports.comparison_files import write_comparison, write_region_study


@pytest.fixture(scope="module")
def compared(rated, workshop):
    designs = parse_designs("whole/blemish/features-mean/svr,mos")
    other = dataclasses.replace(rated, name="other", photos=rated.photos[:-1])
    return compare(designs, [rated, other], workshop, splits=2, frozen=True)


def test_designs_are_compared_within_and_across_data_sets(compared):
    rows = [(row.trained_on, row.tried_on, len(row.splits), row.splits[0].photos) for row in compared.rows]
    assert set(rows) == {
        ("csv", "csv", 2, 6),
        ("other", "other", 2, 6),
        ("csv", "other", 1, 29),
        ("other", "csv", 1, 30),
    }
    assert len(rows) == 8
    for first, second in zip(compared.rows[::2], compared.rows[1::2], strict=True):
        assert first.median("srocc") >= second.median("srocc")
        best = {"srocc": first, "rmse": min(first, second, key=lambda row: row.median("rmse"))}
        assert not any(compared.differs_from_best(row)[figure] for figure, row in best.items())
    across = next(row for row in compared.rows if (row.trained_on, row.tried_on) == ("csv", "other"))
    assert across.median("srocc") > 0.9


def test_a_second_run_extracts_and_fits_nothing(compared, rated, workshop, monkeypatch):
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("it was fitted before")

    monkeypatch.setattr(comparison, "fit_design", refuse)
    designs = parse_designs("whole/blemish/features-mean/svr,mos")
    again = compare(designs, [rated], workshop, splits=2, frozen=True)
    assert [row.splits for row in again.rows] == [
        row.splits for row in compared.rows if row.tried_on == row.trained_on == "csv"
    ]


def test_a_comparison_is_written_as_numbers_and_as_a_table(compared, tmp_path):
    table = write_comparison(compared, tmp_path).read_text()
    assert "### csv: 2 random splits, 6 photos tried in each" in table
    assert "### fitted to csv, tried on other (29 photos)" in table
    assert table.count("| whole photo | blemish | feature pooling, mean | SVR |") == 4
    rows = json.loads((tmp_path / "comparison.json").read_text())["rows"]
    assert len(rows) == 8
    assert {"srocc", "krocc", "plcc", "plcc_fitted", "rmse", "srocc_interval", "differs_from_best"} <= set(rows[0])


def test_regions_are_studied_with_every_pooling(rated, workshop, tmp_path):
    study = study_regions("blemish", rated, workshop, side=128, splits=2, counts=(1, 3))
    assert set(study.curves) == {pooling.words for pooling in region_study.POOLINGS}
    assert all(values.shape == (2, 2) for values in study.curves.values())
    one_crop = [values[0] for values in study.curves.values()]
    assert all(np.allclose(values, one_crop[0], atol=1e-6) for values in one_crop)  # nothing is pooled of one crop
    picture = write_region_study(study, tmp_path)
    with Image.open(picture) as drawn:
        assert drawn.width > 500
    assert json.loads(picture.with_suffix(".json").read_text())["counts"] == [1, 3]
