"""Scanning: a row for each photo, the same however often and wherever it is done, and whatever stops it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

import blemish
from blemish.explain.measurements.measure import measure
from blemish.explain.scan.collection import Scan, scan
from blemish.explain.scan.table import JOURNAL, TABLE
from blemish.synth_distort import distort
from blemish.synth_distort.photo import to_pil

PLACES = {"PYTHONPATH": os.pathsep.join(os.path.abspath(place) for place in sys.path), "OMP_NUM_THREADS": "1"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory, coffee) -> Path:
    folder = tmp_path_factory.mktemp("photos")
    (folder / "trip").mkdir()
    for index in range(5):
        to_pil(coffee[:, 20 * index : 20 * index + 160, 40 * index : 40 * index + 200]).save(folder / f"{index}.jpg")
    to_pil(coffee[:, :160, :200]).save(folder / "trip" / os.fsdecode(b"caf\xe9.png"))
    (folder / "text.jpg").write_text("no photo")
    return folder


def test_a_row_says_what_the_model_predicts(folder):
    scanned = scan(folder)
    assert len(scanned) == 7
    assert [Path(path).name for path in scanned.failed] == ["text.jpg"]
    assert scanned.table["path"].to_pylist() == sorted(scanned.table["path"].to_pylist())
    row = next(row for row in scanned.rows if row["path"].endswith("3.jpg"))
    prediction = blemish.predict(folder / "3.jpg")
    assert prediction.mos is not None
    assert row["mos"] == pytest.approx(prediction.mos.value, abs=1e-3)
    assert [one["name"] for one in row["findings"]] == [one.name for one in prediction.findings]
    assert (row["width"], row["height"], row["format"], row["jpeg_quality"]) == (200, 160, "JPEG", 75)
    assert row["edge_width_sharpest"] == pytest.approx(_measured(folder / "3.jpg", "edge_width_sharpest"), abs=1e-3)
    assert Path(scanned.rows[-1]["path"]).exists()  # its name is not UTF-8


def _measured(path: Path, name: str) -> float | None:
    return next(one.value for one in measure(path) if one.name == name)


def test_a_picture_that_is_no_photograph_has_no_prediction(tmp_path):
    drawing = np.full((300, 400, 3), 255, np.uint8)
    drawing[40:120, 50:300] = (200, 30, 30)
    cv2.putText(drawing, "chart", (60, 220), cv2.FONT_HERSHEY_SIMPLEX, 2, (0, 0, 0), 3)
    scanned = scan([("chart", drawing)])
    assert (scanned.rows, scanned.failed) == ([], {})
    assert scanned.others[0]["path"] == "chart"
    assert scanned.others[0]["mos"] is None


def test_a_large_photo_is_predicted_at_100_percent_by_a_sample(cat):
    large = torch.nn.functional.interpolate(cat[None], (2100, 2400), mode="bicubic")[0].clamp(0, 1)
    noisy = distort(large, "white_noise", 0.6, seed=1)
    (row,) = scan([noisy]).rows
    prediction = blemish.predict(noisy)
    assert prediction.mos is not None
    assert row["mos"] == pytest.approx(prediction.mos.value, abs=0.01)  # the same photo as viewed
    assert row["overall_severity"] == pytest.approx(prediction.overall_severity.value, abs=0.05)
    assert (row["width"], row["height"]) == (2400, 2100)


def test_what_did_not_change_is_not_done_again(folder, tmp_path, monkeypatch):
    first = scan(folder, output=tmp_path, csv=True)
    assert (tmp_path / "scan.csv").read_text().count("\n") == 8
    assert Scan.read(tmp_path).table.equals(first.table)
    done = []
    import blemish.explain.scan.row as row

    original = row.row_of
    monkeypatch.setattr(row, "row_of", lambda photo, model: done.append(photo.path) or original(photo, model))
    before = (folder / "2.jpg").read_bytes()
    (folder / "2.jpg").write_bytes((folder / "4.jpg").read_bytes())
    second = scan(folder, output=tmp_path)
    (folder / "2.jpg").write_bytes(before)
    assert [path.name for path in done] == ["2.jpg"]
    assert second.unchanged == 5
    assert not (tmp_path / JOURNAL).exists()


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_a_scan_that_is_killed_ends_with_the_same_table(workers, folder, tmp_path):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    options = ("--workers", str(workers))
    assert _command(folder, whole, *options).wait(300) == 2
    process, until = _command(folder, killed, *options), time.monotonic() + 300
    while process.poll() is None and time.monotonic() < until and _lines(killed) < 3:
        time.sleep(0.005)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert _lines(killed) >= 3
    assert _command(folder, killed, *options).wait(300) == 2
    assert (killed / TABLE).read_bytes() == (whole / TABLE).read_bytes()
    assert sorted(path.name for path in killed.iterdir()) == sorted(path.name for path in whole.iterdir())


@pytest.mark.slow
@pytest.mark.skipif("BLEMISH_KILLS" not in os.environ, reason="BLEMISH_KILLS says how often")
@pytest.mark.parametrize("workers", [1, 2])
def test_a_scan_that_is_killed_often_ends_with_the_same_table(workers, folder, tmp_path):
    kills = os.environ["BLEMISH_KILLS"]
    script = [sys.executable, Path(__file__).with_name("killed_scans.py"), folder, tmp_path, str(workers), kills]
    run = subprocess.run(script, env={**os.environ, **PLACES}, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    print(f"killed with {workers} workers: {run.stdout}")


@pytest.mark.slow
def test_ray_gives_the_same_table(folder, tmp_path):
    pytest.importorskip("ray")
    result = _command(folder, tmp_path, "--engine", "ray", "--workers", "2")
    assert result.wait(300) == 2
    assert Scan.read(tmp_path).table.equals(scan(folder, output=tmp_path / "local").table)


def test_images_of_data_sets_are_scanned_too(coffee):
    class Photos(torch.utils.data.Dataset):
        def __len__(self) -> int:
            return 2

        def __getitem__(self, index: int):
            if index >= 2:
                raise IndexError(index)
            return coffee[:, :128, 100 * index : 100 * index + 128], index

    of_torch = scan(Photos())
    pictures = [to_pil(coffee[:, :128, 100 * index : 100 * index + 128]) for index in range(2)]
    of_dictionaries = scan({"image": picture, "id": f"photo {index}"} for index, picture in enumerate(pictures))
    assert [row["path"] for row in of_torch.rows] == ["000000", "000001"]
    assert [row["path"] for row in of_dictionaries.rows] == ["photo 0", "photo 1"]
    for one, other in zip(of_torch.rows, of_dictionaries.rows, strict=True):
        assert np.isclose(one["mos"], other["mos"], atol=1.5)  # of 8 bits
    assert "should be under image" in _sentence(lambda: scan([{"label": 3}]))


def _sentence(call) -> str:
    with pytest.raises(ValueError, match="image") as caught:
        call()
    return str(caught.value)


def _command(folder: Path, output: Path, *options: str) -> subprocess.Popen:
    code = "from blemish.cli import main; main()"
    return subprocess.Popen(
        [sys.executable, "-c", code, "scan", folder, "-o", output, *options],
        env={**os.environ, **PLACES},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _lines(folder: Path) -> int:
    return (folder / JOURNAL).read_bytes().count(b"\n") if (folder / JOURNAL).exists() else 0
