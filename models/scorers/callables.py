"""Any Python function: an image batch in, scores out."""

from __future__ import annotations

import hashlib
import inspect
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from .scorer import BATCH, Batch, Scorer, ScorerError


def named_callable_scorer(name: str) -> Scorer:
    """`package.module:function`, looked for in the working folder too.

    Raises:
        ScorerError: it cannot be imported.
    """
    module_name, _, attribute = name.partition(":")
    sys.path.insert(0, str(Path.cwd()))
    try:
        function = getattr(import_module(module_name), attribute)
    except (ImportError, AttributeError) as error:
        raise ScorerError(f"{name}: cannot be imported ({error})") from error
    finally:
        sys.path.pop(0)
    return callable_scorer(function, name=name)


def callable_scorer(function: Callable[..., Any], *, name: str | None = None, batch: int = BATCH) -> Scorer:
    """`function` of images (N, 3, H, W), float32 in [0, 1], to N scores; one with two arguments gets the undistorted ones too.

    It is known again by its code (of a function, its whole file), so that a change of it is another model. An attribute
    `higher_is_better` says which way its scores run; without one, the data do.
    """
    known_as: str = name or getattr(function, "__qualname__", type(function).__name__)
    try:
        file = inspect.getsourcefile(function)
        source = Path(file).read_bytes() if file else b""
    except (TypeError, OSError):
        source = b""
    needed = [
        one
        for one in inspect.signature(function).parameters.values()
        if one.default is one.empty and one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD)
    ]
    if len(needed) not in (1, 2):
        raise ScorerError(f"{known_as}: takes {len(needed)} arguments; it should take images, or images and references")
    full_reference = len(needed) == 2

    def score(batch: Batch) -> Any:
        return function(batch.images, batch.references) if full_reference else function(batch.images)

    fingerprint = hashlib.sha256(known_as.encode() + source).hexdigest()
    higher = getattr(function, "higher_is_better", None)
    return Scorer(known_as, "callable", fingerprint, score, batch, higher, full_reference=full_reference)
