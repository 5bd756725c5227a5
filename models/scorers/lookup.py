"""Models by name, as the command line has them."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from .callables import named_callable_scorer
from .command import command_scorer
from .onnx_file import onnx_scorer
from .ours import EMBEDDED, blemish_scorer
from .packages import piq_scorer, pyiqa_scorer, torchmetrics_scorer
from .scorer import TIMEOUT, Scorer, ScorerError

PACKAGES: dict[str, Callable[[str], Scorer]] = {
    "pyiqa": pyiqa_scorer,
    "piq": piq_scorer,
    "torchmetrics": torchmetrics_scorer,
}
NAMES = (
    "blemish, blemish:overall_severity, FILE.safetensors, pyiqa:NAME, piq:NAME, torchmetrics:NAME, package.module:function, "
    "FILE.onnx, command:PROGRAM"
)


@lru_cache(maxsize=32)
def get_scorer(name: str, *, timeout: float = TIMEOUT) -> Scorer:
    """The model called `name`, one of `NAMES`; one for each process, however many photos it scores.

    Raises:
        ScorerError: there is none, or what it needs is missing.
    """
    kind, colon, _ = name.partition(":")
    if kind in PACKAGES and colon:
        return PACKAGES[kind](name)
    if kind == "command" and colon:
        return command_scorer(name, timeout=timeout)
    if re.search(r"\.onnx(:[^/]+)?$", name):
        return onnx_scorer(name)
    if kind == EMBEDDED or Path(name).suffix == ".safetensors" or kind.endswith(".safetensors"):
        return blemish_scorer(name)
    if re.fullmatch(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*", name):
        return named_callable_scorer(name)
    raise ScorerError(f"no model is called {name!r}; models are {NAMES}")
