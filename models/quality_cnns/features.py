"""Feature extraction, cached on disk: a frozen backbone goes over each region once.

A folder of the cache is for one backbone with its weights and one choice of regions; a file in it is one photo, named by its
content.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from pathlib import Path

import safetensors.torch
import torch
from torch import Tensor

from ...synth_distort import PhotoError, read_photo
from ...synth_distort.files import write_file, write_json
from ...synth_distort.parallel import in_processes
from ...synth_distort.provenance import provenance
from .backbones.registry import Backbone, BackboneNetwork, DamageNetwork, build_backbone
from .regions import Regions, describe_regions

BATCH = 8  # regions of one size that go through the network together


@dataclass(frozen=True)
class PhotoFeatures:
    """The features of one photo.

    Attributes:
        regions: (R, length), of its R regions.
        saliency: (R,), of the regions, with mean 1.
    """

    regions: Tensor
    saliency: Tensor

    def first(self, count: int) -> PhotoFeatures:
        """The features of the first `count` regions."""
        return PhotoFeatures(self.regions[:count], self.saliency[:count])


def photo_features(image: Tensor, regions: Regions, network: BackboneNetwork | DamageNetwork) -> PhotoFeatures:
    """Features of the regions of `image` (3, H, W).

    Raises:
        ValueError: the image is smaller than a region, or the network cannot take regions of this size.
    """
    parts, saliency = regions.cut(image)
    with torch.inference_mode():
        batches = [torch.stack(parts[first : first + BATCH]) for first in range(0, len(parts), BATCH)]
        return PhotoFeatures(torch.cat([network(batch) for batch in batches]), saliency)


def extract(
    photos: Sequence[Path],
    backbone: Backbone,
    regions: Regions,
    *,
    weights: Path | str | None,
    folder: Path,
    workers: int,
) -> list[PhotoFeatures]:
    """Features of each of `photos`, read from the cache where it holds them.

    Args:
        photos: paths.
        backbone: the network and its layers.
        regions: of each photo.
        weights: of the backbone, as `BackboneNetwork` takes them.
        folder: the cache.
        workers: processes.

    Raises:
        PhotoError: photos cannot be read, or are smaller than a region; the message names the first. The features of all
            others are kept.
        WeightsError: the weights cannot be read.
    """
    kept = folder_of(backbone, regions, weights, folder)
    files = [kept / f"{content_digest(photo)}.safetensors" for photo in photos]
    missing = [(photo, file) for photo, file in zip(photos, files, strict=True) if not file.exists()]
    if missing:
        one = partial(_extract_one, backbone, regions, weights)
        words = f"{backbone.words}, {describe_regions(regions)}"
        mistakes = [error for error in in_processes(one, missing, workers=workers, description=words) if error]
        if mistakes:
            others = f" (and {len(mistakes) - 1} other photos have mistakes)" if len(mistakes) > 1 else ""
            raise PhotoError(mistakes[0] + others)
    stored = [safetensors.torch.load_file(file) for file in files]
    return [PhotoFeatures(one["regions"].float(), one["saliency"]) for one in stored]


def folder_of(backbone: Backbone, regions: Regions, weights: Path | str | None, folder: Path) -> Path:
    """The folder of the cache for `backbone` and `regions`, with a record of what made it."""
    made_of = {"backbone": repr(backbone), "regions": repr(regions), "weights": _network(backbone, weights).digest}
    digest = hashlib.sha256(json.dumps(made_of).encode()).hexdigest()
    kept = folder / f"{backbone.name}-{digest[:12]}"
    if not (kept / "record.json").exists():
        record = {**made_of, **provenance("torch", "torchvision", "numpy", "pillow")}
        write_json(kept / "record.json", record)
    return kept


@lru_cache(maxsize=4)
def _network(backbone: Backbone, weights: Path | str | None) -> BackboneNetwork | DamageNetwork:
    """One network for each process, however many photos go through it."""
    return build_backbone(backbone, weights)


def _extract_one(
    backbone: Backbone, regions: Regions, weights: Path | str | None, job: tuple[Path, Path]
) -> str | None:
    """Extract the features of one photo into its file; returns a sentence on what is wrong with the photo, or None."""
    photo, file = job
    try:
        features = photo_features(read_photo(photo).image, regions, _network(backbone, weights))
    except PhotoError as error:
        return str(error)
    except ValueError as error:
        return f"{photo}: {error}"
    content = {"regions": features.regions.half().contiguous(), "saliency": features.saliency}
    write_file(file, safetensors.torch.save(content))
    return None


def content_digest(photo: Path) -> str:
    """The start of the SHA-256 of a photo's file: the same for a copy of another name."""
    return _digest_at(photo, photo.stat().st_mtime_ns)


@cache
def _digest_at(photo: Path, changed: int) -> str:
    """The digest of the photo as last changed; cached, since a comparison needs it for each design and split."""
    return hashlib.sha256(photo.read_bytes()).hexdigest()[:32]
