"""What each part of the embedded model adds: `python benchmarks/ablation.py PRISTINE RATED LARGE UNDISTORTED BASE MADE`.

MADE is the folder in which `blemish embedded train` made the model, of the same photos and the same base: what it kept is read,
and nothing is fitted but calibrations. A part is taken out by making its outputs constant; what is calibrated on top of it is
calibrated anew, without the photos that are predicted. Seven fits of the opinion trunk took a GPU; docs/measurements keeps what
they predict of photos that they were not fitted to.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import torch
from gains import Figure, Row, mean_of, row_of
from opinion_fits import AREA, mean_area, opinion_rows
from torch import Tensor

from blemish.models.distortion_model.calibration import Calibration
from blemish.models.distortion_model.files import load_model
from blemish.models.distortion_model.kinds import kinds_of
from blemish.models.distortion_model.prediction import are_found
from blemish.models.distortion_model.statistics_network import HeadOutputs, StatisticsNetwork
from blemish.models.evaluation.conditions import CLEAR, MILD
from blemish.models.metrics.conformal import CONFIDENCE, conformal_quantile
from blemish.models.quality_cnns.backbones.efficientnet_lite import wheel_file
from blemish.models.training.calibrate import EXCELLENT, Outputs, RatedOutputs, calibrated, probabilities
from blemish.models.training.cross_validation import POOR, CrossValidated, cross_validated, interval_widths
from blemish.models.training.opinions import FOLDS
from blemish.models.training.precomputed_photos import VERSIONS
from blemish.models.training.shards import read_shards
from blemish.models.training.train import Amounts, Fitted, fitted
from blemish.synth_distort.files import write_json
from blemish.synth_distort.pristine_photos import CALIBRATION_COLLECTIONS, list_pristine
from blemish.synth_distort.provenance import provenance
from blemish.synth_distort.severity import combined_severities

MEASUREMENTS = Path(__file__).resolve().parents[1] / "docs" / "measurements"
AMOUNTS, SEED = Amounts(samples=60_000, epochs=4), 0  # of the model that ships

FOUND, ERROR = (
    "photos with damage of severity .5 and above with a finding",
    "mean absolute error of the overall severity",
)
ALARMS, LEAST_SHOWN = "undistorted photos at full size with a finding", 5e-4
POOR_FOUND, GOOD = "photos below MOS 40 with a finding", "photos from MOS 75 on without a finding"
PARTS = {
    "branch at 100 %": ("whole", ("presence", "none", "severity", "damage")),
    "branch as viewed": ("viewed", ("acr", "mos", "labels", "severity", "severity_labels")),
    "what the opinion trunk names": ("viewed", ("labels",)),
    "what the severity trunk names": ("viewed", ("severity_labels",)),
    "the severity as viewed": ("viewed", ("severity",)),
}


def main() -> None:
    """Measure, print and write docs/measurements/ablation.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("pristine", "rated", "large", "undistorted", "base", "made"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--workers", type=int, default=2)
    asked = parser.parse_args()
    backbone = wheel_file("efficientnet_lite2")
    assert backbone is not None, "pip install 'blemish[train]'"
    photos = {"rated": asked.rated, "large": asked.large, "undistorted": asked.undistorted, "base": asked.base}
    made = fitted(
        asked.pristine, asked.made, backbone=backbone, **photos, amounts=AMOUNTS, seed=SEED, workers=asked.workers
    )
    model = load_model(asked.made / "model.safetensors")
    _check_same(asked.made)
    rows = [
        *statistics_rows(made.network.statistics, asked.made, asked.base),
        *part_rows(made, sum(one.collection in CALIBRATION_COLLECTIONS for one in list_pristine(asked.pristine))),
        *interval_rows(made),
        *opinion_rows(asked.rated),
    ]
    for row in rows:
        low, high = row.gain["low"], row.gain["high"]
        print(f"{row.part:52} {row.measure:60} {row.without:7.3f} {row.full:7.3f}  {low:+.3f} to {high:+.3f}")
    record = {"model": model.sha256, **provenance("torch", "scikit-learn")}
    write_json(MEASUREMENTS / "ablation.json", {"rows": [asdict(row) for row in rows], "record": record})


def _check_same(made: Path) -> None:
    """End where a part was fitted anew, so that the figures would be of another model; axes of a range may turn round."""
    fit, kept = (load_model(made / f"{name}.safetensors").network.state_dict() for name in ("uncalibrated", "model"))
    new = [name for name in kept if "out_of_distribution" not in name and not torch.equal(fit[name], kept[name])]
    assert not new, f"fitted anew, so another model: {new[0]}"


def statistics_rows(network: StatisticsNetwork, made: Path, base: Path) -> list[Row]:
    """Both halves of the statistics branch, and what it learned last, by the names of one distortion all over a photo."""
    samples = read_shards(made / "unseen", samples=AMOUNTS.unseen)
    truth = samples["severities"].float()
    is_one = ((truth > 0).sum(1) == 1) & (truth.amax(1) >= MILD) & (samples["coverage"] > 0.99).all(1)
    chosen = {name: values[is_one] for name, values in samples.items()}
    pooled, averaged = _by_windows_and_averages(network, chosen)
    read = {
        "full": HeadOutputs.mean(pooled, averaged),
        "averages over the photo": pooled,
        "windows": averaged,
        "the second training, on other implementations and photos at full size": HeadOutputs.mean(
            *_by_windows_and_averages(load_model(base).network.statistics, chosen)
        ),
    }
    figures = {}
    for part, outputs in read.items():
        is_right = (outputs.presence.argmax(1) == truth[is_one].argmax(1)).numpy()
        figures[part] = Figure(mean_of(is_right), chosen["photo"].numpy())
    measure = "named rightly, severity .25 and above"
    return [
        row_of(f"statistics: {part}", measure, figures["full"], one) for part, one in figures.items() if part != "full"
    ]


def part_rows(made: Fitted, photos: int) -> list[Row]:
    """The branches and what kinds as viewed are read from, each taken out of all that is calibrated."""
    drawn = [np.random.default_rng((SEED + 2, number)).integers(photos) for number in range(len(made.truth))]
    full = _figures(made, np.array(drawn))  # by the photos as `draw_calibration_sample` draws them
    rows = []
    for part, (branch, names) in PARTS.items():
        without = _figures(_constant(made, branch, names), np.array(drawn))
        rows += [row_of(part, name, one, without[name]) for name, one in full.items()]
    alone = replace(made, undistorted=None)
    without = _figures(alone, np.array(drawn))
    part = "undistorted photos at full size"
    rows += [row_of(part, name, one, without[name]) for name, one in full.items()]
    rows.append(row_of(part, ALARMS, _alarms(made, made), _alarms(made, alone)))
    return [row for row in rows if max(map(abs, row.gain.values())) >= LEAST_SHOWN]


def _alarms(made: Fitted, calibrates: Fitted) -> Figure:
    """On undistorted photos at full size, each calibrated for by those of the others that calibrate at all."""
    outputs, distortions = made.undistorted, made.network.distortions
    assert outputs is not None
    photos = np.arange(len(outputs.distance)) // VERSIONS
    found = np.zeros(len(photos), dtype=bool)
    for fold in range(FOLDS):
        inside = photos % FOLDS == fold
        others = calibrates.undistorted[~inside] if calibrates.undistorted else None
        fit = calibrated(distortions, calibrates.damaged, calibrates.truth, calibrates.rated, others)
        found[inside] = _is_found(fit, outputs[inside], distortions)
    return Figure(mean_of(found), photos, falls=True)


def _figures(made: Fitted, drawn: np.ndarray) -> dict[str, Figure]:
    """On our own damage, and on rated photos; each photo is calibrated for by the others."""
    rated, labels, folds = _people(made)
    scores = rated.scores
    people = _cross_validated(made)
    errors, found = _on_damage(made, drawn % FOLDS)
    is_clear = (made.truth.amax(1) >= CLEAR).numpy()
    poor, good = (scores < POOR).numpy(), (scores >= EXCELLENT).numpy()
    return {
        ERROR: Figure(mean_of(errors), drawn, falls=True),
        FOUND: Figure(mean_of(found[is_clear]), drawn[is_clear]),
        AREA: Figure(lambda some: mean_area(people.as_viewed, labels, folds, some), np.arange(len(scores))),
        POOR_FOUND: Figure(mean_of(people.found.numpy()[poor]), np.arange(poor.sum())),
        GOOD: Figure(mean_of(~people.found.numpy()[good]), np.arange(good.sum())),
    }


def interval_rows(made: Fitted) -> list[Row]:
    """Intervals of the MOS as wide as the photo deserves, and as wide for every photo, by the errors of the other folds."""
    rated, _, folds = _people(made)
    mos = rated.outputs.viewed.mos
    errors, same = (mos - rated.scores).abs(), torch.zeros(len(mos))
    for fold in folds.unique():
        same[folds == fold] = conformal_quantile(errors[folds != fold], CONFIDENCE)
    own = _cross_validated(made).half
    widest = own >= own.quantile(0.8)
    covered = [Figure(mean_of((errors <= half)[widest].numpy()), np.arange(int(widest.sum()))) for half in (own, same)]
    widths = [
        Figure(mean_of(interval_widths(mos, half).numpy()), np.arange(len(mos)), falls=True) for half in (own, same)
    ]
    part = "intervals of the MOS by photo"
    return [
        row_of(part, "those that hold, of 90 %, in the fifth where they are widest", *covered),
        row_of(part, "mean width, points", *widths),
    ]


@torch.inference_mode()
def _by_windows_and_averages(
    network: StatisticsNetwork, samples: Mapping[str, Tensor]
) -> tuple[HeadOutputs, HeadOutputs]:
    """Of samples, by their windows and by their averages."""
    pooled, averaged, _ = network(samples["windows"].float(), samples["averages"].float())
    return pooled, averaged


def _on_damage(made: Fitted, folds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of each damaged photo, the error of the overall severity and whether anything is found, calibrated on the others."""
    distortions, truth = made.network.distortions, combined_severities(made.truth)
    errors, found = np.zeros(len(folds)), np.zeros(len(folds), dtype=bool)
    for fold in range(FOLDS):
        inside = folds == fold
        fit = calibrated(distortions, made.damaged[~inside], made.truth[~inside], made.rated, made.undistorted)
        outputs = made.damaged[inside]
        errors[inside] = (fit.overall_severity(outputs.whole, outputs.viewed) - truth[inside]).abs().numpy()
        found[inside] = _is_found(fit, outputs, distortions)
    return errors, found


def _is_found(fit: Calibration, outputs: Outputs, distortions: tuple[str, ...]) -> np.ndarray:
    predicted = probabilities(fit, outputs, kinds_of(distortions))
    return are_found(*predicted, distortions, torch.tensor(fit.found_from)).any(1).numpy()


def _constant(made: Fitted, branch: str, names: tuple[str, ...]) -> Fitted:
    """`made` with outputs of a branch that say nothing: each is everywhere the mean of what it is on damaged photos."""

    def flat(outputs: Outputs) -> Outputs:
        part, usual = getattr(outputs, branch), getattr(made.damaged, branch)
        constant = {name: getattr(usual, name).mean(0).expand_as(getattr(part, name)).clone() for name in names}
        return replace(outputs, **{branch: replace(part, **constant)})

    rated, _, _ = _people(made)
    undistorted = flat(made.undistorted) if made.undistorted else None
    rated = replace(rated, outputs=flat(rated.outputs))
    return replace(made, damaged=flat(made.damaged), rated=rated, undistorted=undistorted)


def _cross_validated(made: Fitted) -> CrossValidated:
    rated, _, folds = _people(made)
    damage = made.network.distortions, made.damaged, made.truth
    return cross_validated(*damage, rated, folds.numpy(), made.undistorted)


def _people(made: Fitted) -> tuple[RatedOutputs, Tensor, Tensor]:
    """What is made of rated photos, what people named of them, and their folds."""
    assert made.rated is not None, "the model was fitted to no human scores"
    assert made.rated.labels is not None, "nobody was asked what is wrong with the photos"
    assert made.folds is not None
    return made.rated, made.rated.labels, made.folds


if __name__ == "__main__":
    main()
