"""Commands about the checks of a report: how often they err, and fitting them anew."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .application import MAINTENANCE, PHOTOS, app, mistakes
from .options import Folder, Seed, Workers

MUCH = 0.5  # severity; "slightly annoying"

if TYPE_CHECKING:
    from ..explain.checks.measured_checks import Rates


@app.command(rich_help_panel=PHOTOS)
def checks(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Clean photos, of any size.")],
    post: Annotated[
        list[str], typer.Option("--post", metavar="NAME", help="What happens after the distortion; may be given twice.")
    ] = ["png", "jpeg92"],  # noqa: B006
    photos: Annotated[int | None, typer.Option(min=1, help="How many of them to distort; all without it.")] = None,
    drawn: Annotated[
        int | None,
        typer.Option(min=1, help="Pairs of severity and --post that each distortion is tried at, on each photo."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
    work: Folder = Path("checks"),
    ship: Annotated[bool, typer.Option("--ship", help="Write the rates into the table that ships.")] = False,
    workers: Workers = 1,
    seed: Seed = 0,
) -> None:
    """Measure how often the checks of a report err: on clean photos, and on the same photos distorted.

    Measurements are kept, so that a stopped run goes on.
    """
    import dataclasses

    from ..explain.checks.files import measure_rates, ship_rates
    from ..explain.checks.measured_checks import shipped_checks
    from ..explain.checks.trials import Plan

    with mistakes(OSError, ValueError):
        plan = Plan(posts=tuple(post), drawn=drawn, seed=seed)
        rates, measured_on = measure_rates(folder, work, plan, distorted=photos, workers=workers)
    if ship:
        ship_rates(rates, measured_on)
    if as_json:
        print(
            json.dumps(
                {name: {scale: dataclasses.asdict(one) for scale, one in by.items()} for name, by in rates.items()}
            )
        )
        return
    confirming = shipped_checks(every=True)
    print(f"{'':22} {'scale':10} {'good photos':>12}  photos with it at .25, .5, .75")
    for name, by_scale in rates.items():
        for scale, one in by_scale.items():
            mark = "" if scale in confirming[name].confirms_at else "  (too weak to confirm)"
            print(f"{name:22} {scale:10} {_percents(one)}{mark}")
    for scale in dict.fromkeys(scale for by_scale in rates.values() for scale in by_scale):
        used = {name: by_scale[scale] for name, by_scale in rates.items() if scale in confirming[name].confirms_at}
        if used:
            print(f"{len(used)} confirm {scale}: {_summary(used)}")


@app.command(rich_help_panel=MAINTENANCE)
def fit_checks(
    folders: Annotated[
        list[Path], typer.Argument(metavar="FOLDER...", help="Clean photos to fit to, small and large.")
    ],
    photos: Annotated[int, typer.Option(min=10, help="How many at most.")] = 1000,
    work: Folder = Path("checks"),
    workers: Workers = 1,
) -> None:
    """Fit the checks and the table of good photos that ship with blemish. Measurements are kept; a stopped run goes on."""
    from ..explain.checks.files import fit_shipped

    with mistakes(OSError, ValueError):
        fitted = fit_shipped(folders, work, photos=photos, workers=workers)
    print(f"{len(fitted)} checks; `blemish checks FOLDER` measures them on other photos")


def _summary(rates: dict[str, Rates]) -> str:
    false = {name: one.false_anywhere for name, one in rates.items()}
    worst = max(false, key=lambda name: false[name])
    much = {
        post: [share for one in rates.values() for at, share in one.power.get(post, {}).items() if float(at) >= MUCH]
        for post in next(iter(rates.values())).power
    }
    power = ", ".join(f"{100 * sum(shares) / len(shares):.0f} % ({post})" for post, shares in much.items())
    mean = sum(false.values()) / len(false)
    return (
        f"passed by {100 * mean:.1f} % of good photos on average, {100 * false[worst]:.0f} % at most ({worst}), and by "
        f"{power} of photos with {MUCH:g} and more of the distortion"
    )


def _percents(rates: Rates) -> str:
    false = "/".join(f"{100 * share:.0f}" for share in rates.false_confirmation.values())
    power = "   ".join(
        f"{post} " + " ".join(f"{100 * share:.0f}" for share in curve.values()) for post, curve in rates.power.items()
    )
    return f"{false + ' %':>12}  {power}"
