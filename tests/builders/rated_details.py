"""Rated photos that cost little: details of a photo of scikit-image, brighter ones rated higher."""

from pathlib import Path

import numpy as np
import skimage.data
from PIL import Image

from blemish.models.data_sets import RatedDataSet, parse_data


def rated_details(folder: Path, *, count: int = 30, side: int = 160) -> RatedDataSet:
    """`count` squares of `side` px with a mos.csv in `folder`, as a data set; scores rise evenly, spreads go round."""
    photo = skimage.data.coffee()[:side].astype(float)
    rows = ["file,mos,spread"]
    for number in range(count):
        left = 6 * number
        detail = photo[:, left : left + side] * (0.3 + 0.7 * number / count)
        Image.fromarray(detail.astype(np.uint8)).save(folder / f"{number}.png")
        rows.append(f"{number}.png,{5 + 90 * number / count:.1f},{10 + number % 5}")
    (folder / "mos.csv").write_text("\n".join(rows) + "\n")
    return parse_data(str(folder))
