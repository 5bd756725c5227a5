"""Any program: it reads paths of images on standard input, one a line, and prints a score for each."""

from __future__ import annotations

import hashlib
import os
import shlex
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from ...synth_distort.photo import to_pil
from .scorer import TIMEOUT, Batch, HangError, Scorer, ScorerError, ScoringError

LADDER = 20  # images that the program is given at once: it begins anew each time


def command_scorer(name: str, *, timeout: float = TIMEOUT) -> Scorer:
    """`command:WORDS`, split as a shell does; the files are 8-bit PNG (or BMP) in a folder of their own.

    Raises:
        ScorerError: there is no such program.
    """
    words = shlex.split(name.partition(":")[2])
    if not words or not (shutil.which(words[0]) or Path(words[0]).is_file()):
        raise ScorerError(f"{name}: there is no program {words[0] if words else ''!r}")

    def score(batch: Batch) -> list[float]:
        with tempfile.TemporaryDirectory(prefix="blemish-") as folder:
            paths = [Path(folder) / f"{number}{batch.suffix}" for number in range(len(batch))]
            for path, image in zip(paths, batch.images, strict=True):
                to_pil(image).save(path)
            return _numbers(_printed(words, paths, timeout), len(batch))

    files = [Path(word) for word in words if Path(word).is_file()]
    fingerprint = hashlib.sha256(name.encode() + b"".join(file.read_bytes() for file in files)).hexdigest()
    return Scorer(name, "command", fingerprint, score, batch=LADDER, reads_files=True)


def _printed(words: list[str], paths: list[Path], timeout: float) -> str:
    """What the program prints; one that hangs is ended, with all that it began."""
    asked = "".join(f"{path}\n" for path in paths)
    pipe = subprocess.PIPE
    with subprocess.Popen(words, text=True, start_new_session=True, stdin=pipe, stdout=pipe, stderr=pipe) as process:
        try:
            printed, complaint = process.communicate(asked, timeout=timeout)
        except subprocess.TimeoutExpired as error:
            os.killpg(process.pid, signal.SIGKILL)
            raise HangError(f"printed nothing within {timeout:g} s") from error
    if process.returncode != 0:
        last = complaint.strip().splitlines()[-1:] or ["and printed no reason"]
        raise ScoringError(f"ended with code {process.returncode} ({last[0][:160]})")
    return printed


def _numbers(printed: str, count: int) -> list[float]:
    """The score at the end of each line."""
    lines = [line.split() for line in printed.splitlines() if line.strip()]
    if len(lines) != count:
        raise ScoringError(f"printed {len(lines)} lines for {count} images")
    try:
        return [float(line[-1]) for line in lines]
    except ValueError as error:
        raise ScoringError(f"printed {printed.strip()[:80]!r}, which are no numbers") from error
