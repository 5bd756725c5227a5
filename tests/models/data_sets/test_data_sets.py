"""Data sets of rated photos: each release in miniature is read, put on one scale, and refused in one sentence if wrong."""

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import openpyxl
import pytest
import scipy.io

from blemish.models.data_sets import DATA_SETS, open_data_set, parse_data

LIVE_FOLDERS = {"jp2k": 227, "jpeg": 233, "wn": 174, "gblur": 174, "fastfading": 174}


def write_csv(path, *rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as stream:
        csv.writer(stream).writerows(rows)


def write_xlsx(path, sheet, *rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    workbook = openpyxl.Workbook()
    workbook.create_sheet(sheet)
    for row in rows:
        workbook[sheet].append(row)
    workbook.save(path)


def touch(folder, *names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


def cells(*texts):
    return np.array(texts, dtype=object)


def live_itw(folder, scores, training=7):
    names = [f"t{k}.bmp" for k in range(training)] + [f"{k}.bmp" for k in range(len(scores))]
    touch(folder / "Images", *names[training:])
    touch(folder / "Images/trainingImages", *names[:training])
    (folder / "Data").mkdir()
    scipy.io.savemat(folder / "Data/AllImages_release.mat", {"AllImages_release": cells(*names)[:, None]})
    scipy.io.savemat(folder / "Data/AllMOS_release.mat", {"AllMOS_release": [[40.0] * training + scores]})
    scipy.io.savemat(folder / "Data/AllStdDev_release.mat", {"AllStdDev_release": [[20.0] * len(names)]})


def koniq10k(folder, scores):
    parts = ["training", "validation", "test"] * len(scores)
    rows = [(f"{k}.jpg", 100, score, 0.5, parts[k]) for k, score in enumerate(scores)]
    write_csv(folder / "koniq10k_distributions_sets.csv", ("image_name", "c_total", "MOS", "SD", "set"), *rows)
    touch(folder / "512x384", *(row[0] for row in rows))


def spaq(folder, scores):
    rows = [(f"{k:05}.jpg", score, 50.0) for k, score in enumerate(scores)]
    header = ("Image name", "MOS", "Brightness")
    write_xlsx(folder / "Annotations/MOS and Image attribute scores.xlsx", "Sheet1", header, *rows)
    touch(folder / "TestImage", *(row[0] for row in rows))


def qa4camera(folder, scores):
    for k, score in enumerate(scores):
        scene, name = f"{k + 1:03}", f"A_{k + 1:03}.jpg"
        header = ("Name", "Color", "Exposure", "Noise", "Texture")
        table = folder / f"score_and_sort/Training/score/{scene}_score.csv"
        write_csv(table, header, (name, score - 0.25, score + 0.25, score, score))
        touch(folder / "Training" / scene, name)


def ccriq2_vime1(folder, scores):
    rows = [(f"Pier_{k}.jpg", f"cv_Pier_{k}", score, 0.8, "" if k == 1 else "Pier") for k, score in enumerate(scores)]
    write_xlsx(folder / "mos.xlsx", "MOS", ("file", "name", "mos", "sos", "scene"), *rows)
    touch(folder, *(row[0] for row in rows))


def kadid10k(folder, scores):
    rows = [(f"I01_01_{k:02}.png", "I01.png", score, 0.4) for k, score in enumerate(scores)]
    write_csv(folder / "dmos.csv", ("dist_img", "ref_img", "dmos", "var"), *rows)
    touch(folder / "images", *(row[0] for row in rows))


def tid2013(folder, scores):
    names = [f"{'iI'[k % 2]}01_01_{k}.bmp" for k in range(len(scores))]
    touch(folder / "distorted_images", *names)
    lines = (f"{score:.5f} {name}" for score, name in zip(scores, names, strict=True))
    (folder / "mos_with_names.txt").write_text("\r\n".join(lines) + "\r\n")


def csiq(folder, scores):
    kinds = [("jpeg 2000", "jpeg2000", "jpeg2000"), ("noise", "awgn", "AWGN"), ("contrast", "contrast", "contrast")]
    rows = [(None, None, None, 1600, k, kinds[k % 3][0], k + 1, 0.05, score) for k, score in enumerate(scores)]
    header = (None, None, None, "image", "dst_idx", "dst_type", "dst_lev", "dmos_std", "dmos")
    write_xlsx(folder / "csiq.DMOS.xlsx", "all_by_image", (), ("CSIQ",), header, *rows, (None,) * 9)
    touch(folder / "dst_imgs", *(f"{kinds[k % 3][1]}/1600.{kinds[k % 3][2]}.{k + 1}.png" for k in range(len(scores))))


def live(folder, scores, entries=982):
    names = [f"{place}/img{k}.bmp" for place, count in LIVE_FOLDERS.items() for k in range(1, count + 1)][:entries]
    is_original = np.arange(entries) >= 779
    dmos = np.where(is_original, 0.0, 55.0)
    dmos[: len(scores)] = scores
    realigned = {"dmos_new": [dmos], "dmos_std": [np.full(entries, 12.0)], "orgs": [is_original.astype(np.uint8)]}
    scipy.io.savemat(folder / "dmos_realigned.mat", realigned)
    scipy.io.savemat(folder / "refnames_all.mat", {"refnames_all": cells(*["ocean.bmp"] * 982)[None]})
    touch(folder, *(name for name, original in zip(names, is_original, strict=True) if not original))


def own_csv(folder, scores):
    rows = [(f"photos/{k}.jpg", score, "" if k else 9, "", "") for k, score in enumerate(scores)]
    write_csv(folder / "mos.csv", ("file", "score", "spread", "content", "part"), *rows)
    touch(folder, *(row[0] for row in rows))


# How each release is written in miniature, and the worst and the best score that it can hold.
RELEASES = {
    "live_itw": (live_itw, 0.0, 100.0),
    "koniq10k": (koniq10k, 0.0, 100.0),
    "spaq": (spaq, 0.0, 100.0),
    "qa4camera": (qa4camera, 1.25, 4.75),
    "ccriq2_vime1": (ccriq2_vime1, 1.0, 5.0),
    "kadid10k": (kadid10k, 1.0, 5.0),
    "tid2013": (tid2013, 0.0, 9.0),
    "csiq": (csiq, 1.0, 0.0),
    "live": (live, 115.0, -5.0),
    "csv": (own_csv, 0.0, 100.0),
}
COUNTED = [name for name in RELEASES if name not in ("csv", "ccriq2_vime1", "live")]
every_release = pytest.mark.parametrize("name", RELEASES)


@pytest.fixture
def small(monkeypatch):
    """Has three photos be the whole of each data set, save LIVE, whose reader needs all."""
    for name, entry in DATA_SETS.items():
        if entry.photos is not None and name != "live":
            monkeypatch.setitem(DATA_SETS, name, replace(entry, photos=3))


def release(name, folder, *scores):
    """The release `name` with three photos in `folder`; unless told, with the worst, the middle and the best score."""
    write, worst, best = RELEASES[name]
    write(folder, list(scores) or [worst, (worst + best) / 2, best])
    return folder


def refusal(name, path):
    with pytest.raises(ValueError, match=r".") as error:
        open_data_set(name, path)
    message = str(error.value)
    assert "\n" not in message
    assert str(path) in message
    return message


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
def test_a_wrong_folder_is_told_what_was_looked_for(name, tmp_path):
    message = refusal(name, tmp_path)
    assert DATA_SETS[name].title in message
    assert DATA_SETS[name].looked_for in message
    assert "there is no such" in refusal(name, tmp_path / "nowhere")


@pytest.mark.parametrize("name", COUNTED)
def test_a_wrong_count_is_told_with_the_right_one(name, tmp_path):
    message = refusal(name, release(name, tmp_path))
    assert "3 photos" in message
    assert f"{DATA_SETS[name].title} has {DATA_SETS[name].photos:,}" in message


def test_live_is_counted_with_its_originals(tmp_path):
    live(tmp_path, [], entries=900)
    assert "900 of scores, 982 of names" in refusal("live", tmp_path)


@every_release
def test_a_score_outside_of_the_scale_is_told_with_the_scale(name, small, tmp_path):
    entry = DATA_SETS[name]
    middle = (entry.low + entry.high) / 2
    message = refusal(name, release(name, tmp_path, middle, entry.high + 1, middle))
    assert f"is {entry.high + 1:g}; it must be a number from {entry.low:g} to {entry.high:g}" in message


@every_release
def test_missing_photos_are_counted_and_the_first_is_named(name, small, tmp_path):
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


def test_folders_and_score_files_whose_names_differ_in_case_are_found(small, tmp_path):
    release("csiq", tmp_path)
    (tmp_path / "csiq.DMOS.xlsx").rename(tmp_path / "CSIQ.dmos.xlsx")
    (tmp_path / "dst_imgs/awgn").rename(tmp_path / "dst_imgs/AWGN")
    assert open_data_set("csiq", tmp_path).photos[1].path == tmp_path / "dst_imgs/AWGN/1600.AWGN.2.png"


def test_of_two_names_that_differ_in_case_the_exact_one_is_taken(tmp_path):
    touch(tmp_path, "a.jpg", "A.jpg")
    if len(list(tmp_path.iterdir())) == 1:
        pytest.skip("this file system cannot hold both")
    write_csv(tmp_path / "mos.csv", ("file", "mos"), ("a.jpg", 1), ("A.jpg", 2))
    assert [photo.path.name for photo in parse_data(str(tmp_path)).photos] == ["a.jpg", "A.jpg"]


def test_each_folder_is_listed_once(monkeypatch, tmp_path):
    names = [f"photos/{k}.JPG" for k in range(50)]
    touch(tmp_path, *names)
    write_csv(tmp_path / "mos.csv", ("file", "mos"), *((name.lower(), 50) for name in names))
    listed, iterdir = [], Path.iterdir
    monkeypatch.setattr(Path, "iterdir", lambda folder: listed.append(folder) or iterdir(folder))
    assert len(parse_data(str(tmp_path / "mos.csv")).photos) == 50
    assert listed == [tmp_path / "photos"]


def test_the_training_photos_of_live_in_the_wild_are_left_out(small, tmp_path):
    names = [photo.path.name for photo in open_data_set("live_itw", release("live_itw", tmp_path)).photos]
    assert names == ["0.bmp", "1.bmp", "2.bmp"]


def test_a_part_of_live_in_the_wild_may_be_smaller_but_not_larger(small, tmp_path):
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


def test_an_unknown_distortion_of_csiq_is_refused(small, tmp_path):
    header = ("image", "dst_type", "dst_lev", "dmos_std", "dmos")
    write_xlsx(tmp_path / "csiq.DMOS.xlsx", "all_by_image", header, ("1600", "fog", 1, 0.1, 0.5))
    assert "'fog'; CSIQ has noise, blur" in refusal("csiq", tmp_path)


def test_what_is_no_table_is_refused(tmp_path):
    (tmp_path / "csiq.DMOS.xlsx").write_text("no workbook")
    assert "cannot be read as an Excel file" in refusal("csiq", tmp_path)
    write_xlsx(tmp_path / "csiq.DMOS.xlsx", "all_by_image", ("image", "dmos"), ("1600", 0.5))
    assert "has no sheet with the columns image, dst_type" in refusal("csiq", tmp_path)
    touch(tmp_path, "refnames_all.mat")
    (tmp_path / "dmos_realigned.mat").write_text("no matrix" * 40)
    assert "cannot be read as a MATLAB file" in refusal("live", tmp_path)
    scipy.io.savemat(tmp_path / "dmos_realigned.mat", {"dmos": [1.0]})
    assert "lacks the variable dmos_new" in refusal("live", tmp_path)
    (tmp_path / "mos.csv").write_bytes("file,mos\nMünster.jpg,50\n".encode("latin-1"))
    assert "cannot be read as a CSV file in UTF-8" in refusal("csv", tmp_path)


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([("photo", "mos"), ("1.jpg", 50)], "lacks the column file"),
        ([("file", "quality"), ("1.jpg", 50)], "lacks the column mos"),
        ([("file", "mos"), ("1.jpg", "good")], "has 'good' in the column mos, where a number must be"),
        ([("file", "mos"), ("1.jpg", "nan")], "the score of 1.jpg is nan"),
        ([("file", "mos", "std"), ("1.jpg", 50, -1)], "the spread of 1.jpg is -1"),
        ([("file", "mos")], "has no scores"),
        ([("file", "mos"), ("1.jpg", "")], "has no scores"),
    ],
)
def test_a_table_that_cannot_be_right_is_refused(rows, told, tmp_path):
    touch(tmp_path, "1.jpg")
    write_csv(tmp_path / "mos.csv", *rows)
    assert told in refusal("csv", tmp_path)


def test_a_table_of_ones_own_has_content_and_part_and_paths_of_either_kind(tmp_path):
    touch(tmp_path, "elsewhere/1.jpg", "2.jpg")
    rows = [(tmp_path / "elsewhere/1.jpg", 10, 3, "pier", "training"), ("../2.jpg", 20, "", "cat", "test")]
    table = tmp_path / "tables/my.csv"
    write_csv(table, ("\ufeffFile", "MOS", "Std", "Content", "Part"), *rows)
    opened = parse_data(f"csv={table}")
    first, second = opened.photos
    assert (first.score, first.spread, first.content, first.part) == (10, 3, "pier", "training")
    assert (second.score, second.spread, second.content, second.part) == (20, None, "cat", "test")
    assert second.path.samefile(tmp_path / "2.jpg")
    assert opened.folder == table.parent


def test_data_is_named_or_a_plain_path_and_a_path_may_hold_an_equals_sign(small, monkeypatch, tmp_path):
    folder = tmp_path / "kadid=mine"
    folder.mkdir()
    release("kadid10k", folder)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert parse_data("kadid10k=~/kadid=mine") == open_data_set("kadid10k", folder)
    release("csv", folder)
    assert parse_data(str(folder)) == parse_data(f"csv={folder}")
    assert parse_data(str(folder / "mos.csv")) == parse_data(str(folder))


def test_an_unknown_name_is_told_the_known_ones(tmp_path):
    with pytest.raises(ValueError, match="koniq: is no data set; the known ones are live_itw, koniq10k, "):
        parse_data(f"koniq={tmp_path}")


def test_the_part_of_live_in_the_wild_beside_the_checkout_opens(live_itw):
    photos = parse_data(f"live_itw={live_itw}").photos
    assert len(photos) == 908
    assert np.mean([photo.score for photo in photos]) == pytest.approx(58, abs=5)
    assert all(photo.spread is not None and 0 < photo.spread < 40 for photo in photos)
