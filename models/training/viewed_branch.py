"""The parts of the viewed branch, one fitted after the other; each is kept in a file of its own and read from it again."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from ...synth_distort.pristine_photos import PristinePhoto
from ...synth_distort.severity import scale_digest
from ..data_sets.rated_photos import scores_digest
from ..distortion_model.backbone import early_and_late
from ..distortion_model.viewed_network import ViewedNetwork
from ..lightning_trainer import DEVICE
from .names import INVERSE_PENALTY, fit_names
from .opinions import (
    People,
    fit_opinions,
    left_out,
    near_duplicates,
    opinion_samples,
    rescaled,
    rescaled_by_others,
)
from .shards import kept_tensors, photos_digest, read_shards
from .variants import severities_digest
from .viewed_fit import BESIDE, EPOCHS_OF_OPINIONS, EPOCHS_OF_SEVERITIES, SeverityFit, fit_viewed, standardize
from .viewed_samples import PRISTINE_COPIES, UNDAMAGED, write_damaged

STANDARDIZED = 800  # damaged photos, whose statistics are the units of the severity trunk


def imagenet_network(backbone: Path) -> ViewedNetwork:
    """A viewed branch whose parts have the ImageNet weights of `backbone`."""
    network = ViewedNetwork().eval()
    early, late = early_and_late(backbone)
    network.early.load_state_dict(early.state_dict())
    for trunk in (network.opinion, network.severity):
        trunk.late.load_state_dict(late.state_dict())
    return network


def severity_fitted(
    training: Sequence[PristinePhoto], backbone: Path, output: Path, *, samples: int, seed: int, workers: int
) -> tuple[ViewedNetwork, dict]:
    """A viewed branch whose early stages and severity trunk are fitted, and what they were fitted to."""
    network = imagenet_network(backbone)
    made_of = {
        "photos": photos_digest([photo.path for photo in training]),
        "backbone": photos_digest([backbone]),
        "samples": samples,
        "epochs": EPOCHS_OF_SEVERITIES,
        "seed": seed,
        "scale": scale_digest(),
    }

    def fitted() -> dict[str, Tensor]:
        folder = output / "severities"
        write_damaged(training, folder, samples=samples, seed=seed, workers=workers)
        tensors = read_shards(folder, samples=samples)
        torch.manual_seed(seed)
        standardize(network.to(DEVICE), network.severity, tensors["photos"][:STANDARDIZED])
        fit = SeverityFit(network, tensors["photos"], tensors["severities"], seed=seed)
        fit_viewed(fit, output, epochs=EPOCHS_OF_SEVERITIES, made_of=json.dumps(made_of))
        return _halved(network, ("early", "severity"))

    network.load_state_dict(kept_tensors(output / "severity.safetensors", fitted, made_of=made_of), strict=False)
    return network.eval(), {"samples": samples, "photos": Counter(photo.collection for photo in training)}


def opinions_fitted(
    network: ViewedNetwork,
    people: People,
    good: Sequence[PristinePhoto],
    backbone: Path,
    output: Path,
    *,
    copies: int,
    seed: int,
    workers: int,
) -> dict[str, Tensor]:
    """Fit the opinion trunk of `network`; what trunks that were fitted to other photos make of each, and the photos' folds."""
    made_of = {
        "photos": photos_digest([photo.path for photo in people.photos]),
        "good": photos_digest([photo.path for photo in good]),
        "scores": scores_digest(people.folder),
        "severity": photos_digest([output / "severity.safetensors"]),
        "copies": copies,
        "pristine_copies": [PRISTINE_COPIES, UNDAMAGED],
        "labels": people.labels.tolist(),
        "beside": BESIDE,
        "variants": severities_digest(),
        "epochs": EPOCHS_OF_OPINIONS,
        "seed": seed,
    }

    def fitted() -> dict[str, Tensor]:
        samples = opinion_samples(people, good, output, copies=copies, seed=seed + 1, workers=workers)
        groups = near_duplicates(imagenet_network(backbone), samples.photos)
        settings = {"made_of": json.dumps(made_of), "seed": seed}
        by_others = left_out(network, samples, groups, output, **settings)
        whole = fit_opinions(network, samples, torch.arange(len(people.photos)), output, **settings)
        left = {f"left_out.{name}": values for name, values in by_others.items()}
        return {**_halved(whole, ("opinion", "word_scores")), **left}

    kept = kept_tensors(output / "opinions.safetensors", fitted, made_of=made_of)
    network.load_state_dict({name: kept[name] for name in kept if not name.startswith("left_out.")}, strict=False)
    by_others = {name.removeprefix("left_out."): kept[name] for name in kept if name.startswith("left_out.")}
    scores = torch.tensor([photo.score for photo in people.photos])
    slope, shift = rescaled(by_others["mos"], scores)
    network.word_scores.data.mul_(slope).add_(shift)
    return {**by_others, "mos": rescaled_by_others(by_others["mos"], scores, by_others["folds"])}


def names_fitted(
    network: ViewedNetwork, people: People, clean: Sequence[PristinePhoto], folds: Tensor, output: Path
) -> Tensor:
    """Have the severity trunk of `network` name what people name; its logits of each photo by regressions on the others."""
    paths = [photo.path for photo in people.photos]
    made_of = {
        "photos": photos_digest(paths),
        "labels": people.labels.tolist(),
        "clean": photos_digest([photo.path for photo in clean]),
        "severity": photos_digest([output / "severity.safetensors"]),
        "penalty": INVERSE_PENALTY,
        "folds": folds.tolist(),
    }
    kept = kept_tensors(
        output / "names.safetensors", lambda: fit_names(network, paths, people.labels, clean, folds), made_of=made_of
    )
    head = network.severity.head[1]
    assert isinstance(head, nn.Linear)
    with torch.no_grad():
        head.weight[1:], head.bias[1:] = kept["weight"], kept["bias"]
    return kept["left_out"]


def _halved(network: ViewedNetwork, parts: tuple[str, ...]) -> dict[str, Tensor]:
    """Weights of parts of a network, in half precision, as they are passed on."""
    return {name: values.half() for name, values in network.cpu().state_dict().items() if name.startswith(parts)}
