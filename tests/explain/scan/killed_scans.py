"""Kills `blemish scan` at random moments until it has been killed often enough; prints in which part of its work each was.

python killed_scans.py FOLDER WORK WORKERS KILLS

Each scan is a fork of this process, and so are its workers: none has to import anything, and all of a scan's time is work.
"""

import contextlib
import multiprocessing
import random
import shutil
import sys
import time
from collections import Counter
from multiprocessing.context import ForkProcess
from pathlib import Path

import pyarrow.parquet  # noqa: F401  before the forks, so that none of them has to

from blemish.cli import main
from blemish.explain.scan.collection import Scan
from blemish.explain.scan.table import JOURNAL, TABLE
from blemish.models.distortion_model.files import load_model
from blemish.reports.scan import index  # noqa: F401
from blemish.synth_distort.parallel import one_thread_each

forked = multiprocessing.get_context("fork")


def killed_often(folder: str, work: Path, workers: str, kills: int) -> Counter:
    """How many of `kills` were before, between and after the first and the last photo.

    Raises:
        AssertionError: a scan that was killed and begun again ended with another table, or other files.
    """
    generator, moments = random.Random(int(workers)), Counter()
    whole, killed = work / "whole", work / "killed"
    began = time.monotonic()
    assert _ended(_begun(folder, whole, workers)) == 2  # one file is no photo
    longest = time.monotonic() - began
    photos = len(Scan.read(whole))
    while moments.total() < kills:
        process = _begun(folder, killed, workers)
        process.join(generator.uniform(0, longest))
        process.kill()
        if _ended(process) == 2:  # before it was killed
            _compare(whole, killed)
            shutil.rmtree(killed)
        else:
            moments[_moment(killed, photos)] += 1
    assert _ended(_begun(folder, killed, workers)) == 2
    _compare(whole, killed)
    return moments


def _begun(folder: str, output: Path, workers: str) -> ForkProcess:
    process = forked.Process(target=_scan, args=(folder, str(output), workers))
    process.start()
    return process


def _ended(process: ForkProcess) -> int | None:
    process.join(300)
    return process.exitcode


def _scan(folder: str, output: str, workers: str) -> None:
    multiprocessing.get_context = lambda method=None: forked
    sys.argv = ["blemish", "scan", folder, "-o", output, "--workers", workers]
    with open("/dev/null", "w") as nothing, contextlib.redirect_stdout(nothing), contextlib.redirect_stderr(nothing):
        main()


def _moment(output: Path, photos: int) -> str:
    if not (output / JOURNAL).exists():
        return "after the table" if (output / TABLE).exists() else "before the journal"
    rows = (output / JOURNAL).read_bytes().count(b"\n")
    return "between photos" if rows < photos else "after the last photo"


def _compare(one: Path, other: Path) -> None:
    assert (one / TABLE).read_bytes() == (other / TABLE).read_bytes()
    assert sorted(path.name for path in one.iterdir()) == sorted(path.name for path in other.iterdir())


if __name__ == "__main__":
    one_thread_each()
    load_model(None)
    counted = killed_often(sys.argv[1], Path(sys.argv[2]), sys.argv[3], int(sys.argv[4]))
    print(", ".join(f"{count} {moment}" for moment, count in counted.items()))
