"""Compression: real codecs, written to memory and read back."""

from __future__ import annotations

import io
import math
from typing import TYPE_CHECKING

import numpy as np

from ..photo import from_pil, to_pil
from .registry import distortion

if TYPE_CHECKING:
    from torch import Tensor

# ITU-T T.81, tables K.1 and K.2: the quantization steps that libjpeg scales by its "quality", in row order.
_LUMINANCE_STEPS = """
    16 11 10 16 24 40 51 61      12 12 14 19 26 58 60 55      14 13 16 24 40 57 69 56      14 17 22 29 51 87 80 62
    18 22 37 56 68 109 103 77    24 35 55 64 81 104 113 92    49 64 78 87 103 121 120 101  72 92 95 98 112 100 103 99
"""
_CHROMINANCE_STEPS = """
    17 18 24 47 99 99 99 99      18 21 26 66 99 99 99 99      24 26 56 99 99 99 99 99      47 66 99 99 99 99 99 99
    99 99 99 99 99 99 99 99      99 99 99 99 99 99 99 99      99 99 99 99 99 99 99 99      99 99 99 99 99 99 99 99
"""


def encoded_jpeg(image: Tensor, value: float) -> bytes:
    """A baseline JPEG file (4:2:0) at libjpeg's quality `value`, 1 to 100.

    Fractions of a quality step are honoured: libjpeg scales the tables of ITU-T T.81, and the scale takes any number.
    """
    return written(image, "JPEG", qtables=_quantization_tables(value), subsampling="4:2:0")


def encoded_jpeg2000(image: Tensor, value: float) -> bytes:
    """A JPEG 2000 file (irreversible 9/7 wavelet, OpenJPEG) of `value` times fewer bytes than raw."""
    return written(image, "JPEG2000", quality_mode="rates", quality_layers=[value], irreversible=True)


def encoded_webp(image: Tensor, value: float) -> bytes:
    """A lossy WebP file at libwebp's quality `value`, 0 to 100, fractions honoured."""
    return written(image, "WEBP", quality=value)


def encoded_avif(image: Tensor, value: float) -> bytes:
    """An AVIF file (4:2:0) at libavif's quality `value`, 0 to 100, rounded; in one thread, so that its bytes stay the same."""
    return written(image, "AVIF", quality=round(value), subsampling="4:2:0", speed=8, max_threads=1)


@distortion(
    family="compression",
    stage="storage",
    parameter="libjpeg quality",
    null=100,
    limit=1,
    known_as="JPEG quality {value:.0f}",
    title="JPEG compression",
    encode=encoded_jpeg,
    suffix=".jpg",
)
def jpeg(image: Tensor, value: float, generator: np.random.Generator) -> Tensor:
    """Save as JPEG at quality `value`, and decode."""
    return read_back(encoded_jpeg(image, value), image)


@distortion(
    family="compression",
    stage="storage",
    parameter="compression ratio",
    null=1,
    limit=400,
    known_as="JPEG 2000 at a compression ratio of {value:.0f}",
    title="JPEG 2000 compression",
    encode=encoded_jpeg2000,
    suffix=".jp2",
)
def jpeg2000(image: Tensor, value: float, generator: np.random.Generator) -> Tensor:
    """Save as JPEG 2000 at `value` times fewer bytes than raw, and decode."""
    return read_back(encoded_jpeg2000(image, value), image)


@distortion(
    family="compression",
    stage="storage",
    parameter="libwebp quality",
    null=100,
    limit=0,
    known_as="WebP quality {value:.0f}",
    title="WebP compression",
    encode=encoded_webp,
    suffix=".webp",
)
def webp(image: Tensor, value: float, generator: np.random.Generator) -> Tensor:
    """Save as WebP at quality `value`, and decode."""
    return read_back(encoded_webp(image, value), image)


@distortion(
    family="compression",
    stage="storage",
    parameter="libavif quality",
    null=100,
    limit=0,
    known_as="AVIF quality {value:.0f}",
    title="AVIF compression",
    encode=encoded_avif,
    suffix=".avif",
)
def avif(image: Tensor, value: float, generator: np.random.Generator) -> Tensor:
    """Save as AVIF at quality `value`, and decode."""
    return read_back(encoded_avif(image, value), image)


def written(image: Tensor, codec: str, **settings: object) -> bytes:
    """`image` as a file of Pillow's `codec` with its `settings`."""
    stream = io.BytesIO()
    to_pil(image).save(stream, codec, **settings)
    return stream.getvalue()


def read_back(content: bytes, image: Tensor) -> Tensor:
    """The image in the file `content`, (3, H, W) float32 on the device of `image`."""
    from PIL import Image

    return from_pil(Image.open(io.BytesIO(content))).to(image.device)


def _quantization_tables(quality: float) -> list[list[int]]:
    """The two tables of `quality`: libjpeg's (jcparam.c) at a whole number, between two of them scaled in proportion."""
    below = math.floor(quality)
    share = quality - below
    percent = (1 - share) * _libjpeg_scale(below) + share * _libjpeg_scale(min(100, below + 1))
    return [
        [min(255, max(1, int((int(step) * percent + 50) / 100))) for step in table.split()]
        for table in (_LUMINANCE_STEPS, _CHROMINANCE_STEPS)
    ]


def _libjpeg_scale(quality: int) -> int:
    return 5000 // quality if quality < 50 else 200 - 2 * quality
