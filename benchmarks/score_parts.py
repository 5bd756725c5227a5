"""What each part of what the scores are made of is worth: `python benchmarks/score_parts.py TRAINING RATED`.

TRAINING is the folder of a finished `blemish train … --rated RATED`, whose views of photos are read again. An MOS head is
fitted and cross-validated as in training, with some parts set to nothing. The opinion-unaware score is taken from
statistics alone, from appearance alone and from both.
"""

from __future__ import annotations

import argparse
import copy
import json
from dataclasses import fields, replace
from pathlib import Path

import torch
from torch import Tensor

from blemish.models.data_sets import splits
from blemish.models.data_sets.rated_photos import RatedPhoto, list_rated
from blemish.models.distortion_model.content_network import ContentNetwork
from blemish.models.distortion_model.files import load_model
from blemish.models.distortion_model.model import DistortionModel
from blemish.models.distortion_model.network import HeadOutputs
from blemish.models.metrics.agreement import plcc, srocc
from blemish.models.training.mos_head import FOLDS, fit_human_scores
from blemish.models.training.precomputed_photos import read_ratings, undamaged_inputs, views_folder
from blemish.models.training.rated_fit import fit_appearance
from blemish.models.training.shards import read_shards
from blemish.models.training.train import Amounts
from blemish.synth_distort.provenance import provenance
from blemish.synth_distort.severity import combined_severities

KEPT = {
    "statistics": ("statistics",),
    "embedding": ("embedding",),
    "content": ("content",),
    "statistics and embedding": ("statistics", "embedding"),
    "all": ("statistics", "embedding", "content"),
}
DRAWS = 10  # random halves of what appearance learns from


def main() -> None:
    """Measure, print and write docs/measurements/score_parts.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("training", type=Path)
    parser.add_argument("rated", type=Path)
    default = Path(__file__).resolve().parents[1] / "docs" / "score_parts.json"
    parser.add_argument("-o", "--output", type=Path, default=default)
    arguments = parser.parse_args()

    model, people = load_model(arguments.training / "model.safetensors"), list_rated(arguments.rated)
    views = views_folder(arguments.training, arguments.training / "uncalibrated.safetensors")
    figures = {
        "mos": mos_by_parts(model, people, views),
        "opinion_unaware_score": opinion_unaware_score_by_parts(model, people, views),
    }
    content = {"figures": figures, "record": {"model": model.sha256, **provenance("torch")}}
    arguments.output.write_text(json.dumps(content, indent=1) + "\n")
    print(json.dumps(figures, indent=1))


def mos_by_parts(model: DistortionModel, people: list[RatedPhoto], views: Path) -> dict[str, dict]:
    """How heads agree with people that read some parts alone."""
    damaged = read_shards(views / "damaged", samples=Amounts().calibration)
    ratings = read_ratings(people, views, copies=Amounts().copies * len(people))
    figures = {}
    for name, kept in KEPT.items():
        network = copy.deepcopy(model.network)
        # What is left counts for the whole of the distance between two photos.
        is_kept = only(kept, torch.ones(1, ratings.inputs.shape[1]), model)[0, : network.mos_head.base_length]
        network.mos_head.base_quality.scale /= (is_kept * network.mos_head.base_quality.scale).square().sum().sqrt()
        figures[name] = fit_human_scores(
            network,
            replace(ratings, inputs=only(kept, ratings.inputs, model), copies=only(kept, ratings.copies, model)),
            only(kept, undamaged_inputs(damaged), model),
            folds=splits.folds(people, count=FOLDS, seed=model.record["seed"]),
        ).to_dict()
    return figures


def only(kept: tuple[str, ...], inputs: Tensor, model: DistortionModel) -> Tensor:
    """`inputs` of MOS heads (N, length) with all parts but `kept` at nothing."""
    lengths = {"statistics": model.network.length, "content": ContentNetwork.length}
    lengths["embedding"] = inputs.shape[1] - sum(lengths.values())
    parts = zip(lengths, inputs.split(list(lengths.values()), dim=1), strict=True)
    return torch.cat([part if name in kept else torch.zeros_like(part) for name, part in parts], dim=1)


@torch.inference_mode()
def opinion_unaware_score_by_parts(
    model: DistortionModel, people: list[RatedPhoto], views: Path
) -> dict[str, dict[str, float]]:
    """How damage by each part agrees with people, and its mean absolute error on calibration photos, 0 to 1."""
    rated = read_shards(views / "rated", samples=len(people))
    calibration = read_shards(views / "damaged", samples=Amounts().calibration)
    truth = combined_severities(calibration["severities"])
    given = -torch.tensor([photo.score for photo in people])
    figures = {}
    for name, by_people, by_calibration in zip(
        ("statistics", "appearance", "both"), by_parts(model, rated), by_parts(model, calibration), strict=True
    ):
        figures[name] = {
            "srocc": srocc(by_people, given),
            "plcc": plcc(by_people, given),
            "calibration_error": float((by_calibration - truth).abs().mean()),
        }
    figures = {name: {key: round(value, 4) for key, value in one.items()} for name, one in figures.items()}
    return {**figures, "both, of half the samples": halves(model, rated, given, views)}


def halves(model: DistortionModel, rated: dict[str, Tensor], given: Tensor, views: Path) -> dict[str, float]:
    """The least and the greatest SROCC where appearance learned from random halves of its samples."""
    samples = model.record["appearance"]["samples"]
    damaged = read_shards(views / "appearances", samples=samples)
    other, correlations = replace(model, network=copy.deepcopy(model.network)), []
    for seed in range(DRAWS):
        half = torch.randperm(samples, generator=torch.Generator().manual_seed(seed))[: samples // 2].sort().values
        fit_appearance(other.network, {name: tensor[half] for name, tensor in damaged.items()}, rated)
        *_, both = by_parts(other, rated)
        correlations.append(srocc(both, given))
    return {"least_srocc": round(min(correlations), 4), "greatest_srocc": round(max(correlations), 4)}


def by_parts(model: DistortionModel, views: dict[str, Tensor]) -> tuple[Tensor, Tensor, Tensor]:
    """Damage (N,) by statistics, by appearance and by both."""
    network, whole = model.network, HeadOutputs(**{field.name: views[field.name] for field in fields(HeadOutputs)})
    appearance = network.appearance(network.content_of(views["features"])).sigmoid()
    return whole.damage, appearance, network.combined_damage(whole, views["features"])


if __name__ == "__main__":
    main()
