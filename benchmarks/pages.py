"""Pages of docs/ that hold nothing but what was measured, from docs/measurements: `python benchmarks/pages.py`.

    python benchmarks/pages.py planes/planes.json      # first keep what is quoted of a run of `blemish planes`

The templates lie beside this file, so that no figure on these pages is typed.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import jinja2
import numpy as np

from blemish.explain.planes.atlas.level_atlas import atlas_file, read_atlas
from blemish.synth_distort.files import write_file, write_json

HERE = Path(__file__).resolve().parent
DOCS = HERE.parent / "docs"
ALL_DISTORTIONS = "planes-all"
MEASURED = {
    "planes": {"three": "planes", "every": ALL_DISTORTIONS},
    "attribution": {
        "severity": "attribution",
        "used": "attribution-used",
        "mos": "attribution-mos",
        "counterfactuals": "counterfactuals",
        "broken": "counterfactuals-broken",
        "concepts": "concepts",
    },
    "ablation": {"ablation": "ablation"},
    "sensitivity": {"models": "sensitivity-models", "embedded": "sensitivity-embedded", "speed": "sensitivity_speed"},
    "report": {
        "checks": "../../explain/checks/checks",
        "classifier": "photograph_classifier",
        "history": "file_history",
        "file_facts": "file_facts",
        "parts": "parts",
        "confirmation": "confirmation",
        "all_clear": "../../explain/all_clear",
        "claims": "claims",
        "speed": "report_speed",
    },
}


def main() -> None:
    """Write the pages."""
    if len(sys.argv) > 1:
        write_json(_measurements(ALL_DISTORTIONS), _quoted(json.loads(Path(sys.argv[1]).read_text())))
    for name in measured():
        write_file(DOCS / f"{name}.md", page(name).encode())
        print(DOCS / f"{name}.md")


def measured() -> list[str]:
    """The names of the pages of which something was measured."""
    return [name for name, files in MEASURED.items() if _measurements(next(iter(files.values()))).exists()]


def page(name: str) -> str:
    """The page docs/NAME.md."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    files = {key: _measurements(file) for key, file in MEASURED[name].items()}
    content = {key: json.loads(file.read_text()) if file.exists() else None for key, file in files.items()}
    if name == "planes":
        content["atlas"] = {"rates": None} | (read_atlas(atlas_file()).record if atlas_file().exists() else {})
    return environment.get_template(f"{name}.md.j2").render(content)


def _measurements(name: str) -> Path:
    return DOCS / "measurements" / f"{name}.json"


def _quoted(run: dict) -> dict:
    """A run of `blemish planes` without its maps' settings and its many pairs of planes, of which their number is kept."""
    backbones = {}
    for one in run["backbones"]:
        pairs = one["angles"]
        angles = {
            "pairs": len(pairs),
            "apart": sum(pair["corrected"] < 0.05 for pair in pairs),
            "median": round(float(np.median([pair["largest"] for pair in pairs])), 1),
            "same_plane": round(float(np.median(list(one["same_plane"].values()))), 1),
        }
        kept = ("photos", "images", "best_layer", "type_accuracy", "confused", "severity_layer", "severity_by_layer")
        shapes = [{name: shape[name] for name in ("distortion", "plane", "dimensions")} for shape in one["shapes"]]
        posts = [
            {
                name: post[name]
                for name in ("post_processing", "layer", "transferred", "refitted", "turned", "turned_as_made")
            }
            for post in one["post_processing"]
        ]
        backbones[one["backbone"]] = {
            **{name: one[name] for name in kept},
            "angles": angles,
            "shapes": shapes,
            "post_processing": posts,
            "mixtures": one["mixtures"],
            "reduced_reference": one["reduced_reference"],
        }
    record = {name: value for name, value in run["record"].items() if name != "photo_files"}
    return {"record": record, "backbones": backbones}


if __name__ == "__main__":
    main()
