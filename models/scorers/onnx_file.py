"""A network in an ONNX file, run by onnxruntime."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
from torch.nn import functional as F

from .scorer import BATCH, Batch, Scorer, ScorerError

SCORE_OUTPUTS = ("score", "mos", "quality")


def onnx_scorer(name: str) -> Scorer:
    """`FILE.onnx`, or `FILE.onnx:OUTPUT`; without one, the output called score, mos or quality, or else the first.

    Its input is images (N, 3, H, W), float32 RGB in [0, 1]. Where the file fixes H and W, images are resized to them.

    Raises:
        ScorerError: the file is missing or no such network, or onnxruntime is not installed.
    """
    path, output = _parted(name)
    if not path.is_file():
        raise ScorerError(f"{path}: there is no such file")
    try:
        import onnxruntime
    except ModuleNotFoundError as error:
        raise ScorerError(f"{path} needs onnxruntime: pip install 'blemish[onnx]'") from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1  # there is a process for each core
    content = path.read_bytes()
    try:
        session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime has an exception class for each of its codes
        raise ScorerError(
            f"{path}: is not a network that onnxruntime runs ({str(error).splitlines()[0][:120]})"
        ) from error
    given, outputs = session.get_inputs(), [one.name for one in session.get_outputs()]
    if len(given) != 1 or len(given[0].shape) != 4 or given[0].type != "tensor(float)":
        raise ScorerError(f"{path}: takes {[one.shape for one in given]}; it should take float images (N, 3, H, W)")
    if output is not None and output not in outputs:
        raise ScorerError(f"{path}: has no output {output!r}; there are {', '.join(outputs)}")
    output = output or next((one for one in SCORE_OUTPUTS if one in outputs), outputs[0])
    count, _, *sides = given[0].shape
    fixed = [int(side) for side in sides] if all(isinstance(side, int) for side in sides) else None

    def score(batch: Batch) -> Any:
        images = batch.images
        if fixed is not None and list(images.shape[2:]) != fixed:
            images = F.interpolate(images, size=fixed, mode="bicubic", antialias=True).clamp(0, 1)
        parts = images.split(count) if isinstance(count, int) else (images,)
        scores = [np.asarray(session.run([output], {given[0].name: part.numpy()})[0]) for part in parts]
        return np.concatenate([one.reshape(len(part), -1) for one, part in zip(scores, parts, strict=True)])

    note = f"images are resized to {fixed[1]} × {fixed[0]} px, which the file asks for" if fixed else ""
    fingerprint = hashlib.sha256(content + output.encode()).hexdigest()
    return Scorer(name, "ONNX", fingerprint, score, batch=count if isinstance(count, int) else BATCH, note=note)


def _parted(name: str) -> tuple[Path, str | None]:
    """The file, and the output if one is named."""
    before, ending, after = name.rpartition(".onnx")
    return Path(before + ending), after[1:] or None
