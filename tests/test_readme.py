"""Figures in README.md and docs/ are those of docs/measurements/.

A figure is followed by a comment that names its source: NUMBER <!-- figure: FILE PATH -->, where PATH is the keys of the JSON
in FILE joined by slashes; a key that holds a slash or a space is in double quotes. Pages that benchmarks/pages.py writes hold
no figure that was typed: they are as it writes them.
"""

import importlib.util
import json
import re
from pathlib import Path
from statistics import median

import pytest

ROOT = Path(__file__).resolve().parents[1]
FIGURE = re.compile(r"(?P<number>-?[\d,]*\.?\d+)(?P<percent> ?%)?[^\d<\n]*<!-- figure: (?P<file>\S+) (?P<path>.+?) -->")
COMMENT = re.compile(r"<!-- figure:")
DECIMAL = re.compile(r"\d\.\d|\d ?%")
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def figures(text: str) -> list[re.Match]:
    return list(FIGURE.finditer(text))


def measured(file: str, path: str) -> float:
    """The number in the JSON `file` under the keys of `path`."""
    content = json.loads((ROOT / file).read_text())
    for quoted, plain in re.findall(r'"([^"]+)"|([^/"]+)', path):
        key = quoted or plain
        if isinstance(content, list):
            content = content[int(key)] if key.isdigit() else next(one for one in content if one["design"] == key)
        else:
            content = content[key]
    return float(median(content) if isinstance(content, list) else content)


def as_written(value: float, number: str, *, percent: bool) -> str:
    """`value` with as many decimals as `number`."""
    decimals = len(number.partition(".")[2])
    return f"{100 * value if percent else value:,.{decimals}f}".replace(",", "")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_figure_is_the_measured_one(page):
    text = page.read_text()
    found = figures(text)
    assert len(found) == len(COMMENT.findall(text)), "a comment is not directly behind a number"
    for figure in found:
        number = figure["number"].replace(",", "")
        value = measured(figure["file"], figure["path"])
        assert number == as_written(value, number, percent=bool(figure["percent"])), figure[0]


def test_every_figure_in_a_table_of_the_readme_has_a_source():
    """But for the first column, which says what is measured."""
    rows = [line for line in (ROOT / "README.md").read_text().splitlines() if line.startswith("|")]
    bare = [row for row in rows if any(DECIMAL.search(FIGURE.sub("", cell)) for cell in row.split("|")[2:])]
    assert bare == []


def test_a_wrong_figure_is_noticed(tmp_path, monkeypatch):
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    (tmp_path / "a.json").write_text('{"b c": [{"d/e": 0.8149, "design": "f/g", "h": [1, 4, 2]}]}')
    (figure,) = figures('agreement is 81.5 % <!-- figure: a.json "b c"/0/"d/e" -->')
    value = measured(figure["file"], figure["path"])
    assert measured("a.json", '"b c"/"f/g"/h') == 2
    assert as_written(value, figure["number"], percent=True) == "81.5"
    assert as_written(value, "0.81", percent=False) == "0.81"
    assert as_written(value, "0.82", percent=False) != "0.82"


def test_rendered_pages_are_as_they_are_rendered():
    spec = importlib.util.spec_from_file_location("pages", ROOT / "benchmarks" / "pages.py")
    pages = importlib.util.module_from_spec(spec)  # pyright: ignore[reportArgumentType]
    spec.loader.exec_module(pages)  # pyright: ignore[reportOptionalMemberAccess]
    assert "planes" in pages.measured()
    for name in pages.measured():
        assert (ROOT / "docs" / f"{name}.md").read_text() == pages.page(name), "python benchmarks/pages.py"
