"""Where curators work: a scan as FiftyOne samples, or as a table of issues."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from .row import MEASURED

FIELDS = ("mos", "overall_severity", "in_distribution", "camera", "iso", "jpeg_quality", *MEASURED)

if TYPE_CHECKING:
    from .collection import Scan


def to_fiftyone(scan: Scan) -> list:
    """A FiftyOne sample for each photograph: score, severity, measurements, findings; the tag "repeat" for all but the best.

    `fiftyone.Dataset("photos").add_samples(to_fiftyone(scan))` makes a data set of them.

    Raises:
        ModuleNotFoundError: fiftyone is not installed.
    """
    import fiftyone  # pyright: ignore[reportMissingImports]  which only its users install

    redundant = {path for group in scan.repeats for path, _ in group.others}
    samples = []
    for row in scan.rows:
        found = [
            fiftyone.Classification(label=one["name"], confidence=one["probability"], severity=one["severity"])
            for one in row["findings"]
        ]
        sample = fiftyone.Sample(
            filepath=row["path"],
            tags=["repeat"] if row["path"] in redundant else [],
            findings=fiftyone.Classifications(classifications=found),
            **{name: row[name] for name in FIELDS},
        )
        samples.append(sample)
    return samples


def issues(scan: Scan) -> dict[str, list]:
    """A table of issues like CleanVision's, as columns: for each issue a flag and a score, 0 (worst) to 1.

    An issue is a distortion that was found anywhere in the collection, `dark`, `light`, `near_duplicate` (all but the best of a
    group) or `unreadable`; `pandas.DataFrame(issues(scan))` is a frame of photographs and of files that could not be read.
    """
    rows, failed = scan.rows, scan.failed
    names = sorted({one["name"] for row in rows for one in row["findings"]})
    redundant = {path for group in scan.repeats for path, _ in group.others}
    paths = [row["path"] for row in rows] + list(failed)
    columns: dict[str, list] = {"path": paths}

    def enter(name: str, flags: Sequence[bool], scores: Sequence[float], unreadable: bool = False) -> None:
        columns[f"is_{name}_issue"] = [*flags, *[unreadable] * len(failed)]
        columns[f"{name}_score"] = [*scores, *[0.0 if unreadable else None] * len(failed)]

    for name in names:
        severities = [next((one["severity"] for one in row["findings"] if one["name"] == name), 0.0) for row in rows]
        enter(name, [severity > 0 for severity in severities], [round(1 - severity, 4) for severity in severities])
    brightness = [row["mean_luma"] / 255 for row in rows]
    enter("dark", [level < 0.15 for level in brightness], [min(1.0, round(level / 0.5, 4)) for level in brightness])
    enter(
        "light", [level > 0.9 for level in brightness], [min(1.0, round((1 - level) / 0.5, 4)) for level in brightness]
    )
    repeated = [row["path"] in redundant for row in rows]
    enter("near_duplicate", repeated, [float(not one) for one in repeated])
    enter("unreadable", [False] * len(rows), [1.0] * len(rows), unreadable=True)
    return columns
