"""Published data sets: each release is read, put on the scale 0 to 100, and refused in one sentence if wrong."""

import numpy as np
import pytest
from miniature_releases import RELEASES, live, release, touch, write_csv, write_xlsx

from blemish.models.data_sets import DATA_SETS, open_data_set, parse_data

COUNTED = [name for name in RELEASES if name not in ("csv", "ccriq2_vime1", "live")]
every_release = pytest.mark.parametrize("name", RELEASES)


def test_there_is_a_release_of_every_data_set():
    assert set(RELEASES) == set(DATA_SETS)
    assert all(entry.name == name for name, entry in DATA_SETS.items())


def test_the_counts_are_the_published_ones():
    counts = {name: entry.photos for name, entry in DATA_SETS.items() if entry.photos is not None}
    assert counts == {
        "live_itw": 1162,
        "koniq10k": 7058 + 1000 + 2015,
        "spaq": 11125,
        "qa4camera": 100 * 15,
        "kadid10k": 81 * 25 * 5,
        "tid2013": 25 * 24 * 5,
        "csiq": 866,
        "live": 779,
    }


@every_release
def test_a_release_is_read_with_the_worst_score_as_0_and_the_best_as_100(name, small, tmp_path):
    opened = open_data_set(name, release(name, tmp_path))
    expected = [6.25, 50, 93.75] if name == "qa4camera" else [0, 50, 100]  # whose mean of four keeps off the ends
    assert [photo.score for photo in opened.photos[:3]] == pytest.approx(expected)
    assert len(opened.photos) == (779 if name == "live" else 3)
    assert all(photo.path.is_file() for photo in opened.photos)
    assert (opened.name, opened.folder) == (name, tmp_path)


@pytest.mark.parametrize(
    ("name", "spread", "content", "part"),
    [
        ("live_itw", 20, None, None),
        ("koniq10k", 12.5, None, "training"),
        ("spaq", None, None, None),
        ("qa4camera", None, "001", None),
        ("ccriq2_vime1", 20, "Pier", None),
        ("kadid10k", 10, "I01.png", None),
        ("tid2013", None, "i01", None),
        ("csiq", 5, "1600", None),
        ("live", 10, "ocean.bmp", None),
        ("csv", 9, None, None),
    ],
)
def test_spreads_are_in_points_and_contents_and_parts_are_kept(name, spread, content, part, small, tmp_path):
    photo = open_data_set(name, release(name, tmp_path)).photos[0]
    assert photo.spread == (None if spread is None else pytest.approx(spread))
    assert (photo.content, photo.part) == (content, part)


@every_release
def test_a_wrong_folder_is_told_what_was_looked_for(name, tmp_path, refusal):
    message = refusal(name, tmp_path)
    assert DATA_SETS[name].title in message
    assert DATA_SETS[name].looked_for in message
    assert "there is no such" in refusal(name, tmp_path / "nowhere")


@pytest.mark.parametrize("name", COUNTED)
def test_a_wrong_count_is_told_with_the_right_one(name, tmp_path, refusal):
    message = refusal(name, release(name, tmp_path))
    assert "3 photos" in message
    assert f"{DATA_SETS[name].title} has {DATA_SETS[name].photos:,}" in message


def test_live_is_counted_with_its_originals(tmp_path, refusal):
    live(tmp_path, [], entries=900)
    assert "900 of scores, 982 of names" in refusal("live", tmp_path)


@every_release
def test_a_score_outside_of_the_scale_is_told_with_the_scale(name, small, tmp_path, refusal):
    entry = DATA_SETS[name]
    middle = (entry.low + entry.high) / 2
    message = refusal(name, release(name, tmp_path, middle, entry.high + 1, middle))
    assert f"is {entry.high + 1:g}; it must be a number from {entry.low:g} to {entry.high:g}" in message


@every_release
def test_missing_photos_are_counted_and_the_first_is_named(name, small, tmp_path, refusal):
    photos = open_data_set(name, release(name, tmp_path)).photos
    for photo in photos[1:3]:
        photo.path.unlink()
    message = refusal(name, tmp_path)
    assert message.startswith(f"{photos[1].path}: there is no such file")
    assert f"2 of its {len(photos)} photos are missing" in message


@every_release
def test_a_photo_whose_name_differs_in_case_is_found(name, small, tmp_path):
    photo = open_data_set(name, release(name, tmp_path)).photos[0]
    renamed = photo.path.rename(photo.path.with_name(photo.path.name.swapcase()))
    assert open_data_set(name, tmp_path).photos[0].path == renamed


def test_the_training_photos_of_live_in_the_wild_are_left_out(small, tmp_path):
    names = [photo.path.name for photo in open_data_set("live_itw", release("live_itw", tmp_path)).photos]
    assert names == ["0.bmp", "1.bmp", "2.bmp"]


def test_a_part_of_live_in_the_wild_may_be_smaller_but_not_larger(small, tmp_path, refusal):
    touch(tmp_path, *"1234")
    write_csv(tmp_path / "mos.csv", ("file", "mos", "mos_std"), ("1", 80, 15), ("2", 20, 25))
    photos = open_data_set("live_itw", tmp_path).photos
    assert [(photo.score, photo.spread) for photo in photos] == [(80, 15), (20, 25)]
    write_csv(tmp_path / "mos.csv", ("file", "mos"), *((name, 50) for name in "1234"))
    assert "has at most 3" in refusal("live_itw", tmp_path)


def test_koniq_without_its_split_takes_the_z_scores_from_0_to_100(small, tmp_path):
    header = ("image_name", "MOS", "SD", "MOS_zscore")
    table = tmp_path / "koniq10k_scores_and_distributions/koniq10k_scores_and_distributions.csv"
    write_csv(table, header, *((f"{k}.jpg", 3.9, 0.6, 77.4) for k in range(3)))
    touch(tmp_path / "koniq10k_1024x768/1024x768", *(f"{k}.jpg" for k in range(3)))
    photo = open_data_set("koniq10k", tmp_path).photos[0]
    assert (photo.score, photo.spread, photo.part) == (pytest.approx(77.4), pytest.approx(15), None)


def test_koniq_is_told_its_split(small, tmp_path):
    photos = open_data_set("koniq10k", release("koniq10k", tmp_path)).photos
    assert [photo.part for photo in photos] == ["training", "validation", "test"]


def test_a_photo_without_a_scene_among_others_with_one_is_a_content_of_its_own(small, tmp_path):
    photos = open_data_set("ccriq2_vime1", release("ccriq2_vime1", tmp_path)).photos
    assert [photo.content for photo in photos] == ["Pier", "Pier_1.jpg", "Pier"]


def test_an_unknown_distortion_of_csiq_is_refused(small, tmp_path, refusal):
    header = ("image", "dst_type", "dst_lev", "dmos_std", "dmos")
    write_xlsx(tmp_path / "csiq.DMOS.xlsx", "all_by_image", header, ("1600", "fog", 1, 0.1, 0.5))
    assert "'fog'; CSIQ has noise, blur" in refusal("csiq", tmp_path)


def test_the_part_of_live_in_the_wild_beside_the_checkout_opens(live_itw):
    photos = parse_data(f"live_itw={live_itw}").photos
    assert len(photos) == 908
    assert np.mean([photo.score for photo in photos]) == pytest.approx(58, abs=5)
    assert all(photo.spread is not None and 0 < photo.spread < 40 for photo in photos)
