"""Commands about photos: reports, ladders, the table of distortions."""

import json
from pathlib import Path

import pytest
from PIL import Image

from blemish.cli.photos import _distinct_stems
from blemish.synth_distort import DISTORTIONS
from blemish.synth_distort.photo import to_pil


@pytest.fixture(scope="module")
def folder(tmp_path_factory, small) -> Path:
    """A good photo among files that are none."""
    folder = tmp_path_factory.mktemp("photos")
    to_pil(small).save(folder / "cup.jpg", quality=10)
    (folder / "empty.jpg").touch()
    (folder / "text.jpg").write_text("this is no photo\n" * 100)
    (folder / "cut.jpg").write_bytes((folder / "cup.jpg").read_bytes()[:1000])
    Image.new("RGB", (1, 1)).save(folder / "dot.png")
    (folder / "album").mkdir()
    return folder


def test_a_batch_reports_on_the_good_and_names_the_bad(run, folder, tmp_path):
    broken = ["empty.jpg", "text.jpg", "cut.jpg", "dot.png", "album", "none.jpg"]
    result = run("report", *broken[:3], "cup.jpg", *broken[3:], "-o", tmp_path, cwd=folder)
    assert result.exit_code == 2
    sentences = [line for line in result.stderr.splitlines() if line.startswith("blemish: ")]
    assert [name for name in broken if any(name in sentence for sentence in sentences)] == broken
    assert len(sentences) == len(broken)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cup.blemish.html", "cup.blemish.json"]
    (line,) = result.stdout.splitlines()
    assert line.startswith("cup.jpg: ")
    assert str(tmp_path / "cup.blemish.html") in line


def test_json_is_printed_for_other_programs(run, folder, tmp_path):
    result = run("report", "cup.jpg", "--json", "-o", tmp_path, cwd=folder)
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout) == json.loads((tmp_path / "cup.blemish.json").read_text())


def test_photos_of_one_name_keep_their_own_reports():
    stems = list(_distinct_stems([Path("a.jpg"), Path("d/a.jpg"), Path("a-2.jpg"), Path("A.png")]))
    assert stems == ["a", "a-2", "a-2-2", "A-3"]


def test_a_ladder_is_written_where_it_is_asked_for(run, folder, tmp_path):
    photo = folder / "cup.jpg"
    result = run("ladder", photo, "--distortion", "pixelate", "--levels", 3, "--post", "jpeg92", cwd=tmp_path)
    assert result.exit_code == 0, result.output
    assert len(list((tmp_path / "cup-pixelate").glob("pixelate-*.png"))) == 3
    assert (tmp_path / "cup-pixelate" / "ladder.json").exists()


def test_the_table_of_distortions(run, tmp_path):
    result = run("distortions", cwd=tmp_path)
    assert result.exit_code == 0, result.output
    assert all(name in result.stdout for name in DISTORTIONS)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("report", "cup.jpg", "-o", "cup.jpg"), "cup.jpg: is a file; results go into a folder"),
        (("report", "cup.jpg", "--weights", "none.safetensors"), "none.safetensors: there is no such file"),
        (("report", "cup.jpg", "--model", "text.jpg"), "there is no such file"),
        (("ladder", "none.jpg", "--distortion", "jpeg"), "none.jpg: there is no such file"),
        (("ladder", "cup.jpg", "--distortion", "blurr"), "no distortion is called 'blurr'"),
        (("ladder", "cup.jpg", "--distortion", "jpeg", "--post", "holiday"), "no post-processing is called 'holiday'"),
    ],
)
def test_a_mistake_is_one_sentence(refused, folder, words, sentence):
    assert sentence in refused(*words, cwd=folder)
