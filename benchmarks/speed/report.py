"""How long a report takes after imports: `python benchmarks/speed/report.py PHOTO...`, on a machine with nothing else to do.

Wall time counts for a person; processor time, of all cores together, for a machine that is shared.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import blemish
from blemish.models.distortion_model.files import load_model
from blemish.synth_distort.files import write_json
from blemish.synth_distort.provenance import provenance

REPEATS = 3  # the fastest counts


def main() -> None:
    """Measure, print and write docs/measurements/report_speed.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", type=Path, nargs="+")
    default = Path(__file__).resolve().parents[2] / "docs" / "measurements" / "report_speed.json"
    parser.add_argument("-o", "--output", type=Path, default=default)
    arguments = parser.parse_args()
    model = load_model()
    blemish.report(arguments.photos[0], quick=True)  # imports
    figures = {}
    for path in arguments.photos:
        facts = blemish.facts(path)
        row: dict[str, object] = {"megapixels": round(facts.width * facts.height / 1e6, 2)}
        row["report"] = fastest(lambda path=path: len(blemish.report(path).html))
        row["--quick"] = fastest(lambda path=path: len(blemish.report(path, quick=True).html))
        figures[path.name] = row
        print(path.name, row)
    write_json(arguments.output, {"figures": figures, "record": {"model": model.sha256, **provenance("torch")}})


def fastest(run: Callable[[], object]) -> dict[str, float]:
    """Wall and processor seconds of the fastest of REPEATS runs."""
    times = []
    for _ in range(REPEATS):
        wall, processor = time.perf_counter(), time.process_time()
        run()
        times.append((time.perf_counter() - wall, time.process_time() - processor))
    return {"wall s": round(min(wall for wall, _ in times), 2), "processor s": round(min(used for _, used in times), 2)}


if __name__ == "__main__":
    main()
