"""Commands about whole collections: scanning one, and comparing two."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from .application import PHOTOS, app, check_folder, mistakes, say, tell
from .options import Device, Engine, MaxPixels, Weights, Workers, pixels, use


@app.command(rich_help_panel=PHOTOS)
def scan(
    folders: Annotated[list[Path], typer.Argument(metavar="FOLDER...", help="Folders of photos, and photos.")],
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="DIR", help="Folder for the table and the index.")
    ] = Path("blemish-scan"),
    csv: Annotated[bool, typer.Option("--csv", help="Write the table as CSV too.")] = False,
    reports: Annotated[int, typer.Option(min=0, metavar="N", help="Make full reports on the worst N photos.")] = 0,
    engine: Engine = "local",
    workers: Workers = 2,
    max_pixels: MaxPixels = 120,
    weights: Weights = None,
    device: Device = "auto",
) -> None:
    """Scan whole folders: a table of every photo (Parquet), and an index to sort, filter and compare them in (HTML).

    Stopped at any moment and started again, it goes on where it was; photos that did not change are not done again. A photo
    that cannot be read is named, the others are scanned, and the exit code is 2.
    """
    from ..explain.scan.collection import photos_in
    from ..explain.scan.collection import scan as scan_photos
    from ..reports.scan.index import write_index

    use(device)
    with mistakes(OSError, ValueError):
        check_folder(output)
        inside = [path for path in photos_in(folders) if Path(path).resolve().is_relative_to(output.resolve())]
        if inside:
            raise ValueError(f"{output}: lies inside what is scanned, and holds photos such as {inside[0]}")
        try:
            scanned = scan_photos(
                folders,
                output=output,
                model=weights,
                workers=workers,
                engine=engine,
                max_pixels=pixels(max_pixels),
                csv=csv,
            )
        except KeyboardInterrupt:
            say(f"stopped; the same command goes on from what {output} has")
            raise
        except ModuleNotFoundError as error:
            raise ValueError(f"the engine {engine} needs {error.name}: pip install 'blemish[cluster]'") from error
        _write_reports(scanned.worst(reports), output, weights, workers)
        named = {row["path"]: _report_of(row) for row in scanned.rows}
        made = {path: page for path, page in named.items() if (output / page).exists()}
        page = write_index(scanned, output, reports=made)
    for sentence in scanned.failed.values():
        say(sentence)
    kept = f", {scanned.unchanged} of them unchanged" if scanned.unchanged else ""
    others = f"; {len(scanned.others)} are no photographs" if scanned.others else ""
    tell(f"{len(scanned)} file{'s' * (len(scanned) != 1)}{kept}{others}; {len(scanned.failed)} could not be read")
    tell(f"{page}, with {len(made)} report{'s' * (len(made) != 1)} beside it" if made else str(page))
    if scanned.failed:
        raise typer.Exit(2)


@app.command("compare-sets", rich_help_panel=PHOTOS)
def compare_sets(
    before: Annotated[Path, typer.Argument(metavar="A", help="A folder that `blemish scan` wrote.")],
    after: Annotated[Path, typer.Argument(metavar="B", help="Another.")],
    photos: Annotated[int, typer.Option(min=0, help="Photos to list, those that fell most.")] = 10,
) -> None:
    """Compare two scans, such as before and after a change of a pipeline: what rose, by how much, and whether by chance."""
    from ..explain.scan.compare import compare_sets as compare

    with mistakes(OSError, ValueError):
        comparison = compare(before, after)
    first, second = comparison.sizes
    tell(f"A has {first} photos, B {second}" + ("" if comparison.photos else "; their names do not match"))
    tell(f"{'':26} {'A':>8} {'B':>8} {'B − A':>8}  p (corrected for the number of rows)")
    for change in comparison.changes:
        values = f"{_figure(change.name, change.before)} {_figure(change.name, change.after)}"
        tell(
            f"{change.name:26} {values} {_figure(change.name, change.difference, sign='+')}  {change.p:.3g}, {change.test}"
        )
    for photo in comparison.photos[:photos]:
        if photo.after < photo.before:
            signs = [f"+ {name}" for name in photo.came] + [f"− {name}" for name in photo.went]
            tell(f"{photo.name}: score {photo.before:.0f} to {photo.after:.0f}  {', '.join(signs)}")


def _figure(name: str, value: float, *, sign: str = "") -> str:
    """A score, a severity, or the share of photos with a finding."""
    if name == "score":
        return f"{value:{sign}8.1f}"
    return f"{value:{sign}8.3f}" if name == "overall severity" else f"{value:{sign}8.1%}"


def _write_reports(rows: Sequence[dict], output: Path, weights: Path | None, workers: int) -> None:
    """Write reports on the photos of those `rows` that have none yet, in `output`."""
    from ..synth_distort.parallel import in_processes

    jobs = [(row["path"], output / _report_of(row), weights) for row in rows]
    missing = [job for job in jobs if not job[1].exists()]
    for failure in in_processes(_write_report, missing, workers=workers, description="Reports", on_death=_no_report):
        if failure:
            say(failure)


def _report_of(row: dict) -> str:
    """The report's name in the scan's folder: another for another path or content of the photo, another model or version."""
    made_of = f"{row['sha256']} {row['model']} {row['blemish']}"
    digest = hashlib.sha256(os.fsencode(row["path"]) + made_of.encode()).hexdigest()
    return f"reports/{digest[:24]}.html"


def _write_report(job: tuple[str, Path, Path | None]) -> str:
    """Write a report; the sentence of what went wrong, or nothing."""
    from ..reports.photo.report import report

    path, page, weights = job
    try:
        report(path, model=weights).save(page)
    except Exception as error:  # whatever goes wrong with one photo, the others still get their reports
        return f"{path}: no report ({error})"
    return ""


def _no_report(job: tuple[str, Path, Path | None]) -> str:
    return f"{job[0]}: no report (its worker died)"
