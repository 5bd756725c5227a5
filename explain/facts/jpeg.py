"""How a JPEG file was compressed: its quantization tables, and the libjpeg quality that has them."""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import cache

import numpy as np
from PIL import Image, JpegImagePlugin

SUBSAMPLING = {0: "4:4:4", 1: "4:2:2", 2: "4:2:0"}


@dataclass(frozen=True)
class JpegFacts:
    """Of one JPEG file.

    Attributes:
        quality: libjpeg's quality whose tables these are, exactly; None where they are not a standard table.
        nearest_quality: the libjpeg quality whose luma steps are as fine on average.
        luma_steps: 64 quantization steps of luma, in row order.
        subsampling: of chroma, such as "4:2:0"; "" where there is no chroma, "other" for what is uncommon.
        progressive: whether its scans refine one another.
    """

    quality: int | None
    nearest_quality: int
    luma_steps: tuple[int, ...]
    subsampling: str
    progressive: bool


def jpeg_facts(picture: Image.Image) -> JpegFacts | None:
    """The facts of `picture`, opened by Pillow; None if it is no JPEG, or has no tables."""
    tables = getattr(picture, "quantization", None)
    if not tables:
        return None
    luma = tuple(tables[min(tables)])
    found = (luma,) if picture.mode == "L" else (luma, tuple(tables.get(1, luma)))
    quality = next((q for q in range(100, 0, -1) if found == _tables(q)[: len(found)]), None)
    fineness = float(np.mean(np.log(luma)))
    nearest = min(range(1, 101), key=lambda q: abs(float(np.mean(np.log(_tables(q)[0]))) - fineness))
    return JpegFacts(
        quality=quality,
        nearest_quality=nearest,
        luma_steps=luma,
        subsampling="" if picture.mode == "L" else SUBSAMPLING.get(JpegImagePlugin.get_sampling(picture), "other"),
        progressive=bool(picture.info.get("progressive")),
    )


@cache
def _tables(quality: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Luma's and chroma's steps at libjpeg's `quality`, as libjpeg itself writes them."""
    stream = io.BytesIO()
    Image.new("RGB", (8, 8)).save(stream, "JPEG", quality=quality)
    stream.seek(0)
    written = JpegImagePlugin.JpegImageFile(stream).quantization
    return tuple(written[0]), tuple(written[1])
