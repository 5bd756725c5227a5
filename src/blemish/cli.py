"""The command line. Each command is one call of the library; what is heavy is imported when a command runs."""

from __future__ import annotations

import itertools
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    name="blemish",
    help="Tells what is wrong with a photo, how bad it is, where it is, and how it knows.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Weights = Annotated[
    Path | None, typer.Option(metavar="FILE", help="A model's .safetensors file; the embedded model without it.")
]
Seed = Annotated[int, typer.Option(help="Of all randomness; the same seed gives the same bytes.")]
Workers = Annotated[int, typer.Option(min=1, help="Processes to work with.")]
Data = Annotated[
    list[str],
    typer.Option(
        "--data",
        metavar="NAME=PATH",
        help="Rated photos, a data set of `blemish models` as unpacked at PATH; or a CSV.",
    ),
]
Backbones = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        help="Folder with the backbones' weights, NAME.pth, .safetensors or .caffemodel; without it they are downloaded.",
    ),
]
Folder = Annotated[Path, typer.Option("-o", "--output", metavar="DIR", help="Folder to work in.")]
Life = Annotated[
    str,
    typer.Option(metavar="NAME", help="What happens afterwards: png (nothing), jpeg92, social_network, ..., random."),
]


def main() -> None:
    """Run the command that the shell gave; a user's mistake ends in one sentence and exit code 2."""
    app()


@app.command()
def report(
    photos: Annotated[list[Path], typer.Argument(metavar="PHOTO...", help="The photos to report on.")],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="DIR", help="Folder for the reports.")] = Path(
        "blemish-reports"
    ),
    as_json: Annotated[bool, typer.Option("--json", help="Print the JSON of each report instead of a line.")] = False,
    weights: Weights = None,
    model: Annotated[
        Path | None,
        typer.Option("--model", metavar="FILE", help="A quality CNN of `blemish train RECIPE`, for a second opinion."),
    ] = None,
    seed: Seed = 0,
) -> None:
    """Say what is wrong with each PHOTO: a page (HTML) and the same as data (JSON) for each.

    A photo that cannot be read is named, and the others still get their reports.
    """
    from .models.weights import WeightsError, load_model
    from .reports.photo_report import report as report_on
    from .synth_distort import PhotoError

    with _mistakes(WeightsError):
        embedded, opinion_of = load_model(weights), _quality_cnn(model)
    failed = False
    for photo, stem in _with_progress(list(zip(photos, _distinct_stems(photos), strict=True)), "Reports"):
        page = output / f"{stem}.blemish.html"
        try:
            result = report_on(photo, model=embedded, opinion_of=opinion_of, seed=seed)
            result.save(page)
            result.save(page.with_suffix(".json"))
        except (PhotoError, OSError) as error:
            failed = True
            _say(error)
            continue
        print(json.dumps(result.to_dict(), ensure_ascii=False) if as_json else _line(photo, result, page), flush=True)
    if failed:
        raise typer.Exit(2)


@app.command()
def ladder(
    photo: Annotated[Path, typer.Argument(help="The photo to distort.")],
    distortion: Annotated[str, typer.Option(metavar="NAME", help="One of `blemish distortions`.")],
    rungs: Annotated[int, typer.Option(min=2, help="How many, from severity 0 to the worst it can do.")] = 5,
    life: Life = "png",
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="DIR", help="Folder for the rungs; PHOTO-NAME without it.")
    ] = None,
    seed: Seed = 0,
) -> None:
    """Make a severity ladder from PHOTO: its rungs as PNG files, a contact sheet, and ladder.json."""
    from .reports.ladder_files import write_ladder
    from .synth_distort import PhotoError, get_distortion, read_photo

    with _mistakes(PhotoError, ValueError, OSError):
        get_distortion(distortion)
        folder = output or Path(f"{photo.stem}-{distortion}")
        write_ladder(read_photo(photo), distortion, folder, rungs=rungs, life=life, seed=seed)
    print(f"{rungs} rungs of {distortion}, a contact sheet and ladder.json in {folder}")


@app.command()
def distortions() -> None:
    """List the distortions, and the parameter of each at four severities."""
    from rich.console import Console
    from rich.table import Table

    from .synth_distort import DISTORTIONS, severity_curve

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
    from .synth_distort.calibration import calibrate as fit_curves
    from .synth_distort.severity import SHIPPED_CURVES

    with _mistakes(OSError, ValueError):
        written = fit_curves(ratings, folder, photos=photos, collection=collection, workers=workers, seed=seed)
    record = written["record"]
    print(f"{len(written['curves'])} severity curves in {SHIPPED_CURVES}")
    print("severity inferred for a rated distortion that was left out of the fit, mean absolute error:")
    for name, error in record["leave_one_out_errors"].items():
        print(f"  {name:24} {error:.3f}")
    print(f"  {'mean':24} {record['leave_one_out_mean_absolute_error']:.3f}")


