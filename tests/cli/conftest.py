"""What the tests of the command line share: commands run in this process."""

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import blemish.cli  # noqa: F401  which registers the commands
from blemish.cli.application import app

Run = Callable[..., Any]


@pytest.fixture(scope="session")
def run() -> Run:
    """`run(*words, cwd=folder)`: what a command printed, and its exit code."""

    def invoke(*words: object, cwd: Path) -> Any:
        with contextlib.chdir(cwd):
            return CliRunner().invoke(app, list(map(str, words)))

    return invoke


@pytest.fixture(scope="session")
def refused(run) -> Callable[..., str]:
    """`refused(*words, cwd=folder)`: the one sentence on standard error with which a command ends, exit code 2."""

    def sentence(*words: object, cwd: Path) -> str:
        result = run(*words, cwd=cwd)
        assert result.exit_code == 2, result.output
        (line,) = [line for line in result.stderr.splitlines() if line.startswith("blemish: ")]
        assert "Traceback" not in result.output
        return line

    return sentence


@pytest.fixture(scope="module", autouse=True)
def _in_this_process():
    """Work without worker processes, whose start takes longer than the work here."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (
            "models.evaluation.evaluate",
            "models.evaluation.human_agreement",
            "models.quality_cnns.features",
            "models.training.shards",
            "synth_distort.calibration.curves",
            "synth_distort.calibration.validation",
            "synth_distort.engines",
        ):
            patch.setattr(f"blemish.{module}.in_processes", _here)
        yield


def _here(function, jobs, *, workers, description, **_):
    return map(function, jobs)
