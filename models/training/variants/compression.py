"""Other encoders, tables, subsamplings and settings of the same codecs."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from ....synth_distort.distortions.compression import read_back, written
from .registry import between, variant

SUBSAMPLINGS = ("4:4:4", "4:2:2", "4:2:0")


@variant("jpeg")
def other_tables(image: Tensor, amount: float, generator: np.random.Generator) -> Tensor:
    """Tables as other encoders have them: flat, or rising with the distance or the product of the frequencies."""
    u, v = np.meshgrid(np.arange(8), np.arange(8))
    shape = [np.ones((8, 8)), 1 + (u + v) / 2, 1 + u * v / 3, 1 + (u**2 + v**2) ** 0.75 / 3][int(generator.integers(4))]
    scale = between(6, 110, amount) / shape.mean() ** 0.7
    tables = [np.clip((shape * scale * factor).round(), 1, 255).astype(int).ravel().tolist() for factor in (1, 1.5)]
    return read_back(written(image, "JPEG", qtables=tables, subsampling=str(generator.choice(SUBSAMPLINGS))), image)


@variant("jpeg")
def other_subsampling(image: Tensor, amount: float, generator: np.random.Generator) -> Tensor:
    """libjpeg's tables, with chroma as fine as luma or half as fine along rows."""
    settings = {"quality": round(between(80, 3, amount)), "subsampling": str(generator.choice(SUBSAMPLINGS[:2]))}
    return read_back(written(image, "JPEG", **settings), image)


@variant("jpeg")
def twice_on_another_grid(image: Tensor, amount: float, generator: np.random.Generator) -> Tensor:
    """Saved, moved by some pixels, saved again."""
    down, across = (int(shift) for shift in generator.integers(0, 8, size=2))
    quality = round(between(80, 3, amount))
    first = read_back(written(image, "JPEG", quality=min(95, quality + int(generator.integers(0, 15)))), image)
    moved = torch.roll(first, (down, across), (1, 2))
    return torch.roll(read_back(written(moved, "JPEG", quality=quality), image), (-down, -across), (1, 2))


@variant("jpeg2000")
def reversible(image: Tensor, amount: float, generator: np.random.Generator) -> Tensor:
    """The 5/3 wavelet, cut short."""
    layers = {"quality_mode": "rates", "quality_layers": [between(8, 300, amount)], "irreversible": False}
    return read_back(written(image, "JPEG2000", **layers), image)


@variant("jpeg2000")
def in_tiles(image: Tensor, amount: float, generator: np.random.Generator) -> Tensor:
    """By signal to noise, in tiles."""
    layers = {"quality_mode": "dB", "quality_layers": [between(44, 23, amount)], "irreversible": True}
    return read_back(written(image, "JPEG2000", tile_size=(128, 128), **layers), image)


@variant("webp")
def other_methods(image: Tensor, amount: float, generator: np.random.Generator) -> Tensor:
    """Less effort or more, chroma reduced sharply or not."""
    settings = {"method": int(generator.choice([0, 2, 6])), "use_sharp_yuv": bool(generator.integers(2))}
    return read_back(written(image, "WEBP", quality=between(80, 0.5, amount), **settings), image)


@variant("avif")
def other_speeds(image: Tensor, amount: float, generator: np.random.Generator) -> Tensor:
    """Other speeds and subsamplings."""
    settings = {"speed": int(generator.choice([6, 9, 10])), "subsampling": str(generator.choice(SUBSAMPLINGS))}
    return read_back(written(image, "AVIF", quality=round(between(60, 1, amount)), max_threads=1, **settings), image)


@variant("block_loss")
def blocks_concealed(image: Tensor, amount: float, generator: np.random.Generator) -> Tensor:
    """Single blocks or slices lost, and filled with grey, black, green or what is above them."""
    damaged, (height, width) = image.clone(), image.shape[1:]
    block, longest = int(generator.choice([8, 16, 32])), int(generator.choice([1, 4, 64]))
    fill = generator.choice(["grey", "black", "green", "above"])
    color = {"grey": (0.5, 0.5, 0.5), "black": (0, 0, 0), "green": (0, 0.53, 0)}.get(str(fill))
    left_to_lose = between(0.003, 0.8, amount) * height * width
    while left_to_lose > 0:
        top, left = (int(generator.integers(0, side // block)) * block for side in (height, width))
        wide = min(width - left, block * int(generator.integers(1, longest + 1)))
        rows, columns = slice(top, top + block), slice(left, left + wide)
        lost = damaged[:, rows, columns]
        if color is None:
            lost[:] = image[:, max(0, top - 1), columns][:, None]
        else:
            lost[:] = image.new_tensor(color)[:, None, None]
        left_to_lose -= lost[0].numel()
    return damaged