@app.command()
def certify(
    folder: Annotated[Path, typer.Argument(help="Pristine photos.")],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="JSON file for the figures.")] = Path(
        "certificate.json"
    ),
    ratings: Annotated[
        Path | None, typer.Option(metavar="CSV", help="Ratings of distortion levels to compare the scale with.")
    ] = None,
    photos: Annotated[int, typer.Option(min=1, help="How many to measure on, at most.")] = 40,
    workers: Workers = 2,
    seed: Seed = 0,
) -> None:
    """Measure what ladders promise: damage that rises from rung to rung, in even steps, from none at severity 0.

    Stopped and started again, it goes on where it was.
    """
    from .synth_distort.certification import certify as measure

    with _mistakes(OSError, ValueError):
        measured = measure(folder, output, ratings=ratings, photos=photos, workers=workers, seed=seed)
    print(f"{'':22} rising  untouched at 0  spacing error  DMOS error")
    for name, figures in measured["distortions"].items():
        agreement = f"{figures['largest_dmos_error']:.3f}" if "largest_dmos_error" in figures else "–"
        print(
            f"{name:22} {figures['rising']:6.1%}  {figures['untouched_at_zero']:14.0%}  {figures['spacing_error']:13.3f}  "
            f"{agreement:>10}"
        )


@app.command()
def synthesize(
    folder: Annotated[Path, typer.Argument(help="Photos, in folders or not.")],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="DIR", help="Folder for the data set.")],
    distortions: Annotated[
        str, typer.Option(metavar="NAMES", help="Names with commas; + between those that act together; or all.")
    ] = "all",
    severities: Annotated[
        str, typer.Option(metavar="NUMBERS", help="Of the rungs, with commas, 0 to 1.")
    ] = "0.25,0.5,0.75,1",
    life: Life = "png",
    masked: Annotated[bool, typer.Option("--masked", help="Damage a random part only, and keep its mask.")] = False,
    engine: Annotated[str, typer.Option(help="local, or ray (a cluster, or this machine).")] = "local",
    workers: Workers = 2,
    seed: Seed = 0,
) -> None:
    """Write a ladder data set: every photo in FOLDER under every distortion, with a Parquet manifest.

    Stopped at any moment and started again, it ends with the same bytes. A photo that cannot be read is named, and the others
    still get their ladders.
    """
    from .synth_distort.data_set import DataSet, synthesize
    from .synth_distort.engines import ENGINES

    with _mistakes(OSError, ValueError):
        data_set = DataSet.from_words(distortions, severities, life=life, masked=masked, seed=seed)
        if engine not in ENGINES:
            raise ValueError(f"no engine is called {engine!r}; there are {', '.join(ENGINES)}")
        try:
            run = ENGINES[engine](workers)
        except ModuleNotFoundError as error:
            raise ValueError(f"the engine {engine} needs {error.name}: pip install 'blemish[cluster]'") from error
        record = synthesize(folder, output, data_set, engine=run)
    for chain in data_set.chains:
        if left_out := [f"{severity:g}" for severity in data_set.severities if severity not in data_set.rungs(chain)]:
            _say(f"{'+'.join(chain)} cannot be as severe as {', '.join(left_out)}; these rungs are left out")
    print(f"{record['files']} images and manifest.parquet in {output}")
    for sentence in record["failed"].values():
        _say(sentence)
    if record["failed"]:
        raise typer.Exit(2)


