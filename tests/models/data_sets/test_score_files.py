"""Score files: a table of one's own, names in another case, and files that are no tables."""

from pathlib import Path

import pytest
import scipy.io
from miniature_releases import release, touch, write_csv, write_xlsx

from blemish.models.data_sets import open_data_set, parse_data


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


def test_what_is_no_table_is_refused(tmp_path, refusal):
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
def test_a_table_that_cannot_be_right_is_refused(rows, told, tmp_path, refusal):
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


def test_an_unknown_name_is_answered_with_all_names(tmp_path):
    with pytest.raises(ValueError, match="koniq: is no data set; there are live_itw, koniq10k, "):
        parse_data(f"koniq={tmp_path}")
