"""Seven fits of the opinion trunk, compared by what they predict of rated photos left out of them: for `ablation.py`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import safetensors
import torch
from gains import Figure, Row, row_of
from scipy.stats import rankdata
from torch import Tensor

from blemish.models.data_sets.rated_photos import scores_digest
from blemish.models.distortion_model.kinds import KINDS, label_of
from blemish.models.distortion_model.viewed_network import LABELS
from blemish.models.metrics.agreement import srocc
from blemish.models.training.opinions import FOLDS, SHARE_WITH_COPIES, people_of, rescaled_by_others

OPINION_FITS = Path(__file__).resolve().parents[1] / "docs" / "measurements" / "opinion_fits.safetensors"
AREA = "mean AUC of five words of people"
MIXED = "mixed"
OPINION_PAIRS = {
    "pristine photos beside rated ones": ("P6C0", "P0C0"),
    "twelve of them a batch, not six": ("P12C0", "P6C0"),
    "pristine photos beside rated ones and copies": ("P6C2", "P0C2"),
    "damaged copies of rated photos": ("P0C2", "P0C0"),
    "damaged copies beside pristine photos": ("P6C2", "P6C0"),
    "fourteen epochs, not eight": ("P6C0e14", "P6C0"),
    "another seed, which is no part": ("P6C2s1", "P6C2"),
    "two fits mixed, not the better one": (MIXED, "P12C0"),
}  # P: pristine photos a batch, C: damaged copies a batch


def opinion_rows(rated: Path) -> list[Row]:
    """What the opinion trunk is fitted beside, by the seven fits that were compared."""
    people = people_of(rated)
    scores = torch.tensor([photo.score for photo in people.photos])
    with safetensors.safe_open(OPINION_FITS, "pt") as kept:
        made_of = kept.metadata() or {}
        tensors = {name: kept.get_tensor(name).float() for name in kept.keys()}  # noqa: SIM118
    assert made_of.get("scores") == scores_digest(people.folder), f"{OPINION_FITS}: is of other photos or scores"
    names = {name.partition(".")[0] for name in tensors if name != "folds"}
    mos = {name: rescaled_by_others(tensors[f"{name}.mos"], scores, tensors["folds"]) for name in names}
    mos[MIXED] = torch.lerp(mos["P12C0"], mos["P6C2"], SHARE_WITH_COPIES)  # as the weights of the two that ship are
    columns = [LABELS.index(label_of(kind)) for kind in KINDS]

    def figures(name: str) -> dict[str, Figure]:
        predicted, each = mos[name], np.arange(len(scores))
        squares = (predicted - scores).square().numpy()
        found = {
            "SROCC of the MOS": Figure(lambda some: srocc(predicted[some].numpy(), scores[some].numpy()), each),
            "RMSE of the MOS, points": Figure(lambda some: float(np.sqrt(squares[some].mean())), each, falls=True),
        }
        if name != MIXED:
            named = tensors[f"{name}.labels"][:, columns]
            found[AREA] = Figure(lambda some: mean_area(named, people.labels, tensors["folds"], some), each)
        return found

    rows = []
    for part, (full, without) in OPINION_PAIRS.items():
        one, other = figures(full), figures(without)
        rows += [row_of(f"opinion trunk: {part}", name, figure, other[name]) for name, figure in one.items()]
    return rows


def mean_area(probability: Tensor, labels: Tensor, folds: Tensor, some: np.ndarray) -> float:
    """Mean area under the ROC curve of the words that are kinds, each among the photos of one fold: another has another fit."""
    areas = []
    for fold in range(FOLDS):
        inside = some[(folds[some] == fold).numpy()]
        ranks = rankdata(probability[inside].numpy(), axis=0)
        for kind in filter(LABELS.__contains__, KINDS):
            named = (labels[inside, LABELS.index(kind)] > 0).numpy()
            count = int(named.sum())
            if 0 < count < len(named):
                above = ranks[named, KINDS.index(kind)].sum() - count * (count + 1) / 2
                areas.append(above / (count * (len(named) - count)))
    return float(np.mean(areas))