@app.command()
def gallery(
    photo: Annotated[Path, typer.Argument(help="The photo to distort.")],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="DIR", help="Folder for the pictures.")] = Path(
        "gallery"
    ),
    certificate: Annotated[
        Path | None, typer.Option(metavar="FILE", help="What `blemish certify` wrote, to print beside the pictures.")
    ] = None,
    seed: Seed = 0,
) -> None:
    """Draw every distortion at severities 0.25, 0.5, 0.75 and 1, and write a page that explains each."""
    from .reports.gallery import write_gallery
    from .synth_distort import PhotoError, read_photo

    with _mistakes(PhotoError, OSError, ValueError):
        page = write_gallery(read_photo(photo), output, certificate=certificate, seed=seed)
    print(page)


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
        Path | None, typer.Option(metavar="DIR", help="Photos that people rated, with a mos.csv, for the aware score.")
    ] = None,
    samples: Annotated[int, typer.Option(min=1, help="Distorted photos to learn from.")] = 87_500,
    epochs: Annotated[int, typer.Option(min=1, help="Passes over them.")] = 20,
    workers: Workers = 2,
    seed: Seed = 0,
) -> None:
    """Train a quality CNN on rated photos, or a model like the embedded one on ladders of pristine photos.

    Stopped and started again, it goes on where it was.
    """
    if data and rated:
        _say("--rated is for a model like the embedded one; a recipe learns from --data alone")
        raise typer.Exit(2)
    if data:
        _train_cnn(what, output, data, backbones, workers=workers, seed=seed)
        return
    try:
        from .models.training import train as train_model
    except ModuleNotFoundError as error:
        _say(f"training needs {error.name}: pip install 'blemish[train]'")
        raise typer.Exit(2) from error

    with _mistakes(OSError, ValueError):
        model = train_model(Path(what), output, rated=rated, samples=samples, epochs=epochs, seed=seed, workers=workers)
    print(model)


def _train_cnn(
    recipe: str, output: Path, data: Sequence[str], backbones: Path | None, *, workers: int, seed: int
) -> None:
    from .models.block_names import parse_systems
    from .models.data_sets import parse_data
    from .models.system_files import save_cnn
    from .models.system_training import Workshop, train_system

    with _mistakes(OSError, ValueError):
        if len(data) != 1 or len(systems := parse_systems(recipe)) != 1:
            raise ValueError("one system is trained on one data set; `blemish compare` takes several")
        workshop = Workshop(output, backbones or "download", workers, seed)
        model = train_system(systems[0], parse_data(data[0]), workshop)
        path = output / f"{systems[0].name.replace('/', '_').replace(':', '-')}.safetensors"
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
    with _mistakes(OSError, ValueError):
        if data and (weights or photos):
            raise ValueError("--weights and --photos are for a FOLDER, not for a MODEL with --data")
        if data:
            from .models.data_sets import parse_data
            from .models.system_evaluation import evaluate_on_data

            measured = evaluate_on_data(what, [parse_data(one) for one in data], output, workers=workers)
        else:
            from .models.evaluation import evaluate as measure

            measured = measure(what, output, weights=weights, photos=photos, workers=workers, seed=seed)
    for group, figures in measured["figures"].items():
        print(group)
        for name, figure in figures.items():
            print(f"  {name:32} {figure['value']:7.3f}   95 % interval {figure['low']:.3f} to {figure['high']:.3f}")
    for sentence in (*measured.get("warnings", ()), *measured.get("failed", ())):
        _say(sentence)
    if measured.get("cross_validation"):
        print(f"aware, photos left out of the fit: {measured['cross_validation']}")
    if measured.get("failed"):
        raise typer.Exit(2)


