"""Ladder data sets on disk: what is in them, and that nothing but their settings decides it."""

import hashlib
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow.parquet
import pytest
import skimage.data
import torch
from PIL import Image

from blemish.synth_distort import DISTORTIONS, FAMILIES, distort_chain, read_photo, severity_curve
from blemish.synth_distort.data_set import UNFINISHED, LadderDataSet, synthesize, write_unit
from blemish.synth_distort.engines import ENGINES, local
from blemish.synth_distort.photo import to_uint8

ONE_OF_EACH_FAMILY = tuple(
    (next(name for name, entry in DISTORTIONS.items() if entry.family == family),) for family in FAMILIES
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Two small photos, one of them in a folder of its own, and a file that is no photo."""
    folder = tmp_path_factory.mktemp("photos")
    (folder / "trip").mkdir()
    Image.fromarray(skimage.data.coffee()[80:240, 200:360]).save(folder / "cup.png")
    Image.fromarray(skimage.data.chelsea()[60:200, 150:310]).save(folder / "trip" / "cat.png")
    (folder / "text.jpg").write_text("this is no photo")
    return folder


def one_process(write, units):
    for unit in units:
        write(unit)


def contents(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def rows(folder: Path) -> list[dict]:
    return pyarrow.parquet.read_table(folder / "manifest.parquet").to_pylist()


def test_the_manifest_says_how_to_make_each_image_again(folder, tmp_path):
    chains = (("white_noise",), ("lens_blur", "jpeg"), ("jpeg",))
    record = synthesize(folder, tmp_path / "set", LadderDataSet(chains, (0.25, 0.75)), engine=one_process)
    made = rows(tmp_path / "set")
    assert len(made) == record["files"] == 2 * 3 * 2
    assert list(record["failed"]) == ["text.jpg"]
    assert "text.jpg: is not a photo" in record["failed"]["text.jpg"]
    for row in made:
        file = tmp_path / "set" / row["file"]
        assert hashlib.sha256(file.read_bytes()).hexdigest() == row["sha256"]
        photo = read_photo(folder / row["source"])
        assert photo.sha256 == row["source_sha256"]
        severities = dict(zip(row["distortions"], row["severities"], strict=True))
        assert row["values"] == [severity_curve(name).value(severity) for name, severity in severities.items()]
        assert row["units"] == [DISTORTIONS[name].unit for name in severities]
        again = distort_chain(photo.image, severities, seed=row["seed"])
        assert np.array_equal(to_uint8(read_photo(file).image), to_uint8(again))
    assert {Path(row["file"]).suffix for row in made if row["distortions"][-1] == "jpeg"} == {".jpg"}


def test_masks_and_post_processings_are_kept(folder, tmp_path):
    wanted = LadderDataSet((("color_block",),), (0.5,), post_processing="resize88_jpeg90", masked=True)
    synthesize(folder, tmp_path, wanted, engine=one_process)
    for row in rows(tmp_path):
        mask = read_photo(tmp_path / row["mask"]).image[0]
        assert mask.shape == (row["height"], row["width"])
        source = read_photo(folder / row["source"])
        assert row["height"] == round(0.88 * source.height)
        assert row["post_processing_steps"] == "resized × 0.88, saved as JPEG 90"
        assert 0.02 < float(mask.mean()) < 0.98
        assert torch.unique(mask).numel() > 1


def test_severities_that_a_distortion_cannot_reach_are_left_out(folder, tmp_path):
    wanted = LadderDataSet((("desaturate",), ("darken",)), (0.5, 1.0))
    assert wanted.levels(("desaturate",)) == (0.5,)
    synthesize(folder, tmp_path, wanted, engine=one_process)
    assert len(rows(tmp_path)) == 2 * (1 + 2)


@pytest.mark.slow
def test_neither_the_order_nor_the_workers_nor_the_other_photos_matter(folder, tmp_path):
    wanted = LadderDataSet(ONE_OF_EACH_FAMILY, (0.5,), post_processing="random", masked=True, seed=4)
    synthesize(folder, tmp_path / "all", wanted, engine=one_process)
    synthesize(folder, tmp_path / "backwards", wanted, engine=lambda write, units: local(2)(write, units[::-1]))
    everything = contents(tmp_path / "all")
    assert contents(tmp_path / "backwards") == everything
    synthesize(folder / "trip", tmp_path / "cat", wanted, engine=one_process)
    of_the_cat = {name: digest for name, digest in contents(tmp_path / "cat").items() if name.endswith(".png")}
    assert len(of_the_cat) == 2 * len(ONE_OF_EACH_FAMILY)
    for name, digest in of_the_cat.items():
        assert everything[name.replace("images/", "images/trip/")] == digest


@pytest.mark.slow
def test_ray_makes_the_same_files(folder, tmp_path):
    pytest.importorskip("ray", reason="the extra `cluster` is not installed")
    wanted = LadderDataSet((("white_noise",), ("jpeg",)), (0.25, 0.5))
    synthesize(folder, tmp_path / "here", wanted, engine=local(1))
    script = (
        "import sys; from pathlib import Path; from blemish.synth_distort.data_set import *; "
        "from blemish.synth_distort.engines import ray; "
        "wanted = LadderDataSet((('white_noise',), ('jpeg',)), (0.25, 0.5)); "
        "synthesize(Path(sys.argv[1]), Path(sys.argv[2]), wanted, engine=ray(2))"
    )  # in a process of its own: Ray leaves threads and sockets open, and warnings are errors here
    result = subprocess.run(
        [sys.executable, "-c", script, str(folder), str(tmp_path / "ray")], capture_output=True, text=True, timeout=300
    )
    assert result.returncode == 0, result.stderr[-2000:]
    assert contents(tmp_path / "ray") == contents(tmp_path / "here")


@pytest.mark.slow
def test_killed_at_any_moment_it_ends_with_the_same_bytes(folder, tmp_path):
    words = [
        "--distortions",
        "white_noise,jpeg,lens_blur+jpeg",
        "--severities",
        "0.2,0.4,0.6,0.8",
        "--post",
        "random",
    ]
    undisturbed, disturbed = tmp_path / "undisturbed", tmp_path / "disturbed"
    assert _command(folder, undisturbed, words).wait() == 2  # for text.jpg
    draw = random.Random(0)
    for _ in range(4):
        process = _command(folder, disturbed, words)
        begun = time.monotonic()
        while not (disturbed / UNFINISHED).exists() and process.poll() is None and time.monotonic() < begun + 60:
            time.sleep(0.05)
        time.sleep(draw.uniform(0, 3))
        if process.poll() is None:  # on a busy machine it may have ended by now
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    assert _command(folder, disturbed, words).wait() == 2
    assert contents(disturbed) == contents(undisturbed)
    assert not (disturbed / UNFINISHED).exists()


def test_a_finished_data_set_is_left_alone(folder, tmp_path):
    wanted = LadderDataSet((("darken",),), (0.5,))
    synthesize(folder, tmp_path, wanted, engine=one_process)

    def nothing_to_do(write, units):
        raise AssertionError

    assert synthesize(folder, tmp_path, wanted, engine=nothing_to_do)["files"] == 2


def test_other_settings_and_other_folders_are_refused(folder, tmp_path):
    synthesize(folder, tmp_path / "set", LadderDataSet((("darken",),), (0.5,)), engine=one_process)
    with pytest.raises(ValueError, match="holds a data set of other photos, with other settings"):
        synthesize(folder, tmp_path / "set", LadderDataSet((("darken",),), (0.6,)), engine=one_process)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").touch()
    with pytest.raises(ValueError, match="mine: is not empty"):
        synthesize(folder, tmp_path / "mine", LadderDataSet(), engine=one_process)
    with pytest.raises(ValueError, match="lies inside"):
        synthesize(folder, folder / "set", LadderDataSet(), engine=one_process)


def test_an_error_leaves_what_was_done(folder, tmp_path):
    def full_disk(write, units):
        write(units[0])
        raise OSError(28, "No space left on device")

    wanted = LadderDataSet((("darken",), ("brighten",)), (0.5,))
    with pytest.raises(OSError, match="No space left"):
        synthesize(folder, tmp_path, wanted, engine=full_disk)
    done: list = []
    synthesize(
        folder,
        tmp_path,
        wanted,
        engine=lambda write, units: one_process(lambda unit: (done.append(unit), write_unit(unit)), units),
    )
    assert len(done) == 2 * 3 - 1


def test_words_become_settings():
    wanted = LadderDataSet.from_words(
        "jpeg,white_noise+jpeg", "0.5,0.25", post_processing="webp80", masked=True, seed=2
    )
    assert wanted == LadderDataSet((("jpeg",), ("white_noise", "jpeg")), (0.25, 0.5), "webp80", masked=True, seed=2)
    spelt_otherwise = LadderDataSet.from_words(
        "jpeg,jpeg+white_noise,jpeg+jpeg", "0.50001,0.5", post_processing="png", masked=False, seed=0
    )
    assert spelt_otherwise == LadderDataSet((("jpeg",), ("white_noise", "jpeg")), (0.5,))
    assert len(LadderDataSet.from_words("all", "1", post_processing="png", masked=False, seed=0).chains) == len(
        DISTORTIONS
    )
    for words, sentence in [
        (("blurr", "1", "png"), "no distortion is called 'blurr'"),
        (("jpeg", "a", "png"), "should be numbers with commas"),
        (("jpeg", "2", "png"), "severities are 2; they go from 0"),
        (("jpeg", "1", "holiday"), "no post-processing is called 'holiday'; there are png"),
    ]:
        with pytest.raises(ValueError, match=sentence):
            LadderDataSet.from_words(words[0], words[1], post_processing=words[2], masked=False, seed=0)
    assert set(ENGINES) == {"local", "ray"}


def _command(folder: Path, output: Path, words: list[str]) -> subprocess.Popen:
    command = [
        sys.executable,
        "-c",
        "from blemish.cli import main; main()",
        "synthesize",
        str(folder),
        "-o",
        str(output),
    ]
    return subprocess.Popen(
        [*command, *words], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True
    )
