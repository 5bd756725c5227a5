"""What only a process of its own can show: imports that stay away, and standard output behind a progress bar."""

import json
import os
import subprocess
import sys

import pytest

import blemish
from blemish.synth_distort.photo import to_pil

HEAVY = (
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
)


@pytest.mark.slow
def test_standard_output_is_whole_behind_a_progress_bar(small, tmp_path):
    """On a terminal, which FORCE_COLOR makes of any stream, a bar is drawn on standard error, and must not catch the rest."""
    to_pil(small).save(tmp_path / "cup.png")
    words = ["report", "cup.png", "cup.png", "--json", "-o", "reports"]
    command = [sys.executable, "-c", "from blemish.cli import main; main()", *words]
    terminal = {**os.environ, "FORCE_COLOR": "1"}
    result = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=300, env=terminal)
    assert "Reports" in result.stderr
    assert [json.loads(line)["image"]["width"] for line in result.stdout.splitlines()] == [192, 192]


@pytest.mark.parametrize(("words", "allowed"), [(["--help"], []), (["distortions"], ["scipy"])])
def test_help_and_the_table_of_distortions_come_without_heavy_imports(words, allowed, tmp_path):
    code = (
        f"import sys; sys.argv[1:] = {words}; from blemish.cli import app\n"
        f"try: app()\nexcept SystemExit: pass\nprint([name for name in {HEAVY} if name in sys.modules], file=sys.stderr)"
    )
    result = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert result.stderr.strip().splitlines()[-1] == str(allowed)


@pytest.mark.parametrize("module", ["reports.photo.report", "explain.scan.collection"])
def test_a_report_and_a_scan_start_without_libraries_that_they_do_not_use(module):
    """torchvision and timm took half of the time from the command to the first photo."""
    unused = ["torchvision", "timm", "umap", "captum", "pandas"]
    code = f"import sys, blemish.{module}; print([name for name in {unused} if name in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert result.stdout.strip() == "[]", result.stderr


@pytest.mark.parametrize(("given", "kept"), [({}, "passive"), ({"OMP_WAIT_POLICY": "active"}, "active")])
def test_a_command_s_threads_wait_without_spinning_unless_its_user_says_so(given, kept):
    """Beside a busy program a report took over 45 s, and 11 with it."""
    code = (
        "import os, sys; sys.argv[1:] = ['--version']; from blemish.cli import main\n"
        "assert 'torch' not in sys.modules  # which reads it once\n"
        "try: main()\nexcept SystemExit: print(os.environ['OMP_WAIT_POLICY'])"
    )
    free = {name: value for name, value in os.environ.items() if name != "OMP_WAIT_POLICY"}
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env={**free, **given})
    assert result.stdout.split()[-1] == kept, result.stderr


def test_import_is_light_and_lists_its_names():
    code = "import blemish, sys; print('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True).stdout.strip() == b"False"
    assert all(getattr(blemish, name) is not None for name in dir(blemish))
    with pytest.raises(AttributeError, match="reprot"):
        _ = blemish.reprot  # pyright: ignore[reportAttributeAccessIssue]  which is the test