@app.command()
def compare(
    systems: Annotated[
        list[str],
        typer.Argument(
            metavar="SYSTEM...",
            help="RECIPE, RECIPE:BACKBONE, or REGIONS/BACKBONES/AGGREGATION/ANSWER with several of each by commas.",
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
    from .models.block_names import parse_systems
    from .models.comparison import compare as measure
    from .models.data_sets import parse_data
    from .models.system_training import Workshop
    from .reports.comparison_files import write_comparison

    with _mistakes(OSError, ValueError):
        chosen = [system for name in systems for system in parse_systems(name)]
        workshop = Workshop(output, backbones or "download", workers, seed)
        comparison = measure(chosen, [parse_data(one) for one in data], workshop, splits=splits, frozen=frozen)
        table = write_comparison(comparison, output)
    print(table.read_text())


@app.command()
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
    from .models.data_sets import parse_data
    from .models.region_study import study_regions
    from .models.system_training import Workshop
    from .reports.comparison_files import write_region_study

    with _mistakes(OSError, ValueError):
        if len(data) != 1:
            raise ValueError("regions are studied on one data set")
        workshop = Workshop(output, backbones or "download", workers, seed)
        study = study_regions(backbone, parse_data(data[0]), workshop, side=side, splits=splits)
        picture = write_region_study(study, output)
    print(picture)


@app.command()
def models() -> None:
    """List what `train`, `compare` and `evaluate` know by name: recipes, backbones and data sets."""
    from rich.console import Console
    from rich.table import Table

    from .models.backbones import list_backbones
    from .models.data_sets import DATA_SETS
    from .models.recipes import RECIPES

    console = Console(width=None if sys.stdout.isatty() else 170)
    recipes = Table("recipe", "regions", "backbone", "aggregation", "answer", box=None, pad_edge=False)
    for recipe in RECIPES.values():
        recipes.add_row(recipe().name.partition(":")[0], *recipe().words.values())
    console.print(recipes, "\nRECIPE:BACKBONE makes the same choices about another backbone:\n", sep="\n")
    console.print(", ".join(list_backbones()), "", sep="\n")
    sets = Table("data set", "photos", "scale", "looked for", box=None, pad_edge=False)
    for entry in DATA_SETS.values():
        sets.add_row(entry.name, f"{entry.photos or 'any':>6}", f"{entry.low:g} to {entry.high:g}", entry.looked_for)
    console.print(sets)


@app.command("model-card")
def model_card(
    evaluation: Annotated[Path, typer.Argument(metavar="TRIALS", help="What `blemish evaluate` wrote of test photos.")],
    rated: Annotated[Path, typer.Argument(metavar="RATED", help="What it wrote of photos that people rated.")],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="DIR", help="Folder for the card.")] = Path("."),
    weights: Weights = None,
) -> None:
    """Write a model's card: what made it, how good it is, and what it takes for what."""
    from .models.weights import load_model
    from .reports.model_card import write_model_card

    with _mistakes(OSError, ValueError):
        print(write_model_card(load_model(weights), evaluation, rated, output))


@app.command()
def export(
    output: Annotated[Path, typer.Argument(metavar="FILE", help="The .onnx file to write.")],
    height: Annotated[int, typer.Option(min=1, help="Of the photos, px; a multiple of 32.")] = 512,
    width: Annotated[int, typer.Option(min=1, help="Of the photos, px; a multiple of 32.")] = 512,
    weights: Weights = None,
) -> None:
    """Write a model as ONNX, for photos of one size."""
    from .models.onnx_export import export_onnx
    from .models.weights import load_model

    with _mistakes(OSError, ValueError):
        try:
            export_onnx(load_model(weights), output, height=height, width=width)
        except ModuleNotFoundError as error:
            raise ValueError(f"exporting needs {error.name}: pip install 'blemish[onnx]'") from error
    print(output)


def _quality_cnn(path: Path | None):
    """The quality CNN in the file at `path`.

    Raises:
        WeightsError: it cannot be read, or is a model of distortions.
    """
    if path is None:
        return None
    from .models.quality_model import QualityModel
    from .models.system_files import load_quality_model
    from .models.weights import WeightsError

    model = load_quality_model(path)
    if isinstance(model, QualityModel):
        raise WeightsError(f"{path}: is a model of distortions; give it as --weights")
    return model


def _line(photo: Path, result, page: Path) -> str:
    low, high = result.answer.interval
    if result.findings:
        worst = result.findings[0]
        doubt = "" if worst in result.confirmed else ", not confirmed"
        verdict = f"{worst.title}, {worst.word} ({worst.severity:.2f}){doubt}"
    else:
        known = len(result.answer.distortions)
        verdict = (
            f"none of {known} distortions perceptible" if result.undistorted else "no distortion found for certain"
        )
    return f"{photo}: score {result.answer.score:.0f} ({low:.0f} to {high:.0f}), {verdict}, {page}"


def _distinct_stems(photos: Sequence[Path]) -> Iterator[str]:
    """The photos' names without endings; one that is taken (on some disks, in any case of letters) gets a number."""
    taken: set[str] = set()
    for photo in photos:
        numbered = (f"{photo.stem}-{number}" for number in itertools.count(2))
        stem = next(name for name in itertools.chain([photo.stem], numbered) if name.casefold() not in taken)
        taken.add(stem.casefold())
        yield stem


def _with_progress(items: Sequence, description: str) -> Iterator:
    """`items`, with a bar on the terminal where there are several; standard output stays as it is."""
    if len(items) < 2:
        yield from items
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), redirect_stdout=False, redirect_stderr=False) as progress:
        yield from progress.track(items, description=description)


@contextmanager
def _mistakes(*kinds: type[Exception]) -> Iterator[None]:
    """Turn errors of `kinds`, whose messages are written for the user, into that message and exit code 2."""
    try:
        yield
    except kinds as error:
        _say(error)
        raise typer.Exit(2) from error


def _say(mistake: str | Exception) -> None:
    """One sentence on standard error; the operating system's own errors are made to begin with the file's name."""
    if isinstance(mistake, OSError) and mistake.filename:
        mistake = f"{mistake.filename}: {mistake.strerror}"
    print(f"blemish: {mistake}", file=sys.stderr)
