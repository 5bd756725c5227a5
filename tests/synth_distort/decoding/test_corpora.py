"""Thousands of odd, valid and fuzzed files, each in a process under limits: read well, or one sentence; nothing else.

BLEMISH_CORPORA names a folder with files of any kinds: PngSuite, image-rs, ImageTestSuite and fuzzers' findings, as the
README of ../shared/data says where to have them. BLEMISH_MUTANTS says how many files are damaged here besides.
"""

import io
import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from blemish.synth_distort.photo import to_uint8

MOST_MEGABYTES, MOST_SECONDS, LARGEST_DIFFERENCE = 2500, 20, 0.006
READER = Path(__file__).with_name("forked_reader.py")


@pytest.mark.slow
@pytest.mark.skipif("BLEMISH_CORPORA" not in os.environ, reason="BLEMISH_CORPORA names no folder")
def test_each_file_is_read_well_or_gets_a_sentence():
    outcomes = _outcomes([path for path in Path(os.environ["BLEMISH_CORPORA"]).rglob("*") if path.is_file()])
    _check(outcomes)
    assert [one for one in outcomes if one.get("differs", 0) > LARGEST_DIFFERENCE] == []


@pytest.mark.slow
def test_each_damaged_file_is_read_or_gets_a_sentence(small, tmp_path):
    generator, files = random.Random(0), []
    whole = list(_whole(to_uint8(small)))
    for index in range(int(os.environ.get("BLEMISH_MUTANTS", "150"))):
        ending, content = whole[index % len(whole)]
        files.append(tmp_path / f"{index}.{ending}")
        files[-1].write_bytes(_damaged(content, generator))
    _check(_outcomes(files))


def _outcomes(files: Sequence[Path]) -> list[dict]:
    places = {"PYTHONPATH": os.pathsep.join(sys.path)}
    asked = "".join(json.dumps(os.fspath(path)) + "\n" for path in files)
    result = subprocess.run(
        [sys.executable, READER], input=asked, capture_output=True, text=True, env={**os.environ, **places}
    )
    assert result.returncode == 0, result.stderr[-2000:]
    outcomes = [json.loads(line) for line in result.stdout.splitlines()]
    assert len(outcomes) == len(files) > 0
    return outcomes


def _check(outcomes: Sequence[dict]) -> None:
    print(
        f"{len(outcomes)} files: {sum('read' in one for one in outcomes)} read, "
        f"{sum('differs' in one for one in outcomes)} of them compared with OpenCV, "
        f"{sum('sentence' in one for one in outcomes)} a sentence each, {sum('failure' in one for one in outcomes)} neither; "
        f"at most {max(one['seconds'] for one in outcomes):.1f} s and {max(one['megabytes'] for one in outcomes):.0f} MB"
    )
    assert [one for one in outcomes if "failure" in one] == []
    assert [one for one in outcomes if one["seconds"] > MOST_SECONDS or one["megabytes"] > MOST_MEGABYTES] == []
    assert [one for one in outcomes if "\n" in one.get("sentence", "")] == []


def _whole(pixels: np.ndarray) -> Iterator[tuple[str, bytes]]:
    """Endings and contents of a photo's files in many formats."""
    picture = Image.fromarray(pixels)
    ways: list[tuple[str, dict]] = [
        ("jpg", {"quality": 85}),
        ("jpg", {"quality": 85, "progressive": True}),
        ("png", {}),
        ("webp", {}),
        ("webp", {"lossless": True}),
        ("tif", {}),
        ("tif", {"compression": "tiff_lzw"}),
        ("tif", {"compression": "jpeg"}),
        ("bmp", {}),
        ("gif", {}),
        ("ppm", {}),
        ("tga", {"compression": "tga_rle"}),
        ("jp2", {}),
        ("avif", {}),
    ]
    if find_spec("pillow_heif"):
        import pillow_heif

        pillow_heif.register_heif_opener()
        ways.append(("heic", {}))
    if find_spec("pillow_jxl"):
        import pillow_jxl  # noqa: F401

        ways.append(("jxl", {}))
    for ending, options in ways:
        stream = io.BytesIO()
        kind = {"jpg": "JPEG", "tif": "TIFF", "jp2": "JPEG2000", "heic": "HEIF"}.get(ending, ending.upper())
        picture.save(stream, kind, **options)
        yield ending, stream.getvalue()
    stream = io.BytesIO()
    tifffile.imwrite(stream, pixels.astype(np.uint16) * 257, photometric="rgb", compression="zlib")
    yield "tif", stream.getvalue()


def _damaged(content: bytes, generator: random.Random) -> bytes:
    """`content` with bytes changed, most of them near its beginning, taken out, put in, or cut off."""
    damaged = bytearray(content)
    for _ in range(generator.choice((1, 1, 3, 10))):
        place = int(len(damaged) * generator.random() ** generator.choice((1, 6)))
        count = min(generator.choice((1, 2, 4, 30)), len(damaged) - place)
        way = generator.choice(("change", "change", "change", "out", "in", "cut"))
        if way == "change":
            damaged[place : place + count] = generator.choice(
                (generator.randbytes(count), b"\xff" * count, bytes(count))
            )
        elif way == "out":
            del damaged[place : place + count]
        elif way == "in":
            damaged[place:place] = generator.randbytes(count)
        elif place > 64:
            del damaged[place:]
    return bytes(damaged) or b"\0"
