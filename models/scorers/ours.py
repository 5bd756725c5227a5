"""blemish's own models: the embedded one, any trained like it, and the quality CNNs of `blemish train`."""

from __future__ import annotations

import hashlib
from functools import partial
from pathlib import Path

from ..distortion_model.device import DeviceError, chosen_device
from ..distortion_model.files import WeightsError
from ..distortion_model.model import DistortionModel
from ..quality_cnns.files import load_quality_model
from ..quality_cnns.model import QualityCnn
from .scorer import Batch, Scorer, ScorerError

EMBEDDED = "blemish"
OVERALL_SEVERITY = "overall_severity"


def blemish_scorer(name: str) -> Scorer:
    """The embedded model by its MOS ("blemish") or its overall severity ("blemish:overall_severity"), or the model in a
    .safetensors file, in the same two ways.

    Raises:
        ScorerError: there is no such model.
    """
    source, asked = name.removesuffix(f":{OVERALL_SEVERITY}"), name.endswith(f":{OVERALL_SEVERITY}")
    if source.startswith(f"{EMBEDDED}:"):
        raise ScorerError(f"{name}: the embedded model gives its MOS ({EMBEDDED}) or its {EMBEDDED}:{OVERALL_SEVERITY}")
    try:
        model = load_quality_model(None if source == EMBEDDED else Path(source), device=chosen_device())
    except (WeightsError, DeviceError) as error:
        raise ScorerError(str(error)) from error
    fingerprint = hashlib.sha256(f"{model.sha256} {asked}".encode()).hexdigest()
    if isinstance(model, DistortionModel):
        if asked:
            severity = partial(_overall_severities, model)
            return Scorer(name, "blemish", fingerprint, severity, higher_is_better=False, scale=(0.0, 1.0))
        return Scorer(
            name, "blemish", fingerprint, partial(_opinions, model), higher_is_better=True, scale=(0.0, 100.0)
        )
    if asked:
        raise ScorerError(f"{name}: a quality CNN has a score, and no {OVERALL_SEVERITY}")
    return Scorer(name, "blemish", fingerprint, partial(_cnn_scores, model), higher_is_better=True)


def _opinions(model: DistortionModel, batch: Batch) -> list[float]:
    """MOS of each image; by the opinion-unaware score where the model was never fitted to human scores."""
    if model.calibration.mos_error:
        return model.mos_of(batch.images).tolist()
    return [model.predict(image).opinion_unaware_score.value for image in batch.images]


def _overall_severities(model: DistortionModel, batch: Batch) -> list[float]:
    return [model.predict(image).overall_severity.value for image in batch.images]


def _cnn_scores(model: QualityCnn, batch: Batch) -> list[float]:
    """Not limited to 0 to 100: support vectors may leave it."""
    return [float(model.predict(image).score) for image in batch.images]
