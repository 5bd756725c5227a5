"""Commands that make data sets of distorted photos, and those that fit and check the scale of severity."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .application import app, mistakes, say
from .options import PostProcessing, Seed, Workers


@app.command()
def synthesize(
    folder: Annotated[Path, typer.Argument(help="Photos, in folders or not.")],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="DIR", help="Folder for the data set.")],
    distortions: Annotated[
        str, typer.Option(metavar="NAMES", help="Names with commas; + between those that act together; or all.")
    ] = "all",
    severities: Annotated[
        str, typer.Option(metavar="NUMBERS", help="Of the levels, with commas, 0 to 1.")
    ] = "0.25,0.5,0.75,1",
    post_processing: PostProcessing = "png",
    masked: Annotated[bool, typer.Option("--masked", help="Damage a random part only, and keep its mask.")] = False,
    engine: Annotated[str, typer.Option(help="local, or ray (a cluster, or this machine).")] = "local",
    workers: Workers = 2,
    seed: Seed = 0,
) -> None:
    """Write a ladder data set: every photo in FOLDER under every distortion, with a Parquet manifest.

    Stopped at any moment and started again, it ends with the same bytes. A photo that cannot be read is named, and the others
    still get their ladders.
    """
    from ..synth_distort.data_set import DataSet, synthesize
    from ..synth_distort.engines import ENGINES

    with mistakes(OSError, ValueError):
        data_set = DataSet.from_words(
            distortions, severities, post_processing=post_processing, masked=masked, seed=seed
        )
        if engine not in ENGINES:
            raise ValueError(f"no engine is called {engine!r}; there are {', '.join(ENGINES)}")
        try:
            run = ENGINES[engine](workers)
        except ModuleNotFoundError as error:
            raise ValueError(f"the engine {engine} needs {error.name}: pip install 'blemish[cluster]'") from error
        record = synthesize(folder, output, data_set, engine=run)
    for chain in data_set.chains:
        if left_out := [f"{severity:g}" for severity in data_set.severities if severity not in data_set.levels(chain)]:
            say(f"{'+'.join(chain)} cannot be as severe as {', '.join(left_out)}; these levels are left out")
    print(f"{record['files']} images and manifest.parquet in {output}")
    for sentence in record["failed"].values():
        say(sentence)
    if record["failed"]:
        raise typer.Exit(2)


@app.command()
def calibrate(
    ratings: Annotated[Path, typer.Argument(metavar="CSV", help="Ratings of distortion levels, as KADID-10k's.")],
    folder: Annotated[Path, typer.Argument(help="Pristine photos, for the distortions that nobody rated.")],
    photos: Annotated[int, typer.Option(min=2, help="How many of them to measure on.")] = 16,
    collection: Annotated[str | None, typer.Option(metavar="NAME", help="Take photos of this one only.")] = None,
    workers: Workers = 2,
    seed: Seed = 0,
) -> None:
    """Refit the scale of severity to human ratings, and rewrite the table that ships with blemish.

    Stopped and started again, it goes on where it was.
    """
    from ..synth_distort.calibration.curves import calibrate as fit_curves
    from ..synth_distort.severity import SHIPPED_CURVES

    with mistakes(OSError, ValueError):
        written = fit_curves(ratings, folder, photos=photos, collection=collection, workers=workers, seed=seed)
    record = written["record"]
    print(f"{len(written['curves'])} severity curves in {SHIPPED_CURVES}")
    print("severity inferred for a rated distortion that was left out of the fit, mean absolute error:")
    for name, error in record["leave_one_out_errors"].items():
        print(f"  {name:24} {error:.3f}")
    print(f"  {'mean':24} {record['leave_one_out_mean_absolute_error']:.3f}")


@app.command()
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
