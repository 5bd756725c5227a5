"""Commands about where predictions come from: attribution, its benchmark, and counterfactuals."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .application import MAINTENANCE, PHOTOS, RESEARCH, app, check_folder, mistakes
from .options import Device, Seed, Weights, Workers, use

if TYPE_CHECKING:
    from torch import Tensor

    from ..explain.attribution.explained import Explained


@app.command(rich_help_panel=PHOTOS)
def attribute(
    photo: Annotated[Path, typer.Argument(metavar="PHOTO", help="The photo.")],
    target: Annotated[
        str,
        typer.Option(
            help="mos, overall_severity, severity:NAME or probability:NAME, NAME as in `blemish distortions`."
        ),
    ] = "mos",
    method: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="local, integrated_gradients, saliency, input_x_gradient, smooth_grad, grad_cam, conductance, occlusion, "
            "feature_ablation or kernel_shap.",
        ),
    ] = "integrated_gradients",
    reference: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The undistorted photo, where it is known, as the baseline.")
    ] = None,
    model: Annotated[
        Path | None, typer.Option("--model", metavar="FILE", help="A model's file; the embedded model without it.")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="DIR", help="Folder for the figure and the JSON; this one without it."),
    ] = None,
) -> None:
    """Show where in PHOTO a prediction comes from: a signed map in the prediction's unit, as PNG and JSON."""
    from ..explain.attribution import attribute as attribute_to
    from ..reports.attribution.figure import strength, write_attribution
    from ..synth_distort import read_photo

    with mistakes(OSError, ValueError):
        check_folder(output or Path())
        read = read_photo(photo)
        asked = [
            target.replace(":", "-"),
            method,
            *([model.stem] if model else []),
            *(["reference"] if reference else []),
        ]
        found = attribute_to(model, read, target=target, method=method, reference=reference)
        picture = write_attribution(found, read, (output or Path()) / ".".join([photo.stem, *asked, "png"]))
    line = f"{photo}: {target} {found.prediction:.3g} {found.target.unit}"
    if found.difference is not None:
        line += f", {found.difference:+.3g} against {found.baseline}"
    if found.completeness_error is not None and found.difference is not None:
        line += f", completeness error {100 * found.completeness_error:.2g} %"
    if strength(found) < 1:
        line += "; next to nothing to attribute"
    print(f"{line}, {picture}")


@app.command(rich_help_panel=RESEARCH)
def attribution_benchmark(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Undistorted photos, with an index.csv or without.")],
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="FILE", help="JSON file for the figures; a table beside it.")
    ] = Path("attribution.json"),
    target: Annotated[
        str, typer.Option(help="Prediction to attribute; NAME stands for the distortion that was put there.")
    ] = "severity:NAME",
    methods: Annotated[str | None, typer.Option(metavar="NAME,NAME...", help="Methods; all without it.")] = None,
    distortions: Annotated[
        str | None, typer.Option(metavar="NAME,NAME...", help="Distortions; ten without it.")
    ] = None,
    photos: Annotated[int, typer.Option(min=1, help="How many photos.")] = 30,
    choosing: Annotated[
        bool,
        typer.Option("--choosing", help="Photos of the calibration collections, to choose a method on."),
    ] = False,
    longest: Annotated[int, typer.Option(min=160, help="Their longer side, px.")] = 512,
    thorough: Annotated[
        int, typer.Option(min=0, help="Photos that get the tests that take several maps, with one distortion each.")
    ] = 10,
    weights: Weights = None,
    workers: Workers = 1,
    seed: Seed = 0,
) -> None:
    """Measure attribution methods on photos that are damaged inside a known region: a league table.

    Stopped and started again, it goes on where it was.
    """
    from ..explain.attribution.benchmark.benchmark import DISTORTIONS, Settings, benchmark
    from ..explain.attribution.methods import METHODS
    from ..reports.attribution.league_table import write_league_table

    settings = Settings(
        target=target,
        methods=tuple(methods.split(",")) if methods else tuple(METHODS),
        distortions=tuple(distortions.split(",")) if distortions else DISTORTIONS,
        photos=photos,
        is_choosing=choosing,
        longest=longest,
        thorough=thorough,
        seed=seed,
    )
    with mistakes(OSError, ValueError):
        record = benchmark(folder, output, settings, weights=weights, workers=workers)
        print(write_league_table(record, output.with_suffix(".md")).read_text())


