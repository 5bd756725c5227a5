"""The facts of photos against exiftool and ImageMagick: `python benchmarks/file_facts.py FOLDER`, with both installed.

Prints, for each fact, how many files agree, and every file that does not.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import blemish
from blemish.explain.facts import Facts
from blemish.synth_distort.files import write_json
from blemish.synth_distort.photo import list_photos
from blemish.synth_distort.provenance import provenance

# The name that exiftool has for each fact, and ours.
EXIF: dict[str, Callable[[Facts], object]] = {
    "Make": lambda facts: facts.camera.make,
    "Model": lambda facts: facts.camera.model,
    "Software": lambda facts: facts.camera.software,
    "ISO": lambda facts: facts.camera.iso,
    "ExposureTime": lambda facts: facts.camera.exposure_time,
    "FNumber": lambda facts: facts.camera.f_number,
    "FocalLength": lambda facts: facts.camera.focal_length,
    "ImageWidth": lambda facts: facts.width,
    "ImageHeight": lambda facts: facts.height,
    "BitsPerSample": lambda facts: facts.bit_depth,
}


def main() -> None:
    """Compare, print and write docs/measurements/file_facts.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    default = Path(__file__).resolve().parents[1] / "docs" / "measurements" / "file_facts.json"
    parser.add_argument("-o", "--output", type=Path, default=default)
    arguments = parser.parse_args()
    for program in ("exiftool", "identify"):
        if not shutil.which(program):
            parser.error(f"{program} is not installed")
    agreeing: dict[str, list[bool]] = {}
    cameras = set()
    for path in list_photos(arguments.folder):
        try:
            facts = blemish.facts(path)
        except blemish.PhotoError as error:
            print(error)
            continue
        cameras.add((facts.camera.make, facts.camera.model))
        for name, ours, theirs in compared(path, facts):
            agreeing.setdefault(name, []).append(_same(ours, theirs))
            if not agreeing[name][-1]:
                print(f"{path.name}: {name}: {ours!r}, by the other program {theirs!r}")
    figures = {name: f"{sum(agree)} of {len(agree)}" for name, agree in agreeing.items()}
    print(f"{len(cameras)} cameras;", ", ".join(f"{name} {figure}" for name, figure in figures.items()))
    write_json(arguments.output, {"figures": figures, "record": {"cameras": len(cameras), **provenance("pillow")}})


def compared(path: Path, facts: Facts) -> list[tuple[str, object, object]]:
    """Name, our value and the other program's, of each fact that the other program states."""
    tags = [
        f"-{'EXIF:' if name not in ('ImageWidth', 'ImageHeight', 'BitsPerSample') else 'File:'}{name}" for name in EXIF
    ]
    printed = subprocess.run(["exiftool", "-j", "-n", *tags, str(path)], capture_output=True, check=False).stdout
    theirs = json.loads(printed)[0] if printed else {}
    rows = [(name, ours(facts), theirs[name]) for name, ours in EXIF.items() if theirs.get(name) not in (None, "", 0)]
    if facts.jpeg is not None:
        quality = subprocess.run(["identify", "-format", "%Q ", f"{path}[0]"], capture_output=True, check=False).stdout
        if quality and facts.jpeg.quality is not None:
            rows.append(("JPEG quality", facts.jpeg.quality, int(quality.split()[0])))
    return rows


def _same(ours: object, theirs: object) -> bool:
    if isinstance(theirs, int | float) and isinstance(ours, int | float):
        return abs(ours - theirs) <= 0.01 * abs(theirs)
    if isinstance(theirs, int | float) and isinstance(ours, str):  # exiftool takes "1.00" for a number
        return ours in (str(theirs), f"{theirs:.2f}")
    return str(ours or "").split() == str(theirs).split()


if __name__ == "__main__":
    main()
