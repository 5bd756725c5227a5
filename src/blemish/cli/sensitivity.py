"""The command that measures how sensitive quality models are to severity."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .application import RESEARCH, app, check_folder, mistakes, say
from .options import Device, Engine, PhotoCount, Seed, evenly, use


@app.command(rich_help_panel=RESEARCH)
def sensitivity(
    model: Annotated[
        str,
        typer.Argument(
            help="blemish, FILE.safetensors, pyiqa:NAME, piq:NAME, torchmetrics:NAME, package.module:function, FILE.onnx or "
            "'command:PROGRAM' (paths on standard input, scores on standard output)."
        ),
    ],
    folder: Annotated[Path, typer.Argument(help="Undistorted photos.")],
    against: Annotated[
        list[str], typer.Option("--against", metavar="MODEL", help="Another model, on the same photos.")
    ] = [],  # noqa: B006
    output: Annotated[Path, typer.Option("-o", "--output", metavar="DIR", help="Folder for pages and scores.")] = Path(
        "sensitivity"
    ),
    distortions: Annotated[str, typer.Option(metavar="NAMES", help="Names with commas, or all.")] = "all",
    levels: Annotated[int, typer.Option(min=2, help="Of a ladder, up to severity 1.")] = 20,
    photos: PhotoCount = None,
    side: Annotated[int, typer.Option(min=96, help="Longer side that photos are scaled down to, px.")] = 512,
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds that a model has for a batch.")] = 300.0,
    engine: Engine = "local",
    workers: Annotated[
        int, typer.Option(min=1, help="Processes that work on photos; in one, ladders are made while the model scores.")
    ] = 1,
    device: Device = "auto",
    seed: Seed = 0,
) -> None:
    """Measure how MODEL reacts to severity on ladders of the photos in FOLDER: a page (HTML) and the same as data (JSON).

    Scores are kept, so that a stopped measurement goes on where it was. Photos that a model fails at are named, and the rest
    goes on.
    """
    from ..explain.sensitivity.measure import measure
    from ..explain.sensitivity.plan import Plan
    from ..models.scorers.scorer import ScorerError
    from ..reports.sensitivity.page import verdict, write_sensitivity
    from ..synth_distort import DISTORTIONS
    from ..synth_distort.engines import get_engine
    from ..synth_distort.photo import list_photos

    use(device)
    with mistakes(ScorerError, ValueError, OSError):
        check_folder(output)
        names = tuple(DISTORTIONS) if distortions == "all" else tuple(distortions.split(","))
        plan = Plan(distortions=names, levels=levels, side=side, seed=seed)
        run = get_engine(engine, workers) if engine != "local" or workers > 1 else None
        chosen = evenly(list_photos(folder), photos)
        measured = measure([model, *against], chosen, plan=plan, cache=output / "scores", engine=run, timeout=timeout)
        pages = write_sensitivity(measured, output)
    for profile in measured.profiles:
        print(f"{profile.model}: {' '.join(verdict(profile))}")
    for page in pages:
        print(page)
    failures = [*measured.failed, *(sentence for profile in measured.profiles for sentence in profile.failures)]
    for sentence in failures:
        say(sentence)
    if failures:
        raise typer.Exit(2)
