"""What each part of what the aware head reads is worth: `python benchmarks/aware_parts.py TRAINING RATED`.

TRAINING is the folder of a finished `blemish train … --rated RATED`, whose views of photos are read again. A head is fitted and
cross-validated as in training, with some parts set to nothing.
"""

from __future__ import annotations

import argparse
import copy
import json
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from blemish.models.content_network import ContentNetwork
from blemish.models.human_scores import cross_validation_folds, fit_human_scores
from blemish.models.photo_views import read_ratings, undamaged_inputs, views_folder
from blemish.models.quality_model import QualityModel
from blemish.models.rated_photos import list_rated
from blemish.models.shards import read_shards
from blemish.models.training import Amounts
from blemish.models.weights import load_model
from blemish.synth_distort.provenance import provenance

KEPT = {
    "statistics": ("statistics",),
    "embedding": ("embedding",),
    "content": ("content",),
    "statistics and embedding": ("statistics", "embedding"),
    "all": ("statistics", "embedding", "content"),
}


def main() -> None:
    """Measure, print and write docs/aware_parts.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("training", type=Path)
    parser.add_argument("rated", type=Path)
    default = Path(__file__).resolve().parents[1] / "docs" / "aware_parts.json"
    parser.add_argument("-o", "--output", type=Path, default=default)
    arguments = parser.parse_args()

    model, people = load_model(arguments.training / "model.safetensors"), list_rated(arguments.rated)
    views = views_folder(arguments.training, arguments.training / "uncalibrated.safetensors")
    damaged = read_shards(views / "damaged", samples=Amounts().calibration)
    ratings = read_ratings(people, views, copies=Amounts().copies * len(people))
    figures = {}
    for name, kept in KEPT.items():
        figures[name] = fit_human_scores(
            copy.deepcopy(model.network),
            replace(ratings, inputs=only(kept, ratings.inputs, model), copies=only(kept, ratings.copies, model)),
            only(kept, undamaged_inputs(damaged), model),
            folds=cross_validation_folds(len(people), model.record["seed"]),
        ).to_dict()
        print(name, figures[name], flush=True)
    content = {"figures": figures, "record": {"model": model.sha256, **provenance("torch")}}
    arguments.output.write_text(json.dumps(content, indent=1) + "\n")


def only(kept: tuple[str, ...], inputs: Tensor, model: QualityModel) -> Tensor:
    """`inputs` of aware heads (N, length) with all parts but `kept` at nothing."""
    lengths = {"statistics": model.network.length, "content": ContentNetwork.length}
    lengths["embedding"] = inputs.shape[1] - sum(lengths.values())
    parts = zip(lengths, inputs.split(list(lengths.values()), dim=1), strict=True)
    return torch.cat([part if name in kept else torch.zeros_like(part) for name, part in parts], dim=1)


if __name__ == "__main__":
    main()
