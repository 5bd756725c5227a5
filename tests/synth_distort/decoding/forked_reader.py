"""Reads each file whose path comes on standard input in a forked process under limits, and says in a line of JSON what came of it."""

import json
import os
import resource
import select
import signal
import sys
import time
from pathlib import Path

import numpy as np

MEMORY, SECONDS = 2_500_000_000, 20


def outcome(path: str) -> dict:
    """What came of `path`: {"read": [W, H, notes], "mean": levels}, {"sentence": text} or {"failure": text}."""
    receive, send = os.pipe()
    begin = time.monotonic()
    child = os.fork()
    if child == 0:
        os.close(receive)
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        os.write(send, json.dumps(_read(path)).encode())
        os._exit(0)
    os.close(send)
    said = b""
    while select.select([receive], [], [], max(0.0, begin + SECONDS - time.monotonic()))[0]:
        part = os.read(receive, 1 << 16)
        if not part:
            break
        said += part
    else:
        os.kill(child, signal.SIGKILL)
    os.close(receive)
    _, status, usage = os.wait4(child, 0)
    answer = json.loads(said) if said and status == 0 else {"failure": f"ended with status {status}"}
    return {**answer, "path": path, "seconds": time.monotonic() - begin, "megabytes": usage.ru_maxrss / 1024}


def _read(path: str) -> dict:
    from blemish.synth_distort.decoding import PhotoError, decode_file

    try:
        _, decoded = decode_file(Path(path))
    except PhotoError as error:
        return {"sentence": str(error)}
    except BaseException as error:
        return {"failure": f"{type(error).__name__}: {error}"}
    answer = {"read": [*decoded.pixels.shape[1::-1], *decoded.notes]}
    reference = _by_opencv(path)
    if reference is not None and not decoded.notes and reference.shape == decoded.pixels.shape:
        full = 255 if decoded.pixels.dtype == np.uint8 else 1
        answer["differs"] = float(np.abs(decoded.pixels.astype(np.float32) / full - reference).mean())
    return answer


def _by_opencv(path: str) -> np.ndarray | None:
    """The picture as OpenCV reads it, RGB in [0, 1]; None where it does not."""
    import cv2

    pixels = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_COLOR)
    return None if pixels is None else pixels[..., ::-1].astype(np.float32) / 255


if __name__ == "__main__":
    import cv2
    import PIL.ImageCms
    import tifffile  # noqa: F401

    from blemish.synth_distort import decoding  # noqa: F401

    cv2.setNumThreads(1)
    for line in sys.stdin:
        print(json.dumps(outcome(json.loads(line))), flush=True)
