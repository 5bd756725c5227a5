"""Thousands of odd, valid and fuzzed files, each in a process under limits: read well, or one sentence; nothing else.

BLEMISH_CORPORA names a folder with files of any kinds: PngSuite, image-rs, ImageTestSuite and fuzzers' findings, as the
README of ../shared/data says where to have them.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

MOST_MEGABYTES, MOST_SECONDS, LARGEST_DIFFERENCE = 2500, 20, 0.006
READER = Path(__file__).with_name("forked_reader.py")


@pytest.mark.slow
@pytest.mark.skipif("BLEMISH_CORPORA" not in os.environ, reason="BLEMISH_CORPORA names no folder")
def test_each_file_is_read_well_or_gets_a_sentence():
    files = [path for path in Path(os.environ["BLEMISH_CORPORA"]).rglob("*") if path.is_file()]
    places = {"PYTHONPATH": os.pathsep.join(sys.path)}
    asked = "".join(json.dumps(os.fspath(path)) + "\n" for path in files)
    result = subprocess.run(
        [sys.executable, READER], input=asked, capture_output=True, text=True, env={**os.environ, **places}
    )
    assert result.returncode == 0, result.stderr[-2000:]
    outcomes = [json.loads(line) for line in result.stdout.splitlines()]
    assert len(outcomes) == len(files) > 0
    assert [one for one in outcomes if "failure" in one] == []
    assert [one for one in outcomes if one["seconds"] > MOST_SECONDS or one["megabytes"] > MOST_MEGABYTES] == []
    assert [one for one in outcomes if "\n" in one.get("sentence", "")] == []
    assert [one for one in outcomes if one.get("differs", 0) > LARGEST_DIFFERENCE] == []
    print(
        f"{len(outcomes)} files: {sum('read' in one for one in outcomes)} read, "
        f"{sum('differs' in one for one in outcomes)} of them compared with OpenCV, the rest a sentence each; "
        f"at most {max(one['seconds'] for one in outcomes):.1f} s and {max(one['megabytes'] for one in outcomes):.0f} MB"
    )
