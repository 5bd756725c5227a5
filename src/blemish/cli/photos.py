"""Commands about photos: reports and ladders."""

from __future__ import annotations

import itertools
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .application import PHOTOS, app, check_folder, mistakes, say, tell
from .options import Device, MaxPixels, PostProcessing, Seed, Weights, pixels, use

if TYPE_CHECKING:
    from ..reports.photo.report import Report


@app.command(rich_help_panel=PHOTOS)
def report(
    photos: Annotated[
        list[Path], typer.Argument(metavar="PHOTO...", help="The photos to report on; - for standard input.")
    ],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="DIR", help="Folder for the reports.")] = Path(
        "blemish-reports"
    ),
    as_json: Annotated[bool, typer.Option("--json", help="Print the JSON of each report instead of a line.")] = False,
    weights: Weights = None,
    model: Annotated[
        Path | None,
        typer.Option("--model", metavar="FILE", help="A quality CNN of `blemish train RECIPE`, for a second opinion."),
    ] = None,
    quick: Annotated[
        bool,
        typer.Option(
            "--quick", help="Prediction (of a large photo by a sample), facts and measurements, without checks."
        ),
    ] = False,
    anyway: Annotated[bool, typer.Option("--anyway", help="Predict also of what is no photograph.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print nothing but mistakes.")] = False,
    max_pixels: MaxPixels = 120,
    device: Device = "auto",
    seed: Seed = 0,
) -> None:
    """Say what is wrong with each PHOTO: a page (HTML) and the same as data (JSON) for each.

    A photo that cannot be read is named, and the others still get their reports.
    """
    from ..models.distortion_model.device import chosen_device
    from ..models.distortion_model.files import WeightsError, load_model
    from ..reports.photo.report import report as report_on
    from ..synth_distort import PhotoError, read_photo
    from ..synth_distort.files import printable
    from ..synth_distort.progress import advancing

    use(device)
    with mistakes(WeightsError, OSError):
        check_folder(output)
        embedded, second_model = load_model(weights, device=chosen_device()), _quality_cnn(model)
    failed = False
    named = zip(photos, _distinct_stems(photos), strict=True)
    for photo, stem in advancing(named, "Reports", total=len(photos)):
        page = output / f"{stem}.blemish.html"
        try:
            read = (
                sys.stdin.buffer.read()
                if str(photo) == "-"
                else read_photo(photo, most_pixels=pixels(max_pixels), isolated=True)
            )
            result = report_on(read, model=embedded, second_model=second_model, quick=quick, anyway=anyway, seed=seed)
            result.save(page)
            result.save(page.with_suffix(".json"))
        except (PhotoError, OSError) as error:
            failed = True
            say(error)
            continue
        except Exception as error:  # whatever goes wrong with one photo, the others still get their reports
            failed = True
            say(f"{photo}: could not be reported on ({type(error).__name__}: {error})")
            continue
        if not quiet:
            tell(json.dumps(result.to_dict(), ensure_ascii=False) if as_json else printable(_line(photo, result, page)))
    if failed:
        raise typer.Exit(2)


@app.command(rich_help_panel=PHOTOS)
def ladder(
    photo: Annotated[Path, typer.Argument(help="The photo to distort.")],
    distortion: Annotated[str, typer.Option(metavar="NAME", help="One of `blemish distortions`.")],
    levels: Annotated[int, typer.Option(min=2, help="How many, from severity 0 to the worst it can do.")] = 5,
    post_processing: PostProcessing = "png",
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="DIR", help="Folder for the levels; PHOTO-NAME without it.")
    ] = None,
    seed: Seed = 0,
) -> None:
    """Make a severity ladder from PHOTO: its levels as PNG files, a contact sheet, and ladder.json."""
    from ..reports.ladder_files import write_ladder
    from ..synth_distort import PhotoError, get_distortion, read_photo

    with mistakes(PhotoError, ValueError, OSError):
        get_distortion(distortion)
        folder = output or Path(f"{photo.stem}-{distortion}")
        check_folder(folder)
        write_ladder(read_photo(photo), distortion, folder, levels=levels, post_processing=post_processing, seed=seed)
    print(f"{levels} levels of {distortion}, a contact sheet and ladder.json in {folder}")


@app.command(rich_help_panel=PHOTOS)
def distortions() -> None:
    """List the distortions, and the parameter of each at four severities."""
    from rich.console import Console
    from rich.table import Table

    from ..synth_distort import DISTORTIONS, severity_curve

    severities = (0.25, 0.5, 0.75, 1.0)
    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in ("name", "family", "parameter", *(f"at {severity:g}" for severity in severities), "severity is"):
        table.add_column(heading, justify="right" if heading.startswith("at") else "left")
    for entry in DISTORTIONS.values():
        curve = severity_curve(entry.name)
        values = [f"{curve.value(severity):.3g}" if severity <= curve.ceiling else "–" for severity in severities]
        unit = f", {entry.unit}" if entry.unit else ""
        source = f"rated up to {curve.rated_up_to:.2f}" if curve.source == "rated" else "inferred"
        worst = "" if curve.ceiling == 1 else f", at most {curve.ceiling:.2f}"
        table.add_row(entry.name, entry.family, f"{entry.parameter}{unit}", *values, source + worst)
    Console(width=None if sys.stdout.isatty() else 170).print(table)


def _quality_cnn(path: Path | None):
    """The quality CNN in the file at `path`.

    Raises:
        WeightsError: it cannot be read, or is a model of distortions.
    """
    if path is None:
        return None
    from ..models.distortion_model.files import WeightsError
    from ..models.distortion_model.model import DistortionModel
    from ..models.quality_cnns.files import load_quality_model

    model = load_quality_model(path)
    if isinstance(model, DistortionModel):
        raise WeightsError(f"{path}: is a model of distortions; give it as --weights")
    return model


def _line(photo: Path, report: Report, page: Path) -> str:
    name, said = "standard input" if str(photo) == "-" else str(photo), report.verdict
    if report.overall_severity is None:
        return f"{name}: {said.sentence} --anyway predicts nonetheless. {page}"
    sure = {"confirmed": "confirmed", "suspected": "not confirmed"}.get(said.kind)
    verdict = said.sentence.removesuffix(".") + (f" ({sure})" if sure else "")
    severity = f"overall severity {report.overall_severity.value:.2f}"
    if report.mos is None:
        return f"{name}: {severity}. {verdict}. {page}"
    low, high = report.mos.interval
    return f"{name}: MOS {report.mos.value:.0f} ({low:.0f} to {high:.0f}), {severity}. {verdict}. {page}"


def _distinct_stems(photos: Sequence[Path]) -> Iterator[str]:
    """The photos' names without endings; one that is taken (on some disks, in any case of letters) gets a number."""
    taken: set[str] = set()
    for photo in photos:
        first = "standard-input" if str(photo) == "-" else photo.stem
        numbered = (f"{first}-{number}" for number in itertools.count(2))
        stem = next(name for name in itertools.chain([first], numbered) if name.casefold() not in taken)
        taken.add(stem.casefold())
        yield stem
