"""Pristine photos on disk, their collections, and the collections kept from every fit."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from .distortions.registry import RATED_AREA
from .lazy import torch
from .photo import PhotoError, as_saved, list_photos, read_photo
from .post_processing import Resize

if TYPE_CHECKING:
    from torch import Tensor

# Nothing is fitted to photos of these collections: the first are to calibrate a model with, the second to measure with.
CALIBRATION_COLLECTIONS = ("popos", "quantette_unsplash", "calyx")
TEST_COLLECTIONS = ("clic_val", "clic_final", "gb82")

SMALLEST_PHOTO = 256  # px; the shorter side of photos to train on
SMALLEST_SCALE, LARGEST_SCALE = 0.5, 0.9  # of photos on loading, against traces of their own codec


@dataclass(frozen=True)
class PristinePhoto:
    """A photo on disk without distortions, and its collection."""

    path: Path
    collection: str


def list_pristine(folder: Path) -> list[PristinePhoto]:
    """The photos of `folder`, with their collections where an `index.csv` (columns file, collection) names them.

    Raises:
        ValueError: the folder holds no photos, or its index lacks a column.
    """
    index = folder / "index.csv"
    if not index.exists():
        return [PristinePhoto(path, path.parent.name) for path in list_photos(folder)]
    with index.open(newline="") as stream:
        table = csv.DictReader(stream)
        if not {"file", "collection"} <= set(table.fieldnames or ()):
            raise ValueError(f"{index}: lacks the columns file and collection")
        photos = [PristinePhoto(folder / row["file"], row["collection"]) for row in table]
    if not photos:
        raise ValueError(f"{folder}: holds no photos")
    return photos


def unseen(photos: Sequence[PristinePhoto]) -> list[PristinePhoto]:
    """Those of `TEST_COLLECTIONS`, to which nothing was fitted; all of `photos` where there are none of these."""
    return [photo for photo in photos if photo.collection in TEST_COLLECTIONS] or list(photos)


def evenly(photos: Sequence[PristinePhoto], count: int) -> list[PristinePhoto]:
    """`count` of `photos`, evenly spread over them, and so over their collections; all of them where there are fewer."""
    return [photos[round(index)] for index in np.linspace(0, len(photos) - 1, min(count, len(photos)))]


def at_rated_size(photo: PristinePhoto) -> Tensor:
    """`photo` in the size of the rated photos, (3, H, W), scaled by 0.9 at most, against traces of its own codec.

    Raises:
        PhotoError: it cannot be read.
    """
    image = read_photo(photo.path).image
    factor = min(0.9, (RATED_AREA / (image.shape[1] * image.shape[2])) ** 0.5)
    return as_saved(Resize(factor)(image))


@lru_cache(maxsize=64)  # a large one takes 60 MB
def load_uint8(path: Path) -> Tensor:
    """The photo at `path` as (3, H, W) uint8, cached in memory.

    Raises:
        PhotoError: it cannot be read, or is too small for a crop.
    """
    photo = read_photo(path)
    if min(photo.width, photo.height) < SMALLEST_PHOTO:
        raise PhotoError(
            f"{path}: is {photo.width} × {photo.height} px; training needs {SMALLEST_PHOTO} px on each side"
        )
    return (photo.image * 255).round().to(torch.uint8)
