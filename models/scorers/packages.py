"""Metrics of pyiqa, piq and torchmetrics by name, where these packages are installed."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Callable
from importlib import import_module, metadata
from pathlib import Path
from types import ModuleType
from typing import Any

import torch

from .scorer import Batch, Scorer, ScorerError


def pyiqa_scorer(name: str) -> Scorer:
    """`pyiqa:METRIC`, or `pyiqa:METRIC@FILE` with the file of its parameters.

    Raises:
        ScorerError: pyiqa is not installed, or has no such metric at hand.
    """
    pyiqa = _package("pyiqa", name)
    metric, _, file = name.partition(":")[2].partition("@")
    if file and not Path(file).is_file():
        raise ScorerError(f"{file}: there is no such file")
    given = {"pretrained_model_path": file} if file else {}
    try:
        model = pyiqa.create_metric(metric, device="cpu", **given)
    except Exception as error:  # a name it lacks, weights it cannot download: pyiqa raises whatever came to pass
        raise ScorerError(f"{name}: pyiqa cannot make it ({_words(error)})") from error
    full_reference = model.metric_mode == "FR"

    def score(batch: Batch) -> Any:
        return model(batch.images, batch.references) if full_reference else model(batch.images)

    fingerprint = _digest(f"{name} {metadata.version('pyiqa')}", Path(file).read_bytes() if file else b"")
    higher = not model.lower_better
    return Scorer(name, "pyiqa", fingerprint, score, higher_is_better=higher, full_reference=full_reference)


def piq_scorer(name: str) -> Scorer:
    """`piq:METRIC`: a function of piq, or a class that is one when it is made.

    Raises:
        ScorerError: piq is not installed, or has no such metric at hand.
    """
    metric: Any = _attribute(_package("piq", name), name)
    settings = {"reduction": "none"} if "reduction" in inspect.signature(metric).parameters else {}
    arguments = inspect.signature(metric)
    if isinstance(metric, type):
        try:
            metric, settings = metric(**settings), {}
        except Exception as error:  # most have weights to download
            raise ScorerError(f"{name}: piq cannot make it ({_words(error)})") from error
        arguments = inspect.signature(metric.forward)
    full_reference = list(arguments.parameters)[1:2] == ["y"]

    def score(batch: Batch) -> Any:
        return (
            metric(batch.images, batch.references, **settings) if full_reference else metric(batch.images, **settings)
        )

    return Scorer(name, "piq", _digest(f"{name} {metadata.version('piq')}"), score, full_reference=full_reference)


def torchmetrics_scorer(name: str) -> Scorer:
    """`torchmetrics:METRIC`: a function of torchmetrics.functional.image, given one image at a time, since it returns means.

    Raises:
        ScorerError: torchmetrics is not installed, or has no such metric.
    """
    metric = _attribute(_package("torchmetrics.functional.image", name), name)
    parameters = list(inspect.signature(metric).parameters)
    full_reference = "target" in parameters[1:2]
    settings = {"data_range": 1.0} if "data_range" in parameters else {}

    def score(batch: Batch) -> Any:
        pairs = zip(batch.images[:, None], batch.references[:, None], strict=True)
        both = [(image, reference) if full_reference else (image,) for image, reference in pairs]
        return torch.stack([torch.as_tensor(metric(*one, **settings)) for one in both])

    fingerprint = _digest(f"{name} {metadata.version('torchmetrics')}")
    return Scorer(name, "torchmetrics", fingerprint, score, full_reference=full_reference)


def _package(module: str, name: str) -> ModuleType:
    try:
        return import_module(module)
    except ImportError as error:
        package = module.partition(".")[0]
        raise ScorerError(
            f"{name} needs {package}, which cannot be imported ({_words(error)}): pip install {package}"
        ) from error


def _attribute(module: ModuleType, name: str) -> Callable[..., Any]:
    package, _, metric = name.partition(":")
    found = getattr(module, metric, None)
    if found is None or not callable(found):
        raise ScorerError(f"{name}: {package} has no metric called {metric!r}")
    return found


def _words(error: BaseException) -> str:
    return " ".join(str(error).split())[:160] or type(error).__name__


def _digest(text: str, content: bytes = b"") -> str:
    return hashlib.sha256(text.encode() + content).hexdigest()