@app.command(rich_help_panel=RESEARCH)
def concepts(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Undistorted photos, with an index.csv or without.")],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="JSON file for the figures.")] = Path(
        "concepts.json"
    ),
    target: Annotated[str, typer.Option(help="Prediction, as for `blemish attribute`.")] = "mos",
    layer: Annotated[
        str | None, typer.Option(metavar="NAME", help="Of the network; the last convolution without it.")
    ] = None,
    distortions: Annotated[
        str | None, typer.Option(metavar="NAME,NAME...", help="Distortions; ten without it.")
    ] = None,
    model: Annotated[
        Path | None, typer.Option("--model", metavar="FILE", help="A model's file; the embedded model without it.")
    ] = None,
    photos: Annotated[int, typer.Option(min=4, help="How many photos.")] = 30,
    seed: Seed = 0,
) -> None:
    """Measure whether a prediction gets worse as a layer moves the way that a distortion moves it (TCAV)."""
    from dataclasses import asdict

    from ..explain.attribution.attribute import explained_prediction
    from ..explain.attribution.benchmark.benchmark import DISTORTIONS
    from ..explain.attribution.concepts import concepts as measured
    from ..models.quality_cnns.files import load_quality_model
    from ..synth_distort import get_distortion
    from ..synth_distort.files import write_json
    from ..synth_distort.pristine_photos import at_rated_size, evenly, list_pristine, unseen
    from ..synth_distort.provenance import provenance

    names = distortions.split(",") if distortions else DISTORTIONS
    with mistakes(OSError, ValueError):
        for name in names:
            get_distortion(name)
        loaded = load_quality_model(model)
        images = [at_rated_size(photo) for photo in evenly(unseen(list_pristine(folder)), photos)]
        found = []

        def explain(image: Tensor) -> Explained:
            return explained_prediction(loaded, image, target=target, reference=image)

        for one in measured(explain, images, names, layer=layer, seed=seed):
            found.append(asdict(one))
            at_random = f"{one.share_at_random:.2f} along random axes, p = {one.p_value:.2g}"
            print(f"{one.distortion}: worse along its axis for {one.share:.2f} of the photos, {at_random}")
        settings = {"target": target, "layer": layer, "photos": len(images), "seed": seed, "model": loaded.sha256}
        write_json(output, {"settings": settings, "record": provenance("torch", "captum"), "concepts": found})


@app.command(rich_help_panel=PHOTOS)
def counterfactuals(
    photo: Annotated[Path, typer.Argument(metavar="PHOTO", help="The photo.")],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="DIR", help="Folder for the photos as they would be.")
    ] = None,
    weights: Weights = None,
    device: Device = "auto",
) -> None:
    """Say what would help PHOTO: remedies that were tried, scored again, and confirmed by a measurement."""
    from ..explain.counterfactuals import counterfactuals as find
    from ..models.distortion_model.device import chosen_device
    from ..models.distortion_model.files import load_model
    from ..synth_distort import DISTORTIONS, read_photo
    from ..synth_distort.photo import write_png

    use(device)
    with mistakes(OSError, ValueError):
        check_folder(output or Path())
        found = find(load_model(weights, device=chosen_device()), read_photo(photo).image)
        for number, one in enumerate(found.gains, 1):
            line = f"{photo}: {one.sentence}"
            if output is not None:
                path = output / f"{photo.stem}.{number}-{one.remedy.name}.png"
                write_png(path, one.image)
                line += f" {path}"
            print(line)
    if not found.gains:
        unwritten = "" if output is None else "; nothing is written"
        print(f"{photo}: no remedy that was tried gains anything that a measurement confirms{unwritten}")
    for name in {one.about: None for one in found.tried}:
        if least := found.least_change(name):
            print(
                f"{photo}: {least.remedy.sentence_begin} at {least.strength:g} {least.remedy.unit}, the photo "
                f"changes least, {least.change:.1f} levels on average, so that no {DISTORTIONS[name].title} is found."
            )
    for name, (now, then) in found.worse.items():
        print(
            f"{photo}: One grade more {DISTORTIONS[name].title} would cost {now - then:.0f} points ({now:.0f} to {then:.0f})."
        )


@app.command(rich_help_panel=RESEARCH)
def counterfactual_benchmark(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Undistorted photos, with an index.csv or without.")],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="JSON file for the figures.")] = Path(
        "counterfactuals.json"
    ),
    photos: Annotated[int, typer.Option(min=1, help="How many photos.")] = 30,
    longest: Annotated[int, typer.Option(min=160, help="Their longer side, px.")] = 512,
    broken: Annotated[
        bool, typer.Option("--broken", help="Shuffle the weights: what is claimed then is chance.")
    ] = False,
    weights: Weights = None,
    workers: Workers = 1,
    seed: Seed = 0,
) -> None:
    """Measure how often full-reference measures confirm the gains that counterfactuals claim, on photos damaged by us.

    Stopped and started again, it goes on where it was.
    """
    from ..explain.counterfactuals.benchmark import Settings, confirmation_rate

    with mistakes(OSError, ValueError):
        settings = Settings(photos=photos, longest=longest, is_broken=broken, seed=seed)
        record = confirmation_rate(folder, output, settings, weights=weights, workers=workers)
    for group in ("claimed", "not claimed"):
        rate = record[group].get("confirmed_by_full_reference")
        share = f"{rate['value']:.3f} ({rate['low']:.3f} to {rate['high']:.3f})" if rate else "–"
        print(f"gains {group}: {record[group]['gains']}, confirmed by full-reference measures: {share}")


@app.command(rich_help_panel=MAINTENANCE)
def attribution_baseline(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Undistorted photos, with an index.csv.")],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="The file; the one in the package without it.")
    ] = None,
    photos: Annotated[int, typer.Option(min=2, help="How many photos.")] = 60,
    weights: Weights = None,
) -> None:
    """Measure the cells of good photos, which attribution compares with where the undistorted photo is unknown."""
    from ..explain.attribution.embedded.good_cells import SHIPPED
    from ..explain.attribution.embedded.measure_good_cells import cells_of_good_photos
    from ..models.distortion_model.files import load_model

    with mistakes(OSError, ValueError):
        path = output or SHIPPED
        cells_of_good_photos(folder, load_model(weights), photos=photos).save(path)
    print(path)
