"""How much of a model's own throughput `blemish sensitivity` keeps: `python benchmarks/speed/sensitivity.py PRISTINE`.

First: the embedded model on dense ladders of all distortions, beside the same model asked for the scores of the same levels,
which lie in memory, in batches of the same size. Then: a second run over many photos from the cache, with a scorer that takes
no time of its own. On a machine with nothing else to do.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

from blemish.explain.sensitivity.measure import measure
from blemish.explain.sensitivity.plan import Plan
from blemish.explain.sensitivity.scoring import Job, made_ladders, score_ladder
from blemish.models.scorers.lookup import get_scorer
from blemish.models.scorers.scorer import TIMEOUT
from blemish.synth_distort.files import write_json
from blemish.synth_distort.pristine_photos import list_pristine, unseen
from blemish.synth_distort.provenance import provenance

SIDE = 320  # px, as in docs/sensitivity.md
SMALL = 96  # px of the photos that are scored by nothing; the cache holds scores, whatever the size
MODEL = "blemish"


def main() -> None:
    """Measure, print and write docs/measurements/sensitivity_speed.json."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pristine", type=Path)
    parser.add_argument("--photos", type=int, default=2, help="to score by the embedded model")
    parser.add_argument("--cached", type=int, default=100, help="photos of the run from the cache")
    default = Path(__file__).resolve().parents[2] / "docs" / "measurements" / "sensitivity_speed.json"
    parser.add_argument("-o", "--output", type=Path, default=default)
    asked = parser.parse_args()
    photos = [photo.path for photo in list_pristine(asked.pristine)]
    of_test = [photo.path for photo in unseen(list_pristine(asked.pristine))][: asked.photos]
    figures: dict[str, float] = {}
    for measured in (lambda: throughput(of_test), lambda: from_cache(photos[: asked.cached])):
        for name, figure in measured().items():
            figures[name] = figure
            print(f"{name:32} {figure}", flush=True)
    write_json(asked.output, {"figures": figures, "record": provenance("torch")})


def throughput(photos: list[Path]) -> dict[str, float]:
    """Levels a second of a whole measurement, of the model alone, and the one over the other."""
    plan, scorer = Plan(side=SIDE, stability=()), get_scorer(MODEL)
    spent = levels = 0.0
    with tempfile.TemporaryDirectory() as cache:
        begun = time.perf_counter()
        measured = measure([MODEL], photos, plan=plan, cache=cache)
        whole = time.perf_counter() - begun
        for subject in measured.subjects:
            job = Job(subject, (MODEL,), plan, Path(cache))
            for ladder in made_ladders(job, list(plan.ladders())):
                spent += seconds(lambda ladder=ladder: score_ladder(scorer, ladder, timeout=TIMEOUT))
                levels += len(ladder.images)
    return {
        "levels": int(levels),
        "levels_per_second": round(levels / whole, 2),
        "levels_per_second_of_the_model": round(levels / spent, 2),
        "share_of_throughput": round(spent / whole, 3),
    }


def from_cache(photos: list[Path]) -> dict[str, float]:
    """Seconds of a second run over all distortions at all levels."""
    plan = Plan(side=SMALL, stability=())
    with tempfile.TemporaryDirectory() as cache:
        measure([brightness], photos, plan=plan, cache=cache)
        again = seconds(lambda: measure([brightness], photos, plan=plan, cache=cache))
    return {"cached_photos": len(photos), "second_run_s": round(again, 2)}


def brightness(images: Tensor) -> Tensor:
    """A score that takes no time: how bright images (N, 3, H, W) are."""
    return images.mean((1, 2, 3))


def seconds(run: Callable[[], object]) -> float:
    """Wall time of `run`."""
    begun = time.perf_counter()
    run()
    return time.perf_counter() - begun


if __name__ == "__main__":
    torch.set_grad_enabled(False)
    main()
