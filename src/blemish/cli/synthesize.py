"""The command that makes data sets of distorted photos."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .application import RESEARCH, app, check_folder, mistakes, say
from .options import Engine, PostProcessing, Seed, Workers


@app.command(rich_help_panel=RESEARCH)
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
    engine: Engine = "local",
    workers: Workers = 2,
    seed: Seed = 0,
) -> None:
    """Write a ladder data set: every photo in FOLDER under every distortion, with a Parquet manifest.

    Stopped at any moment and started again, it ends with the same bytes. A photo that cannot be read is named, and the others
    still get their ladders.
    """
    from ..synth_distort.data_set import LadderDataSet, record_death, synthesize
    from ..synth_distort.engines import get_engine

    with mistakes(OSError, ValueError):
        check_folder(output)
        data_set = LadderDataSet.from_words(
            distortions, severities, post_processing=post_processing, masked=masked, seed=seed
        )
        run = get_engine(engine, workers, on_death=record_death)
        record = synthesize(folder, output, data_set, engine=run)
    for chain in data_set.chains:
        if left_out := [f"{severity:g}" for severity in data_set.severities if severity not in data_set.levels(chain)]:
            say(f"{'+'.join(chain)} cannot be as severe as {', '.join(left_out)}; these levels are left out")
    print(f"{record['files']} images and manifest.parquet in {output}")
    for sentence in record["failed"].values():
        say(sentence)
    if record["failed"]:
        raise typer.Exit(2)
