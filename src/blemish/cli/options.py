"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .application import mistakes, say

Weights = Annotated[
    Path | None, typer.Option(metavar="FILE", help="A model's .safetensors file; the embedded model without it.")
]
Device = Annotated[
    str,
    typer.Option(
        metavar="auto|cpu|cuda|mps",
        envvar="BLEMISH_DEVICE",
        help="Where the embedded network computes; auto takes CUDA where there is any.",
    ),
]
Seed = Annotated[int, typer.Option(help="Of all randomness; the same seed gives the same bytes.")]
Workers = Annotated[int, typer.Option(min=1, help="Processes to work with.")]
Engine = Annotated[str, typer.Option(help="Where the work is done: local, or ray (a cluster, or this machine).")]
MaxPixels = Annotated[
    float, typer.Option(min=0.01, metavar="MEGAPIXELS", help="Photos with more are refused before they are decoded.")
]
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
PhotoCount = Annotated[
    int | None,
    typer.Option("--photos", min=2, help="How many of the photos, evenly through the folder; all without it."),
]
Folder = Annotated[Path, typer.Option("-o", "--output", metavar="DIR", help="Folder to work in.")]
PostProcessing = Annotated[
    str,
    typer.Option(
        "--post", metavar="NAME", help="What happens afterwards: png (nothing), jpeg92, social_network, ..., random."
    ),
]


def evenly(photos: list[Path], count: int | None) -> list[Path]:
    """`count` of `photos`, evenly through their order, so that all of several folders have a share."""
    if count is None or count >= len(photos):
        return photos
    return [photos[number * len(photos) // count] for number in range(count)]


def use(device: str) -> None:
    """Have the network compute on `device` in this command and in the processes that it starts."""
    from ..models.distortion_model.device import DeviceError, choose_device

    with mistakes(DeviceError):
        choose_device(device)


def pixels(megapixels: float) -> int:
    """Megapixels as pixels."""
    return round(megapixels * 1e6)


def print_figures(measured: dict) -> None:
    """The figures of an evaluation, each with its interval, and its warnings and failures on standard error."""
    for group, figures in measured["figures"].items():
        print(group)
        for name, figure in figures.items():
            print(f"  {name:32} {figure['value']:7.3f}   95 % interval {figure['low']:.3f} to {figure['high']:.3f}")
    for sentence in (*measured.get("warnings", ()), *measured.get("failed", ())):
        say(sentence)
