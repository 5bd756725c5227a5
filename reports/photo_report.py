"""The report on one photo: its page, its data, and how both are kept."""

from __future__ import annotations

import html
import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from torch import Tensor

from ..explain.checks import Check
from ..explain.diagnosis import Diagnosis, diagnose
from ..models.distortion_model.model import DistortionModel
from ..models.distortion_model.prediction import Finding
from ..models.quality_cnns.model import QualityCnn
from ..models.score import Estimate, Score
from ..synth_distort import Photo
from ..synth_distort.files import write_file, write_json
from .page import render
from .report_json import report_data


@dataclass(frozen=True)
class Report:
    """A diagnosis that can be shown and kept.

    Attributes:
        diagnosis: everything that was computed.
    """

    diagnosis: Diagnosis

    @property
    def mos(self) -> Score | None:
        """The predicted mean opinion score, 0 to 100; None of a model that was trained without people's scores."""
        return self.diagnosis.prediction.mos

    @property
    def overall_severity(self) -> Estimate:
        """Of all distortions together, 0 (imperceptible) to 1 (very annoying)."""
        return self.diagnosis.prediction.overall_severity

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The distortions found, the most severe first."""
        return self.diagnosis.findings

    @property
    def checks(self) -> tuple[Check, ...]:
        """Every check that was run, passed or not."""
        return self.diagnosis.checks

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a reader should be told first, one sentence each."""
        return self.diagnosis.warnings

    def to_dict(self) -> dict:
        """The report as plain numbers and words, as its JSON file has it."""
        return report_data(self.diagnosis)

    @cached_property
    def html(self) -> str:
        """The report as one self-contained HTML page."""
        return render(self.diagnosis)

    def save(self, path: str | os.PathLike) -> None:
        """Write the report to `path`, as a page if it ends in .html, as data if it ends in .json.

        Raises:
            ValueError: another ending.
        """
        path = Path(path)
        if path.suffix == ".html":
            write_file(path, self.html.encode(errors="backslashreplace"))
        elif path.suffix == ".json":
            write_json(path, self.to_dict())
        else:
            raise ValueError(f"path is {path}; a report is saved as .html or .json")

    def _repr_html_(self) -> str:
        return f'<iframe srcdoc="{html.escape(self.html)}" style="width:100%;height:80vh;border:0"></iframe>'


def report(
    source: Photo | str | os.PathLike | np.ndarray | Tensor,
    *,
    model: DistortionModel | str | os.PathLike | None = None,
    second_model: QualityCnn | None = None,
    seed: int = 0,
) -> Report:
    """Diagnose one photo: see `explain.diagnosis.diagnose` for arguments and errors."""
    return Report(diagnose(source, model=model, second_model=second_model, seed=seed))
