"""Commands about where predictions come from."""

import json

import pytest

from blemish.synth_distort import distort
from blemish.synth_distort.photo import write_png


@pytest.fixture(scope="module")
def noisy(tmp_path_factory, small):
    path = tmp_path_factory.mktemp("photos") / "noisy.png"
    write_png(path, distort(small, "white_noise", 0.7))
    return path


def test_a_map_and_its_numbers_are_written(run, noisy, tmp_path):
    result = run(
        "attribute", noisy, "--target", "severity:white_noise", "--method", "local", "-o", tmp_path, cwd=tmp_path
    )
    assert result.exit_code == 0, result.output
    assert "severity:white_noise 0." in result.stdout
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "noisy.severity-white_noise.local.json",
        "noisy.severity-white_noise.local.png",
    ]
    assert json.loads((tmp_path / "noisy.severity-white_noise.local.json").read_text())["method"] == "local"


@pytest.mark.parametrize(
    ("options", "mistake"),
    [
        (("--target", "severity:rain"), "severity:rain"),
        (("--method", "magic"), "method is 'magic'"),
        (("--reference", "none.png"), "none.png: there is no such file"),
        (("-o", "noisy.png"), "noisy.png: is a file; results go into a folder"),
    ],
)
def test_mistakes_end_in_a_sentence(run, noisy, tmp_path, options, mistake):
    result = run("attribute", noisy, "-o", tmp_path, *options, cwd=noisy.parent)
    assert result.exit_code == 2
    assert mistake in result.stderr
    assert "Traceback" not in result.stderr


def test_a_file_is_no_folder_for_what_helps(run, noisy):
    result = run("counterfactuals", noisy, "-o", noisy, cwd=noisy.parent)
    assert result.exit_code == 2
    assert "is a file; results go into a folder" in result.stderr


def test_what_helps_is_said_and_shown(run, noisy, tmp_path):
    result = run("counterfactuals", noisy, "-o", tmp_path, cwd=tmp_path)
    assert result.exit_code == 0, result.output
    gains = [line for line in result.stdout.splitlines() if "the score would rise by" in line]
    assert {line.split()[-1] for line in gains} == {str(path) for path in tmp_path.iterdir()} != set()
