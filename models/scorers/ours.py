"""blemish's own models: the embedded one, any trained like it, and the quality CNNs of `blemish train`."""

from __future__ import annotations

import hashlib
from pathlib import Path

from ..distortion_model.files import WeightsError
from ..distortion_model.model import DistortionModel
from ..quality_cnns.files import load_quality_model
from .scorer import Batch, Scorer, ScorerError

EMBEDDED = "blemish"
UNAWARE = "opinion_unaware_score"
SCALE = (0.0, 100.0)


def blemish_scorer(name: str) -> Scorer:
    """The embedded model ("blemish", its MOS), the same by its opinion-unaware score ("blemish:opinion_unaware_score"), or the
    model in a .safetensors file, with or without that ending.

    Raises:
        ScorerError: there is no such model.
    """
    source, _, asked = name.partition(f":{UNAWARE}")
    unaware = name.endswith(f":{UNAWARE}")
    if asked:
        raise ScorerError(f"{name}: the scores of a model of blemish are its MOS and {UNAWARE}")
    try:
        model = load_quality_model(None if source == EMBEDDED else Path(source))
    except WeightsError as error:
        raise ScorerError(str(error)) from error
    if unaware and not isinstance(model, DistortionModel):
        raise ScorerError(f"{name}: a quality CNN has no {UNAWARE}")

    def score(batch: Batch) -> list[float]:
        if isinstance(model, DistortionModel):
            predictions = [model.predict(image) for image in batch.images]
            return [(one.opinion_unaware_score if unaware else one.quality).value for one in predictions]
        return [float(model.predict(image).score) for image in batch.images]

    fingerprint = hashlib.sha256(f"{model.sha256} {unaware}".encode()).hexdigest()
    scale = SCALE if isinstance(model, DistortionModel) else None  # support vectors may leave it
    return Scorer(name, "blemish", fingerprint, score, higher_is_better=True, scale=scale)
