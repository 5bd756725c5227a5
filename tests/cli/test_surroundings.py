"""Where commands are run: odd names, full disks, closed streams. A sentence each, and no traceback."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from blemish.synth_distort.photo import to_pil

COMMAND = [sys.executable, "-c", "from blemish.cli import main; main()"]


def run(*words: str | os.PathLike, cwd: Path, **options) -> subprocess.CompletedProcess:
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
    return subprocess.run([*COMMAND, *words], cwd=cwd, timeout=300, **options)


@pytest.fixture
def folder(tmp_path, small) -> Path:
    to_pil(small).save(tmp_path / os.fsdecode(b"caf\xe9\x1b]0;owned\x07.jpg"))
    (tmp_path / "text.jpg").write_text("no photo")
    return tmp_path


def test_names_that_are_not_utf_8_or_steer_a_terminal(folder):
    names = sorted(path.name for path in folder.iterdir())
    result = run("report", *names, "-o", "reports", cwd=folder)
    assert result.returncode == 2
    assert b"Traceback" not in result.stderr
    assert b"blemish: text.jpg: is not a photo" in result.stderr
    assert b"caf\\xe9\\x1b]0;owned\\x07.jpg: " in result.stdout
    assert b"\x1b" not in result.stdout
    assert len(list((folder / "reports").iterdir())) == 2


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device that is always full")
@pytest.mark.parametrize("words", [("distortions",), ("--help",)])
def test_standard_output_that_is_full_gets_a_sentence(words, tmp_path):
    with open("/dev/full", "wb") as full:
        result = run(*words, cwd=tmp_path, stdout=full)
    assert result.returncode == 2
    assert result.stderr.decode().splitlines()[-1] == "blemish: standard output: No space left on device"
    assert b"Traceback" not in result.stderr


def test_standard_output_that_is_closed_is_no_matter(tmp_path):
    closed = run("distortions", cwd=tmp_path, stdout=None, preexec_fn=lambda: os.close(1))
    assert (closed.returncode, closed.stderr) == (0, b"")
    reader, writer = os.pipe()
    os.close(reader)
    broken = run("distortions", cwd=tmp_path, stdout=writer)
    os.close(writer)
    assert (broken.returncode, broken.stderr) == (1, b"")


@pytest.mark.parametrize(
    "words", [("report", "text.jpg"), ("synthesize", "."), ("ladder", "x.jpg", "--distortion", "jpeg")]
)
def test_an_output_folder_that_is_a_file_is_noticed_before_the_work(words, folder):
    result = run(*words, "-o", "text.jpg/reports", cwd=folder)
    assert result.returncode == 2
    assert result.stderr.decode() == "blemish: text.jpg: is a file; results go into a folder\n"
