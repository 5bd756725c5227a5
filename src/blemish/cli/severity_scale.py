"""Commands that fit the scale of severity, validate ladders, and show every distortion."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .application import MAINTENANCE, app, mistakes
from .options import Seed, Workers


@app.command(rich_help_panel=MAINTENANCE)
def calibrate(
    ratings: Annotated[Path, typer.Argument(metavar="CSV", help="Ratings of distortion levels, as KADID-10k's.")],
    folder: Annotated[Path, typer.Argument(help="Pristine photos, for the distortions that nobody rated.")],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="JSON file; the shipped table without it.")
    ] = None,
    photos: Annotated[int, typer.Option(min=2, help="How many of them to measure on.")] = 16,
    collection: Annotated[str | None, typer.Option(metavar="NAME", help="Take photos of this one only.")] = None,
    workers: Workers = 2,
    seed: Seed = 0,
) -> None:
    """Refit the scale of severity to human ratings, and rewrite the table of severity curves.

    Stopped and started again, it goes on where it was.
    """
    from ..synth_distort.calibration.curves import calibrate as fit_curves
    from ..synth_distort.severity import SHIPPED_CURVES

    destination = output or SHIPPED_CURVES
    with mistakes(OSError, ValueError):
        written = fit_curves(
            ratings, folder, destination, photos=photos, collection=collection, workers=workers, seed=seed
        )
    record = written["record"]
    print(f"{len(written['curves'])} severity curves in {destination}")
    print("severity inferred for a rated distortion that was left out of the fit, mean absolute error:")
    for name, error in record["leave_one_out_errors"].items():
        print(f"  {name:24} {error:.3f}")
    print(f"  {'mean':24} {record['leave_one_out_mean_absolute_error']:.3f}")


@app.command(rich_help_panel=MAINTENANCE)
def validate(
    folder: Annotated[Path, typer.Argument(help="Pristine photos.")],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="JSON file for the figures.")] = Path(
        "validation.json"
    ),
    ratings: Annotated[
        Path | None, typer.Option(metavar="CSV", help="Ratings of distortion levels to compare the scale with.")
    ] = None,
    photos: Annotated[int, typer.Option(min=1, help="How many to measure on, at most.")] = 40,
    workers: Workers = 2,
    seed: Seed = 0,
) -> None:
    """Measure what ladders promise: damage that rises from level to level, in even steps, from none at severity 0.

    Stopped and started again, it goes on where it was.
    """
    from ..synth_distort.calibration.validation import validate as measure

    with mistakes(OSError, ValueError):
        measured = measure(folder, output, ratings=ratings, photos=photos, workers=workers, seed=seed)
    print(f"{'':22} rising  untouched at 0  spacing error  DMOS error")
    for name, figures in measured["distortions"].items():
        agreement = f"{figures['largest_dmos_error']:.3f}" if "largest_dmos_error" in figures else "–"
        print(
            f"{name:22} {figures['rising']:6.1%}  {figures['untouched_at_zero']:14.0%}  {figures['spacing_error']:13.3f}  "
            f"{agreement:>10}"
        )


@app.command(rich_help_panel=MAINTENANCE)
def gallery(
    photo: Annotated[Path, typer.Argument(help="The photo to distort.")],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="DIR", help="Folder for the pictures.")] = Path(
        "gallery"
    ),
    validation: Annotated[
        Path | None, typer.Option(metavar="FILE", help="What `blemish validate` wrote, to print beside the pictures.")
    ] = None,
    seed: Seed = 0,
) -> None:
    """Draw every distortion at severities 0.25, 0.5, 0.75 and 1, and write a page that explains each."""
    from ..reports.gallery import write_gallery
    from ..synth_distort import PhotoError, read_photo

    with mistakes(PhotoError, OSError, ValueError):
        page = write_gallery(read_photo(photo), output, validation=validation, seed=seed)
    print(page)
