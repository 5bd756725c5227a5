"""Decoding in a process of its own, which may crash, hang or fill its memory without harm to this one."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import numpy as np

from .kinds import KINDS, Kind
from .pixels import Decoded, UnreadableError

SECONDS = 120  # for the slowest: 100 megapixels of raw
BYTES_A_PIXEL, BYTES = 24, 2 << 30  # memory that the process may have: for each pixel that is read, and besides


def decode_isolated(content: bytes, kind: Kind, most_pixels: int) -> Decoded:
    """The picture in a file of `kind`, as `decode` has it.

    Raises:
        UnreadableError: there is none, or its decoder crashed or took too long.
    """
    command = [sys.executable, "-m", __name__, kind.name, str(most_pixels)]
    places = {"PYTHONPATH": os.pathsep.join(place for place in sys.path if place)}  # the same blemish as here
    try:
        done = subprocess.run(
            command, input=content, capture_output=True, timeout=SECONDS, env={**os.environ, **places}
        )
    except subprocess.TimeoutExpired as error:
        raise UnreadableError(f"takes longer than {SECONDS} seconds to decode") from error
    said, _, pixels = done.stdout.partition(b"\n")
    if done.returncode != 0 or not said:
        raise UnreadableError(f"is damaged: its decoder crashed (exit code {done.returncode})")
    answer = json.loads(said)
    if "error" in answer:
        raise UnreadableError(answer["error"])
    image = np.frombuffer(pixels, answer["type"]).reshape(answer["shape"])
    return Decoded(image, tuple(answer["notes"]))


def main() -> None:
    """The process: a file comes on standard input; a line of JSON and the pixels go to standard output."""
    import resource

    from .decode import decode

    name, most_pixels = sys.argv[1], int(sys.argv[2])
    limit = BYTES + BYTES_A_PIXEL * most_pixels
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    kind = next(kind for kind in KINDS if kind.name == name)
    try:
        decoded = decode(sys.stdin.buffer.read(), kind, most_pixels)
    except UnreadableError as error:
        print(json.dumps({"error": str(error)}))
        return
    about = {"notes": decoded.notes, "shape": decoded.pixels.shape, "type": decoded.pixels.dtype.str}
    sys.stdout.buffer.write(json.dumps(about).encode() + b"\n")
    sys.stdout.buffer.write(np.ascontiguousarray(decoded.pixels).data)


if __name__ == "__main__":
    main()
