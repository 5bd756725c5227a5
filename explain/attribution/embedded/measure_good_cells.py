"""The cells of good photos, measured on photos that nothing is reported on."""

from __future__ import annotations

from pathlib import Path

from ....models.distortion_model.model import DistortionModel
from ....synth_distort.pristine_photos import TEST_COLLECTIONS, at_rated_size, evenly, list_pristine
from .cells import cells_of
from .good_cells import GoodCells, measure_good_cells


def cells_of_good_photos(folder: Path, model: DistortionModel, *, photos: int) -> GoodCells:
    """What the filters of `model` measure in undistorted photos, those of the test collections left out.

    Raises:
        ValueError: the folder holds no photos but of test collections.
        PhotoError: a photo cannot be read.
    """
    known = [photo for photo in list_pristine(folder) if photo.collection not in TEST_COLLECTIONS]
    if not known:
        raise ValueError(f"{folder}: holds no photos but those of test collections")
    return measure_good_cells(cells_of(at_rated_size(photo), model).cells for photo in evenly(known, photos))
