"""The report on one photo: its page, its data, and how both are kept."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from ...explain.checks.check import Check
from ...explain.diagnosis import Diagnosis, diagnose
from ...explain.facts import Facts
from ...explain.measurements.measure import Measured
from ...explain.photo_sources import Source
from ...models.distortion_model.model import DistortionModel
from ...models.distortion_model.prediction import Finding
from ...models.score import Estimate, Score
from ...synth_distort.files import write_file, write_json
from .page import render, render_card
from .report_json import report_data
from .verdict import Verdict, verdict

if TYPE_CHECKING:
    from ...models.quality_cnns.model import QualityCnn


@dataclass(frozen=True, repr=False)
class Report:
    """A diagnosis that can be shown and kept.

    Attributes:
        diagnosis: everything that was computed.
    """

    diagnosis: Diagnosis

    @property
    def mos(self) -> Score | None:
        """The predicted mean opinion score, 0 to 100; None of what is no photograph, or without people's scores."""
        return self.diagnosis.prediction and self.diagnosis.prediction.mos

    @property
    def overall_severity(self) -> Estimate | None:
        """Of all distortions together, 0 (imperceptible) to 1 (very annoying); None of what is no photograph."""
        return self.diagnosis.prediction and self.diagnosis.prediction.overall_severity

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

    @property
    def facts(self) -> Facts | None:
        """Of the photo's file; None of an image that was never a file."""
        return self.diagnosis.facts

    @property
    def measurements(self) -> tuple[Measured, ...]:
        """Of the photo's pixels, each with its percentile among good photos."""
        return self.diagnosis.measured

    @property
    def verdict(self) -> Verdict:
        """What is wrong, how bad, where and how sure, in words."""
        return verdict(self.diagnosis)

    def table(self) -> list[dict]:
        """The findings as rows of plain values, ready for `pandas.DataFrame`."""
        diagnosis = self.diagnosis
        return [
            {
                "name": finding.name,
                "family": finding.family,
                "severity": finding.severity,
                "word": finding.word,
                "probability": finding.probability,
                "confirmed": finding in diagnosis.confirmed,
                "where": diagnosis.parts[finding.name].where,
                "share": diagnosis.parts[finding.name].share,
                "equivalent": finding.equivalent and finding.equivalent.phrase,
            }
            for finding in self.findings
        ]

    def __repr__(self) -> str:
        name = self.diagnosis.photo.path.name if self.diagnosis.photo.path else "photo"
        score = f"MOS {self.mos.value:.0f}, " if self.mos else ""
        return f"<Report on {name}: {score}{self.verdict.sentence}>"

    def _repr_html_(self) -> str:
        return render_card(self.diagnosis)


def report(
    source: Source,
    *,
    model: DistortionModel | str | os.PathLike | None = None,
    second_model: QualityCnn | None = None,
    quick: bool = False,
    anyway: bool = False,
    seed: int = 0,
) -> Report:
    """Diagnose one photo: see `explain.diagnosis.diagnose` for arguments and errors."""
    return Report(diagnose(source, model=model, second_model=second_model, quick=quick, anyway=anyway, seed=seed))
