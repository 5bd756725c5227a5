"""Reads each file named on standard input in a forked process under limits; a line of JSON for each says what came of it."""

import io
import json
import os
import resource
import select
import signal
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import PIL.ImageCms  # noqa: F401  before the forks, so that none of them has to
import tifffile  # noqa: F401
from PIL import Image

from blemish.synth_distort.decoding import Decoded, PhotoError, decode_file

MEMORY, SECONDS = 2_500_000_000, 20  # bytes, and seconds of a processor
PATIENCE = 120  # seconds by the clock, on a machine that does other work besides


def outcome(path: str) -> dict:
    """What came of `path`: {"read": [W, H, notes]}, {"sentence": text} or {"failure": text}."""
    receive, send = os.pipe()
    begin = time.monotonic()
    child = os.fork()
    if child == 0:
        os.close(receive)
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        _tell_all(path, send)
        os._exit(0)
    os.close(send)
    said = b""
    while select.select([receive], [], [], max(0.0, begin + PATIENCE - time.monotonic()))[0]:
        part = os.read(receive, 1 << 16)
        if not part:
            break
        said += part
    else:
        os.kill(child, signal.SIGKILL)
    os.close(receive)
    _, status, usage = os.wait4(child, 0)
    first, whole, rest = said.partition(b"\n")
    answer = json.loads(first) if whole else {"failure": f"ended with status {status}"}
    compared = json.loads(rest) if rest and status == 0 else {"reference": f"ended with status {status}"}
    return {
        **answer,
        **compared,
        "path": path,
        "seconds": usage.ru_utime + usage.ru_stime,
        "megabytes": usage.ru_maxrss / 1024,
    }


def _tell_all(path: str, send: int) -> None:
    """Say what came of `path`, and only then how it compares: what ends the reference is no fault of the reading."""
    answer, decoded = _read(path)
    os.write(send, json.dumps(answer).encode() + b"\n")
    os.write(send, json.dumps({} if decoded is None else _compared(path, decoded)).encode())


def _read(path: str) -> tuple[dict, Decoded | None]:
    try:
        _, decoded = decode_file(Path(path))
    except PhotoError as error:
        return {"sentence": str(error)}, None
    except BaseException as error:
        return {"failure": f"{type(error).__name__}: {error}"}, None
    return {"read": [*decoded.pixels.shape[1::-1], *decoded.notes]}, decoded


def _compared(path: str, decoded: Decoded) -> dict:
    try:
        reference = None if decoded.notes else _by_opencv(Path(path).read_bytes())
    except Exception as error:
        return {"reference": f"{type(error).__name__}: {error}"}
    if reference is None or reference.shape != decoded.pixels.shape:
        return {}
    full = 255 if decoded.pixels.dtype == np.uint8 else 1
    return {"differs": float(np.abs(decoded.pixels.astype(np.float32) / full - reference).mean())}


def _by_opencv(content: bytes) -> np.ndarray | None:
    """The picture as OpenCV reads it, RGB in [0, 1]; None where it does not, or does wrongly.

    It follows no ICC profile, reads 5 bits as 0 to 248, mistakes most masks of BMP, and is ended by some animations.
    """
    with Image.open(io.BytesIO(content)) as picture:
        if "icc_profile" in picture.info or picture.format in ("BMP", "DIB"):
            return None
    if b"acTL" in content:
        return None
    pixels = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    return None if pixels is None else pixels[..., ::-1].astype(np.float32) / 255


if __name__ == "__main__":
    cv2.setNumThreads(1)
    for line in sys.stdin:
        print(json.dumps(outcome(json.loads(line))), flush=True)
