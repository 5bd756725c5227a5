"""Commands about quality models: training, measuring, passing on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from .application import app, mistakes, say
from .options import Backbones, Data, Folder, Seed, Weights, Workers


@app.command()
def train(
    what: Annotated[
        str,
        typer.Argument(
            metavar="RECIPE|FOLDER",
            help="With --data, a recipe of `blemish models`; without, a folder of pristine photos, for a model like the "
            "embedded one.",
        ),
    ],
    output: Folder = Path("training"),
    data: Data = [],  # noqa: B006
    backbones: Backbones = None,
    rated: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Photos that people rated, with a mos.csv, for the scores; 45 at least."),
    ] = None,
    base: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="With --rated, a model like the embedded one, whose knowledge of distortions is kept, and that of what photos "
            "show where the same photos taught it.",
        ),
    ] = None,
    samples: Annotated[
        int | None,
        typer.Option(min=1, help="Distorted photos to learn from, without --base; else as for the embedded model."),
    ] = None,
    epochs: Annotated[int | None, typer.Option(min=1, help="Passes over them; else as for the embedded model.")] = None,
    workers: Workers = 2,
    seed: Seed = 0,
) -> None:
    """Train a quality CNN on rated photos, or a model like the embedded one on ladders of pristine photos.

    Stopped and started again, it goes on where it was. With --rated, MobileNetV2 teaches what photos show, with weights from
    --backbones.
    """
    if data and (rated or base):
        say("--rated and --base are for a model like the embedded one; a recipe learns from --data alone")
        raise typer.Exit(2)
    if base and not rated:
        say("--base is for learning from the people of --rated what the base knows nothing of; give that too")
        raise typer.Exit(2)
    if data:
        _train_cnn(what, output, data, backbones, workers=workers, seed=seed)
        return
    try:
        from ..models.quality_cnns.backbones.weights import DOWNLOAD
        from ..models.training.train import Amounts
        from ..models.training.train import train as train_model
    except ModuleNotFoundError as error:
        say(f"training needs {error.name}: pip install 'blemish[train]'")
        raise typer.Exit(2) from error

    asked = {"samples": samples, "epochs": epochs}
    with mistakes(OSError, ValueError):
        model = train_model(
            Path(what),
            output,
            rated=rated,
            teacher=backbones or DOWNLOAD,
            base=base,
            amounts=Amounts(**{name: count for name, count in asked.items() if count}),
            seed=seed,
            workers=workers,
        )
    print(model)


def _train_cnn(
    recipe: str, output: Path, data: Sequence[str], backbones: Path | None, *, workers: int, seed: int
) -> None:
    from ..models.data_sets import parse_data
    from ..models.quality_cnns.files import save_cnn
    from ..models.quality_cnns.names import parse_designs
    from ..models.quality_cnns.training import Workshop, train_design

    with mistakes(OSError, ValueError):
        if len(data) != 1 or len(designs := parse_designs(recipe)) != 1:
            raise ValueError("one design is trained on one data set; `blemish compare` takes several")
        workshop = Workshop(output, backbones or "download", workers, seed)
        model = train_design(designs[0], parse_data(data[0]), workshop)
        path = output / f"{designs[0].name.replace('/', '_').replace(':', '-')}.safetensors"
        save_cnn(model, path)
    left_out = model.record["left_out"]
    print(
        f"{path}: SROCC {left_out['srocc']:.3f}, PLCC {left_out['plcc']:.3f} on photos left out ({left_out['photos']})"
    )


@app.command()
def evaluate(
    what: Annotated[
        Path,
        typer.Argument(
            metavar="FOLDER|MODEL",
            help="Pristine photos with an index.csv of their collections, or rated ones with a mos.csv, for --weights; or, "
            "with --data, a model's .safetensors file.",
        ),
    ],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="JSON file for the figures.")] = Path(
        "evaluation.json"
    ),
    data: Data = [],  # noqa: B006
    weights: Weights = None,
    photos: Annotated[int | None, typer.Option(min=1, help="How many to measure on; all without it.")] = None,
    workers: Workers = 2,
    seed: Seed = 0,
) -> None:
    """Measure a model on photos of collections that training never saw, or against what people gave.

    Stopped and started again, it goes on where it was.
    """
    with mistakes(OSError, ValueError):
        if data and (weights or photos):
            raise ValueError("--weights and --photos are for a FOLDER, not for a MODEL with --data")
        if data:
            from ..models.data_sets import parse_data
            from ..models.evaluation.human_agreement import evaluate_on_data

            measured = evaluate_on_data(what, [parse_data(one) for one in data], output, workers=workers)
        else:
            from ..models.evaluation.evaluate import evaluate as measure

            measured = measure(what, output, weights=weights, photos=photos, workers=workers, seed=seed)
    for group, figures in measured["figures"].items():
        print(group)
        for name, figure in figures.items():
            print(f"  {name:32} {figure['value']:7.3f}   95 % interval {figure['low']:.3f} to {figure['high']:.3f}")
    for sentence in (*measured.get("warnings", ()), *measured.get("failed", ())):
        say(sentence)
    if measured.get("cross_validation"):
        print("MOS, on photos left out of the fit")
        for name in ("srocc", "plcc", "srocc_unseen", "interval_coverage", "copies_below"):
            print(f"  {name:32} {measured['cross_validation'][name]:7.3f}")
    if measured.get("failed"):
        raise typer.Exit(2)


@app.command("model-card")
def model_card(
    evaluation: Annotated[Path, typer.Argument(metavar="TRIALS", help="What `blemish evaluate` wrote of test photos.")],
    rated: Annotated[Path, typer.Argument(metavar="RATED", help="What it wrote of photos that people rated.")],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="DIR", help="Folder for the card.")] = Path("."),
    weights: Weights = None,
) -> None:
    """Write a model's card: what made it, how good it is, and what it takes for what."""
    from ..models.distortion_model.files import load_model
    from ..reports.model_card import write_model_card

    with mistakes(OSError, ValueError):
        print(write_model_card(load_model(weights), evaluation, rated, output))


@app.command()
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
