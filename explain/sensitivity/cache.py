"""Scores on disk: a folder for each model, in it a Parquet file for each photo, written again after every ladder.

A run that is killed loses the ladder that it was at. Failures are kept, to be reported, and tried again by the next run.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow
import pyarrow.parquet

from ...models.scorers.scorer import Scorer
from ...synth_distort.files import write_file
from .plan import Plan, Subject

Key = tuple[str, str]  # condition and distortion
SCHEMA = pyarrow.schema(
    {
        "condition": pyarrow.string(),
        "distortion": pyarrow.string(),
        "severity": pyarrow.float64(),
        "score": pyarrow.float64(),
        "error": pyarrow.string(),
    }
)


@dataclass
class PhotoScores:
    """What one model said of one photo.

    Attributes:
        file: where it is kept.
        scores: by condition and distortion, and by severity.
        errors: by condition and distortion, one sentence each, where there are no scores.
    """

    file: Path
    scores: dict[Key, dict[float, float]] = field(default_factory=dict)
    errors: dict[Key, str] = field(default_factory=dict)

    def lacks(self, key: Key, severities: Sequence[float]) -> bool:
        """Whether scores at one of `severities` are missing."""
        return not set(severities) <= self.scores.get(key, {}).keys()

    def keep(self) -> None:
        """Write all of it."""
        rows = [
            {"condition": condition, "distortion": distortion, "severity": severity, "score": score, "error": None}
            for (condition, distortion), ladder in self.scores.items()
            for severity, score in ladder.items()
        ]
        rows += [
            {"condition": condition, "distortion": distortion, "severity": None, "score": None, "error": error}
            for (condition, distortion), error in self.errors.items()
        ]
        stream = pyarrow.BufferOutputStream()
        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows, schema=SCHEMA), stream)
        write_file(self.file, stream.getvalue().to_pybytes())


def photo_scores(cache: Path, scorer: Scorer, subject: Subject, plan: Plan) -> PhotoScores:
    """What is kept of `subject` by `scorer`; nothing where there is no file, or one that is no table of scores."""
    model = f"{re.sub(r'[^A-Za-z0-9_.-]+', '_', scorer.name)[-60:]}-{scorer.fingerprint[:12]}"
    kept = PhotoScores(cache / model / f"{subject.digest[:24]}-{plan.digest[:8]}.parquet")
    if not kept.file.is_file():
        return kept
    try:
        columns = pyarrow.parquet.read_table(kept.file, schema=SCHEMA).to_pydict()
    except (pyarrow.ArrowException, OSError):
        return kept
    for condition, distortion, severity, score, error in zip(*(columns[name] for name in SCHEMA.names), strict=True):
        if error is None:
            kept.scores.setdefault((condition, distortion), {})[severity] = score
        else:
            kept.errors[condition, distortion] = error
    return kept
