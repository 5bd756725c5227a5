"""What each of the two readings of a photo is worth for naming: `python benchmarks/naming_parts.py TRAINING`.

TRAINING is the folder of a finished `blemish train`, whose samples of unseen photos are read again. They are harder than the
trials of `blemish evaluate`: half of them show a part of a photo, and their post-processings are drawn at random.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import torch
from torch import Tensor

from blemish.models.distortion_model.files import load_model
from blemish.models.distortion_model.network import HeadOutputs
from blemish.models.evaluation.conditions import CLEAR, MILD
from blemish.models.training.shards import read_shards
from blemish.models.training.train import Amounts
from blemish.synth_distort.provenance import provenance


def main() -> None:
    """Measure, print and write docs/measurements/naming_parts.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("training", type=Path)
    default = Path(__file__).resolve().parents[1] / "docs" / "measurements" / "naming_parts.json"
    parser.add_argument("-o", "--output", type=Path, default=default)
    arguments = parser.parse_args()

    model = load_model(arguments.training / "model.safetensors")
    unseen = read_shards(arguments.training / "unseen", samples=Amounts().unseen)
    everywhere = (unseen["coverage"] > 0.99).all(1)
    unseen = {name: tensor[everywhere].float() for name, tensor in unseen.items()}
    with torch.inference_mode():
        by_windows, by_averages, _ = model.network(unseen["windows"], unseen["averages"])
    head_outputs = {
        "windows": by_windows,
        "averages": by_averages,
        "both": HeadOutputs.mean(by_windows, by_averages),
    }
    figures = {name: named_rightly(head_outputs, unseen["severities"]) for name, head_outputs in head_outputs.items()}
    for name, figure in figures.items():
        print(name, figure)
    content = {"figures": figures, "record": {"model": model.sha256, **provenance("torch")}}
    arguments.output.write_text(json.dumps(content, indent=1) + "\n")


def named_rightly(head_outputs: HeadOutputs, severities: Tensor) -> dict[str, float]:
    """Shares of samples named rightly: one clear distortion, one mild one, and two clear ones both in the top three."""
    count = (severities > 0).sum(1)
    worst, is_worst = severities.max(1)
    least = torch.where(severities > 0, severities, 1).amin(1)
    first, three = head_outputs.presence.argmax(1), head_outputs.presence.topk(3).indices
    both = severities.gather(1, three).gt(0).sum(1) == 2
    right = first == is_worst
    chosen = {
        "clear": (right, (count == 1) & (worst >= CLEAR)),
        "mild": (right, (count == 1) & (worst >= MILD) & (worst < CLEAR)),
        "chains": (both, (count == 2) & (least >= CLEAR)),
    }
    shares = {name: round(float(what[which].float().mean()), 4) for name, (what, which) in chosen.items()}
    return {**shares, "samples": int(sum(which.sum() for _, which in chosen.values()))}


if __name__ == "__main__":
    main()
