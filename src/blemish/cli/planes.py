"""The command that draws feature planes: where distortions lie in the features of a backbone."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .application import RESEARCH, app, mistakes, say
from .options import Backbones, Engine, PhotoCount, Seed, Workers, evenly


@app.command(rich_help_panel=RESEARCH)
def planes(
    folder: Annotated[
        Path,
        typer.Argument(
            help="Undistorted photos, in folders or not; with --place, what an earlier run wrote about one backbone."
        ),
    ],
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="DIR", help="Folder for the page and its data.")
    ] = Path("planes"),
    backbone: Annotated[
        list[str],
        typer.Option(
            metavar="NAME",
            help="One of `blemish models`; several times for several. Without it, those that need no download.",
        ),
    ] = [],  # noqa: B006
    layers: Annotated[
        str, typer.Option(metavar="NAMES", help="Of one backbone, with commas; the last at each resolution without it.")
    ] = "",
    distortions: Annotated[
        str,
        typer.Option(
            metavar="NAMES", help="Names of `blemish distortions`, with commas; all; or twelve well-known ones."
        ),
    ] = "twelve",
    severities: Annotated[
        str, typer.Option(metavar="NUMBERS", help="Of the levels, with commas, 0 to 1.")
    ] = "0.2,0.4,0.6,0.8,1",
    post: Annotated[
        str,
        typer.Option(
            metavar="NAMES",
            help="What happens afterwards: png (nothing), jpeg92, …; planes are of the first, and compared with the others.",
        ),
    ] = "png",
    photos: PhotoCount = None,
    place: Annotated[
        list[Path],
        typer.Option(
            metavar="PHOTO", help="Put a photo into the finished study in FOLDER instead; several times for several."
        ),
    ] = [],  # noqa: B006
    reference: Annotated[
        Path | None, typer.Option(metavar="PHOTO", help="With --place, its undistorted version, if at hand.")
    ] = None,
    figures: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Also write stills (PNG, SVG) for papers.")
    ] = None,
    backbones: Backbones = None,
    engine: Engine = "local",
    workers: Workers = 2,
    seed: Seed = 0,
) -> None:
    """Draw where distortions lie in the features of a backbone: a page, planes.json and Parquet.

    Features are kept in DIR: stopped at any moment and started again, it goes on, and the next run extracts nothing twice.
    A photo that cannot be read is named, and the others still get their ladders.
    """
    if place:
        _place(folder, place, reference, backbones)
        return
    from ..explain.planes.study import TWELVE, Settings, all_planes, collect, default_backbones
    from ..explain.probes.ladder_features import Extractor
    from ..reports.planes.files import write_planes
    from ..synth_distort import DISTORTIONS
    from ..synth_distort.engines import get_engine
    from ..synth_distort.photo import list_photos
    from ..synth_distort.severity import parse_severities

    with mistakes(OSError, ValueError):
        words = {"all": tuple(DISTORTIONS), "twelve": TWELVE}.get(distortions) or tuple(distortions.split(","))
        settings = Settings(words, parse_severities(severities), tuple(post.split(",")), seed=seed)
        names = tuple(backbone) or default_backbones()
        if layers and len(names) > 1:
            raise ValueError(f"--layers are of one backbone; there are {len(names)}: {', '.join(names)}")
        run = get_engine(engine, workers)
        extractor = Extractor(names, tuple(filter(None, layers.split(","))), backbones or "download")
        extractor.networks()
        kept = output / "features"
        found = collect(evenly(list_photos(folder), photos))
        studies = all_planes(found, extractor, settings, folder=kept, engine=run)
        page = write_planes(studies, found.sources, settings, output, figures=figures, cache=kept)
    for study in studies:
        accuracy = study.probe.accuracy
        print(
            f"{study.backbone}: type {accuracy['value']:.1%} ({accuracy['low']:.1%} to {accuracy['high']:.1%}) from "
            f"{study.layer}; "
            f"severity, median Spearman {study.median_spearman:.3f} from {study.severity_layer}"
        )
    print(page)
    for sentence in found.failed:
        say(sentence)
    if found.failed:
        raise typer.Exit(2)


def _place(folder: Path, photos: list[Path], reference: Path | None, backbones: Path | None) -> None:
    from ..explain.planes.placement import load_planes

    failed = False
    with mistakes(OSError, ValueError):
        study = load_planes(folder, weights=backbones or "download")
    for photo in photos:
        try:
            placed = study.place(photo, reference=reference)
        except (OSError, ValueError) as error:
            failed = True
            say(error)
            continue
        where = "; ".join(
            f"{method} {', '.join(f'{number:.4f}' for number in place)}" for method, place in placed.coordinates.items()
        )
        nearest = ", ".join(f"{name} ({placed.outside[name]:.0%} outside)" for name in placed.nearest[:3])
        print(f"{photo}: {where}; nearest planes {nearest}")
    if failed:
        raise typer.Exit(2)
