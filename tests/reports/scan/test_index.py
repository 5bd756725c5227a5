"""The index of a scan: everything in it or beside it, and nothing of a name that a page would run."""

import json
import re
from pathlib import Path

from typer.testing import CliRunner

import blemish.reports.scan.index as module
from blemish.cli import app
from blemish.explain.scan.collection import Scan, scan
from blemish.reports.scan.index import INDEX, THUMBNAILS, write_index
from blemish.synth_distort.photo import to_pil


def test_the_index_holds_every_photo_and_needs_no_network(coffee, tmp_path, monkeypatch):
    photos = tmp_path / "photos"
    photos.mkdir()
    for index, name in enumerate(["a.jpg", "b.jpg", "<script>alert(1)<", "c%20.png"]):
        place = photos / (name if "." in name else f"{name}.jpg")
        to_pil(coffee[:, :150, 50 * index : 50 * index + 150]).save(place)
    (photos / "bad.jpg").write_text("no photo")
    scanned = scan(photos, output=tmp_path / "out")
    page = write_index(scanned, tmp_path / "out").read_text()
    assert not re.findall(r"(?:src|href)=[\"']?(?:https?:)?//", page)
    assert "<script>alert" not in page
    (records,) = map(json.loads, re.findall(r"const PHOTOS = (\[.*\]);</script>", page))
    assert [record["name"] for record in records] == ["<script>alert(1)<.jpg", "a.jpg", "b.jpg", "c%20.png"]
    assert records[3]["file"] == "../photos/c%2520.png"
    assert "bad.jpg: is not a photo" in page
    assert not (tmp_path / "out" / THUMBNAILS).exists()
    monkeypatch.setattr(module, "LARGEST_PAGE", 100)
    page = write_index(scanned, tmp_path / "out").read_text()
    beside = (tmp_path / "out" / THUMBNAILS).read_text().removeprefix("const THUMBNAILS = ")
    assert len(json.loads(beside)) == 4
    assert '<script src="thumbnails.js">' in page


def test_the_commands_scan_and_compare(coffee, tmp_path):
    for name, size in (("a", 150), ("b", 160)):
        (tmp_path / name).mkdir()
        for index in range(3):
            to_pil(coffee[:, :size, 50 * index : 50 * index + size]).save(tmp_path / name / f"{index}.jpg")
    runner = CliRunner()
    for name in ("a", "b"):
        result = runner.invoke(
            app, ["scan", str(tmp_path / name), "-o", str(tmp_path / f"{name}-scan"), "--workers", "1"]
        )
        assert result.exit_code == 0, result.output
        assert str(tmp_path / f"{name}-scan" / INDEX) in result.output
    assert len(Scan.read(tmp_path / "a-scan")) == 3
    again = ["scan", str(tmp_path / "a"), "-o", str(tmp_path / "a-scan"), "--workers", "1"]
    assert "with 1 report beside it" in runner.invoke(app, [*again, "--reports", "1"]).output
    (made,) = (tmp_path / "a-scan" / "reports").iterdir()
    for _ in range(2):  # without --reports, too, a report that is there is linked
        assert made.name in (tmp_path / "a-scan" / INDEX).read_text()
        assert runner.invoke(app, again).exit_code == 0
    result = runner.invoke(app, ["compare-sets", str(tmp_path / "a-scan"), str(tmp_path / "b-scan")])
    assert result.exit_code == 0, result.output
    assert "Wilcoxon" in result.output
    assert runner.invoke(app, ["compare-sets", str(tmp_path), str(tmp_path / "b-scan")]).exit_code == 2
    inside = runner.invoke(app, ["scan", str(tmp_path), "-o", str(tmp_path / "a"), "--workers", "1"])
    assert (inside.exit_code, Path(tmp_path / "a" / INDEX).exists()) == (2, False)
