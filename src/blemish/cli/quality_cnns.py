"""Commands about the survey's quality CNNs: training, measuring and comparing them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from .application import RESEARCH, app, mistakes
from .options import Backbones, Data, Folder, Seed, Workers, print_figures


@app.command(rich_help_panel=RESEARCH)
def train(
    design: Annotated[
        str, typer.Argument(metavar="DESIGN", help="A recipe of `blemish models`, or the four choices as for compare.")
    ],
    data: Data,
    output: Folder = Path("training"),
    backbones: Backbones = None,
    workers: Workers = 2,
    seed: Seed = 0,
) -> None:
    """Train a quality CNN on rated photos. Stopped and started again, it goes on where it was."""
    from ..models.data_sets import parse_data
    from ..models.quality_cnns.design_names import parse_designs
    from ..models.quality_cnns.files import save_cnn
    from ..models.quality_cnns.training import Workshop, train_design

    with mistakes(OSError, ValueError):
        if len(data) != 1 or len(designs := parse_designs(design)) != 1:
            raise ValueError("one design is trained on one data set; `blemish compare` takes several")
        workshop = Workshop(output, backbones or "download", workers, seed)
        model = train_design(designs[0], parse_data(data[0]), workshop)
        path = output / f"{designs[0].name.replace('/', '_').replace(':', '-')}.safetensors"
        save_cnn(model, path)
    left_out = model.record["left_out"]
    print(
        f"{path}: SROCC {left_out['srocc']:.3f}, PLCC {left_out['plcc']:.3f} on photos left out ({left_out['photos']})"
    )


@app.command(rich_help_panel=RESEARCH)
def evaluate(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="A model's .safetensors file.")],
    data: Data,
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="JSON file for the figures.")] = Path(
        "evaluation.json"
    ),
    workers: Workers = 2,
) -> None:
    """Measure how far a model's scores agree with people's. Stopped and started again, it goes on where it was."""
    from ..models.data_sets import parse_data
    from ..models.evaluation.human_agreement import evaluate_on_data

    with mistakes(OSError, ValueError):
        measured = evaluate_on_data(model, [parse_data(one) for one in data], output, workers=workers)
    print_figures(measured)
    if measured.get("failed"):
        raise typer.Exit(2)


@app.command(rich_help_panel=RESEARCH)
def compare(
    designs: Annotated[
        list[str],
        typer.Argument(
            metavar="DESIGN...",
            help="RECIPE, RECIPE:BACKBONE, or REGIONS/BACKBONES/AGGREGATION/TARGET with several of each by commas.",
        ),
    ],
    data: Data,
    output: Folder = Path("comparison"),
    backbones: Backbones = None,
    splits: Annotated[int, typer.Option(min=1, help="Random divisions, 80 % to fit to and 20 % to try on.")] = 10,
    frozen: Annotated[bool, typer.Option("--frozen", help="Without fine-tuning: features off the shelf.")] = False,
    workers: Workers = 2,
    seed: Seed = 0,
) -> None:
    """Compare quality CNNs on rated photos: within each data set, and fitted to one and tried on the others.

    Features and results are kept, so that a stopped comparison goes on, and the next one extracts nothing twice.
    """
    from ..models.data_sets import parse_data
    from ..models.quality_cnns.comparison import compare as measure
    from ..models.quality_cnns.design_names import parse_designs
    from ..models.quality_cnns.training import Workshop
    from ..reports.comparison_files import write_comparison

    with mistakes(OSError, ValueError):
        chosen = [design for name in designs for design in parse_designs(name)]
        workshop = Workshop(output, backbones or "download", workers, seed)
        comparison = measure(chosen, [parse_data(one) for one in data], workshop, splits=splits, frozen=frozen)
        table = write_comparison(comparison, output)
    print(table.read_text())


@app.command(rich_help_panel=RESEARCH)
def regions(
    data: Data,
    backbone: Annotated[str, typer.Option(metavar="NAME", help="One of `blemish models`.")] = "resnet50",
    side: Annotated[int, typer.Option(min=32, help="Of the crops, px.")] = 224,
    output: Folder = Path("comparison"),
    backbones: Backbones = None,
    splits: Annotated[int, typer.Option(min=1, help="Random divisions, 80 % to fit to and 20 % to try on.")] = 10,
    workers: Workers = 2,
    seed: Seed = 0,
) -> None:
    """Measure how many random crops are enough: agreement with people for 1 to 30 of them, and for the whole photo."""
    from ..models.data_sets import parse_data
    from ..models.quality_cnns.region_study import study_regions
    from ..models.quality_cnns.training import Workshop
    from ..reports.comparison_files import write_region_study

    with mistakes(OSError, ValueError):
        if len(data) != 1:
            raise ValueError("regions are studied on one data set")
        workshop = Workshop(output, backbones or "download", workers, seed)
        study = study_regions(backbone, parse_data(data[0]), workshop, side=side, splits=splits)
        picture = write_region_study(study, output)
    print(picture)


@app.command(rich_help_panel=RESEARCH)
def models() -> None:
    """List the names that `train`, `compare` and `evaluate` take: recipes, backbones and data sets."""
    from rich.console import Console
    from rich.table import Table

    from ..models.data_sets import DATA_SETS
    from ..models.quality_cnns.backbones.registry import list_backbones
    from ..models.quality_cnns.recipes import RECIPES

    console = Console(width=None if sys.stdout.isatty() else 170)
    recipes = Table("recipe", "regions", "backbone", "aggregation", "target", box=None, pad_edge=False)
    for recipe in RECIPES.values():
        recipes.add_row(recipe().name.partition(":")[0], *recipe().words.values())
    console.print(recipes, "\nRECIPE:BACKBONE makes the same choices about another backbone:\n", sep="\n")
    console.print(", ".join(list_backbones()), "", sep="\n")
    sets = Table("data set", "photos", "scale", "looked for", box=None, pad_edge=False)
    for entry in DATA_SETS.values():
        sets.add_row(entry.name, f"{entry.photos or 'any':>6}", f"{entry.low:g} to {entry.high:g}", entry.looked_for)
    console.print(sets)
