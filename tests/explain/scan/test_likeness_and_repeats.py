"""What makes photos repeats of each other, and one of them the best."""

import io

import cv2
import numpy as np
import pytest
from PIL import Image

from blemish.explain.scan.collection import Scan
from blemish.explain.scan.compare import compare_sets
from blemish.explain.scan.exports import issues, to_fiftyone
from blemish.explain.scan.likeness import distances, perceptual_hash
from blemish.explain.scan.repeats import repeats
from blemish.explain.scan.table import table_of
from blemish.synth_distort.photo import to_uint8


def bits(first: str, second: str) -> int:
    return int(distances(np.array([int(first, 16)], np.uint64), np.array([int(second, 16)], np.uint64))[0, 0])


def test_a_hash_survives_saving_and_shrinking_and_tells_photos_apart(coffee, cat):
    pixels = to_uint8(coffee)
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "JPEG", quality=30)
    saved = np.array(Image.open(stream))
    small = cv2.resize(pixels, None, fx=0.4, fy=0.4, interpolation=cv2.INTER_AREA)
    own, again, reduced, other = (
        perceptual_hash(cv2.cvtColor(one, cv2.COLOR_RGB2GRAY)) for one in (pixels, saved, small, to_uint8(cat))
    )
    assert bits(own, again) <= 4
    assert bits(own, reduced) <= 4
    assert bits(own, other) >= 20


def row(path: str, **figures) -> dict:
    blank = {
        "path": path,
        "sha256": path,
        "error": None,
        "mos": 50.0,
        "overall_severity": 0.3,
        "opinion_unaware_score": 70.0,
        "findings": [],
        "width": 640,
        "height": 480,
        "is_photograph": True,
        "edge_width_sharpest": 1.0,
        "noise_luma": 1.0,
        "mean_luma": 127.0,
        "mean_color": [0.5, 0.5, 0.5],
        "hash": "00000000000000ff",
    }
    return {**blank, **figures}


def test_the_best_of_a_burst_is_sharp_and_not_noisy():
    times = [f"2024-05-01T12:00:0{second}" for second in range(3)]
    rows = [
        row("soft.jpg", mos=57.0, edge_width_sharpest=1.6, taken=times[0]),
        row("sharp.jpg", mos=60.0, taken=times[1], hash="0000000000000fff"),
        row("noisy.jpg", mos=45.0, edge_width_sharpest=0.8, noise_luma=4.0, taken=times[2]),
        row("other.jpg", hash="ffffffff00000000"),
        row("other colour.jpg", mean_color=[0.9, 0.2, 0.2]),
    ]
    (group,) = repeats(rows)
    assert (group.kind, group.best) == ("burst", "sharp.jpg")
    assert dict(group.others) == {
        "soft.jpg": "score 57, edges 1.6 times as wide",
        "noisy.jpg": "score 45, 4.0 times the noise",
    }
    assert group.because == "the sharpest of the 2 of 3 within 5 points of the best score, score 60"


def test_the_same_file_twice_is_said_to_be():
    rows = [row("a.jpg", sha256="x"), row("b.jpg", sha256="x"), row("c.jpg", hash="f0f0f0f0f0f0f0f0")]
    (group,) = repeats(rows)
    assert group.because == "the 2 files are the same, byte for byte"
    assert [why for _, why in group.others] == ["the same file"]
    assert repeats([]) == ()


def found(name: str, severity: float = 0.5) -> dict:
    return {"name": name, "family": "noise", "probability": 0.9, "severity": severity, "area": 1.0}


def test_a_finding_that_rose_is_told_from_one_that_did_not(generator):
    names = [f"{index}.jpg" for index in range(60)]
    before = [
        row(name, mos=float(mos), findings=[found("jpeg")])
        for name, mos in zip(names, generator.uniform(40, 80, 60), strict=True)
    ]
    after = [
        {
            **one,
            "mos": one["mos"] - 5 + 2 * generator.normal(),
            "findings": [found("jpeg"), *([found("white_noise")] if index < 12 else [])],
        }
        for index, one in enumerate(before)
    ]
    comparison = compare_sets(Scan(table_of(before)), Scan(table_of(after)))
    changes = {change.name: change for change in comparison.changes}
    assert changes["score"].difference == pytest.approx(-5, abs=1)
    assert changes["score"].p < 1e-6
    assert changes["white_noise"].difference == pytest.approx(0.2)
    assert changes["white_noise"].p == pytest.approx(4 * 2 * 0.5**12 / 2, rel=1)  # the sign test, corrected
    assert changes["jpeg"].p == 1
    assert len(comparison.photos) == 60
    assert all(photo.came == ("white_noise",) for photo in comparison.photos if int(photo.name) < 12)


def test_sets_whose_names_do_not_match_are_compared_as_sets():
    first = Scan(table_of([row(f"a{index}.jpg", mos=40.0 + index) for index in range(20)]))
    second = Scan(table_of([row(f"b{index}.jpg", mos=60.0 + index) for index in range(20)]))
    comparison = compare_sets(first, second)
    assert comparison.photos == ()
    assert {change.name: change.test for change in comparison.changes}["score"] == "Mann and Whitney's test"


def test_fiftyone_gets_a_sample_for_each_photograph():
    pytest.importorskip("fiftyone")
    rows = [row("a.jpg", findings=[found("jpeg", 0.75)]), row("b.jpg", mos=40.0), row("c.jpg", hash="f0f0f0f0f0f0f0f0")]
    first, second, third = to_fiftyone(Scan(table_of(rows)))
    assert (first["mos"], third.tags) == (50.0, [])
    assert second.tags == ["repeat"]
    assert [one.label for one in first["findings"].classifications] == ["jpeg"]


def test_issues_are_columns_of_flags_and_scores():
    rows = [row("a.jpg", findings=[found("jpeg", 0.75)]), row("b.jpg", hash="f0f0f0f0f0f0f0f0", mean_luma=12.0)]
    columns = issues(Scan(table_of([*rows, {"path": "c.jpg", "error": "c.jpg: is empty", "sha256": ""}])))
    assert columns["is_jpeg_issue"] == [True, False, False]
    assert columns["jpeg_score"] == [0.25, 1.0, None]
    assert columns["is_dark_issue"] == [False, True, False]
    assert columns["is_unreadable_issue"] == [False, False, True]
    assert len({len(column) for column in columns.values()}) == 1
