"""The command line as a person uses it: in a process of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

import blemish
from blemish.cli.photos import _distinct_stems
from blemish.synth_distort import DISTORTIONS
from blemish.synth_distort.photo import to_pil


def run(*words: object, cwd: Path) -> subprocess.CompletedProcess:
    command = [sys.executable, "-c", "from blemish.cli import main; main()", *map(str, words)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=300)


@pytest.fixture(scope="module")
def folder(tmp_path_factory, coffee) -> Path:
    """A good photo among files that are none."""
    folder = tmp_path_factory.mktemp("photos")
    to_pil(coffee).save(folder / "cup.jpg", quality=10)
    (folder / "empty.jpg").touch()
    (folder / "text.jpg").write_text("this is no photo\n" * 100)
    (folder / "cut.jpg").write_bytes((folder / "cup.jpg").read_bytes()[:4000])
    Image.new("RGB", (1, 1)).save(folder / "dot.png")
    (folder / "album").mkdir()
    return folder


def test_a_batch_reports_on_the_good_and_names_the_bad(folder, tmp_path):
    broken = ["empty.jpg", "text.jpg", "cut.jpg", "dot.png", "album", "none.jpg"]
    result = run(
        "report", *(folder / name for name in [*broken[:3], "cup.jpg", *broken[3:]]), "-o", tmp_path, cwd=folder
    )
    assert result.returncode == 2
    assert "Traceback" not in result.stderr
    sentences = [line for line in result.stderr.splitlines() if line.startswith("blemish: ")]
    assert [name for name in broken if any(name in sentence for sentence in sentences)] == broken
    assert len(sentences) == len(broken)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cup.blemish.html", "cup.blemish.json"]
    (line,) = result.stdout.splitlines()
    assert "cup.jpg: score " in line
    assert str(tmp_path / "cup.blemish.html") in line


def test_json_is_printed_for_other_programs(folder, tmp_path):
    result = run("report", folder / "cup.jpg", "--json", "-o", tmp_path, cwd=folder)
    assert result.returncode == 0
    assert json.loads(result.stdout) == json.loads((tmp_path / "cup.blemish.json").read_text())


def test_photos_of_one_name_keep_their_own_reports(folder, tmp_path):
    stems = list(_distinct_stems([Path("a.jpg"), Path("d/a.jpg"), Path("a-2.jpg"), Path("A.png")]))
    assert stems == ["a", "a-2", "a-2-2", "A-3"]
    run("report", folder / "cup.jpg", folder / "cup.jpg", "-o", tmp_path, cwd=folder)
    assert sorted(path.name for path in tmp_path.glob("*.html")) == ["cup-2.blemish.html", "cup.blemish.html"]


def test_standard_output_is_whole_behind_a_progress_bar(folder, tmp_path):
    """On a terminal, which FORCE_COLOR makes of any stream, a bar is drawn on standard error, and must not catch the rest."""
    words = ["report", str(folder / "cup.jpg"), str(folder / "cup.jpg"), "--json", "-o", str(tmp_path)]
    command = [sys.executable, "-c", "from blemish.cli import main; main()", *words]
    terminal = {**os.environ, "FORCE_COLOR": "1"}
    result = subprocess.run(command, capture_output=True, text=True, cwd=folder, timeout=300, env=terminal)
    assert "Reports" in result.stderr
    assert [json.loads(line)["image"]["width"] for line in result.stdout.splitlines()] == [600, 600]


def test_a_ladder_is_written_where_it_is_asked_for(folder, tmp_path):
    result = run("ladder", folder / "cup.jpg", "--distortion", "pixelate", "--levels", 3, cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert len(list((tmp_path / "cup-pixelate").glob("pixelate-*.png"))) == 3


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("ladder", "cup.jpg", "--distortion", "blurr"), "no distortion is called 'blurr'"),
        (("ladder", "none.jpg", "--distortion", "jpeg"), "none.jpg: there is no such file"),
        (("report", "cup.jpg", "--weights", "none.safetensors"), "none.safetensors: there is no such file"),
        (("ladder", "cup.jpg", "--distortion", "jpeg", "-o", "cup.jpg"), "blemish: cup.jpg: File exists"),
        (("report", "cup.jpg", "-o", "cup.jpg"), "blemish: cup.jpg: File exists"),
        (("calibrate", "none.csv", "."), "blemish: none.csv: No such file or directory"),
        (("calibrate", "text.jpg", "."), "text.jpg: lacks the columns"),
        (("validate", "album"), "album: holds no photos"),
        (("synthesize", "nowhere", "-o", "set"), "nowhere: there is no such folder"),
        (("synthesize", ".", "-o", "../set", "--distortions", "blurr"), "no distortion is called 'blurr'"),
        (("synthesize", ".", "-o", "../set", "--engine", "steam"), "no engine is called 'steam'; there are local, ray"),
        (("gallery", "none.jpg"), "none.jpg: there is no such file"),
        (("train", "album"), "album: holds no photos"),
        (("evaluate", "album"), "album: holds no photos"),
    ],
)
def test_mistakes_get_a_sentence_and_exit_code_2(words, sentence, folder):
    result = run(*words, cwd=folder)
    assert result.returncode == 2
    assert sentence in result.stderr
    assert "Traceback" not in result.stderr


def test_the_table_of_distortions(tmp_path):
    result = run("distortions", cwd=tmp_path)
    assert result.returncode == 0
    assert all(name in result.stdout for name in DISTORTIONS)


def test_help_and_the_table_prediction_without_torch(tmp_path):
    heavy = [
        "torch._C",
        "matplotlib",
        "scipy",
        "cv2.gapi",
        "lightning",
        "torchvision",
        "piq",
        "sklearn.base",
        "pyarrow",
        "ray",
    ]
    for words in (["--help"], ["distortions"]):
        code = (
            f"import sys; sys.argv[1:] = {words}; from blemish.cli import app\n"
            f"try: app()\nexcept SystemExit: pass\nprint([name for name in {heavy} if name in sys.modules], file=sys.stderr)"
        )
        result = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=60)
        allowed = "[]" if words == ["--help"] else "['scipy']"
        assert result.stderr.strip().splitlines()[-1] == allowed


def test_import_is_light_and_lists_its_names():
    code = "import blemish, sys; print('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True).stdout.strip() == b"False"
    assert {"report", "Report", "Ladder", "Distort", "distort", "distort_chain", "DISTORTIONS", "PhotoError"} <= set(
        dir(blemish)
    )
    with pytest.raises(AttributeError, match="no attribute 'reprot'"):
        _ = blemish.reprot  # pyright: ignore[reportAttributeAccessIssue]
