"""Features of ladders: photos under distortions at rising severity, as the layers of frozen backbones pool them.

The work is cut into units of one photo under some chains. A unit's features are one file of a cache, there whole or not at
all: a run that was stopped goes on where it was, and the next run with the same settings extracts nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from importlib import metadata
from pathlib import Path

import numpy as np
import safetensors.numpy
from torch import Tensor, nn

from ...models.quality_cnns.backbones.layer_features import Network, layer_network
from ...synth_distort import PhotoError, distort_chain, read_photo
from ...synth_distort.engines import Engine
from ...synth_distort.files import write_file
from ...synth_distort.ladder import generator_of
from ...synth_distort.photo import as_saved
from ...synth_distort.post_processing import Resize, named_post_processing, post_process
from ...synth_distort.severity import SHIPPED_CURVES, severity_curve

SIDE = 384  # px; of the longer side of photos before they are distorted, at most
SMALLEST_SIDE = 48  # px; of the shorter side, below which the last layers have hardly a place

Chain = tuple[tuple[str, float], ...]  # distortions with their severities; empty for the undistorted photo


@dataclass(frozen=True)
class Source:
    """A photo to make ladders of: a file, or an image in memory (3, H, W) with the digest by which it is known."""

    photo: Path | Tensor
    digest: str

    def image(self) -> Tensor:
        """(3, H, W) in [0, 1], scaled down to SIDE where it is larger.

        Raises:
            PhotoError: it cannot be read, or is too narrow.
        """
        image = read_photo(self.photo).image if isinstance(self.photo, Path) else self.photo
        return at_most(image, str(self.photo) if isinstance(self.photo, Path) else "an image in memory")


@dataclass(frozen=True)
class Unit:
    """One photo under some chains, and where its features are kept.

    Attributes:
        source: the photo.
        chains: each makes one image of it.
        post_processing: a name of `POST_PROCESSINGS`.
        seed: of all randomness.
        files: of the features, one for each network.
    """

    source: Source
    chains: tuple[Chain, ...]
    post_processing: str
    seed: int
    files: tuple[Path, ...]


@dataclass(frozen=True)
class Extractor:
    """What makes features: backbones by name with their layers and weights, or modules.

    Attributes:
        backbones: names, or modules that take photos (1, 3, H, W) in [0, 1].
        layers: of all of them; empty for the last one at each resolution.
        weights: as `layer_network` takes them.
    """

    backbones: tuple[str | nn.Module, ...]
    layers: tuple[str, ...] = ()
    weights: Path | str | None = None

    def networks(self) -> tuple[Network, ...]:
        """The networks, made once in each process.

        Raises:
            ValueError, WeightsError: as `layer_network`.
        """
        return tuple(_network(backbone, self.layers, self.weights) for backbone in self.backbones)


@dataclass(frozen=True)
class LadderFeatures:
    """Features of N images made from photos, at each layer.

    Attributes:
        layers: of each layer, (N, length) float32.
        photo: (N,) number of the photo that each image was made from.
        chains: of each image, the distortions with their severities.
        post_processing: what happened to all of them.
    """

    layers: dict[str, np.ndarray]
    photo: np.ndarray
    chains: tuple[Chain, ...]
    post_processing: str = "png"

    def __len__(self) -> int:
        """How many images there are."""
        return len(self.chains)

    @property
    def distortion(self) -> np.ndarray:
        """(N,) the distortions of each image, joined by "+"; empty for undistorted ones."""
        return np.array(["+".join(name for name, _ in chain) for chain in self.chains])

    @property
    def severity(self) -> np.ndarray:
        """(N,) the severity of the first distortion; 0 for undistorted images."""
        return np.array([chain[0][1] if chain else 0.0 for chain in self.chains])

    def take(self, chosen: np.ndarray) -> LadderFeatures:
        """The images that `chosen`, a mask (N,) or indices, names."""
        indices = np.flatnonzero(chosen) if chosen.dtype == bool else chosen
        layers = {layer: rows[indices] for layer, rows in self.layers.items()}
        return LadderFeatures(
            layers, self.photo[indices], tuple(self.chains[index] for index in indices), self.post_processing
        )


def ladder_chains(distortions: Iterable[str], severities: Sequence[float]) -> dict[str, tuple[Chain, ...]]:
    """For each distortion its levels, each as a chain of one; severities beyond what it can do are left out."""
    return {
        name: tuple(((name, severity),) for severity in severities if severity <= severity_curve(name).ceiling)
        for name in distortions
    }


def mixture_chains(digest: str, distortions: Sequence[str], *, of: int, count: int, seed: int) -> tuple[Chain, ...]:
    """`count` chains of `of` different distortions each, at severities of 0.25 to 0.75 (or as much as each can do)."""
    generator = generator_of(seed, f"{digest}/mixtures of {of}")
    chains = []
    for _ in range(count):
        names = sorted(generator.choice(len(distortions), of, replace=False))
        drawn = generator.uniform(0.25, 0.75, of)
        chains.append(
            tuple(
                (distortions[index], round(min(float(severity), severity_curve(distortions[index]).ceiling), 4))
                for index, severity in zip(names, drawn, strict=True)
            )
        )
    return tuple(chains)


def extract_chains(
    sources: Sequence[Source],
    chains: Sequence[Sequence[tuple[Chain, ...]]],
    extractor: Extractor,
    *,
    post_processing: str,
    folder: Path,
    engine: Engine,
    seed: int = 0,
) -> list[LadderFeatures]:
    """Features of every source under its chains, for each backbone; from the cache where they are there already.

    Args:
        sources: the photos.
        chains: of each source, groups of chains; a group is one file of the cache.
        extractor: the networks.
        post_processing: a name of `POST_PROCESSINGS`.
        folder: the cache.
        engine: one of `engines.ENGINES`, or like them.
        seed: of all randomness.

    Returns:
        For each backbone, the images in the order of sources and chains.
    """
    networks = extractor.networks()
    folders = [folder.resolve() / f"{one.name}-{cache_key(one.digest, one.layers, SIDE)}" for one in networks]
    units = [
        Unit(source, group, post_processing, seed, _files(folders, source, group, post_processing, seed))
        for source, groups in zip(sources, chains, strict=True)
        for group in groups
    ]
    if waiting := [unit for unit in units if not all(file.exists() for file in unit.files)]:
        engine(partial(write_unit, extractor), waiting)
    photos = [number for number, groups in enumerate(chains) for group in groups for _ in group]
    flat = tuple(chain for unit in units for chain in unit.chains)
    stored = [[safetensors.numpy.load_file(unit.files[place]) for unit in units] for place in range(len(networks))]
    return [
        LadderFeatures(
            {layer: np.concatenate([part[layer] for part in parts]) for layer in network.layers},
            np.array(photos),
            flat,
            post_processing,
        )
        for network, parts in zip(networks, stored, strict=True)
    ]


def write_unit(extractor: Extractor, unit: Unit) -> None:
    """Extract and keep the features of one unit, by those networks whose file is not there yet."""
    image = unit.source.image()
    steps = named_post_processing(unit.post_processing, generator_of(unit.seed, "post_processing"))
    images = [
        as_saved(post_process(as_saved(distort_chain(image, dict(chain), seed=unit.seed)), steps))
        for chain in unit.chains
    ]
    for network, file in zip(extractor.networks(), unit.files, strict=True):
        if not file.exists():
            rows = [network(one) for one in images]
            content = {layer: np.stack([row[layer].numpy() for row in rows]) for layer in network.layers}
            write_file(file, safetensors.numpy.save(content))


def at_most(image: Tensor, name: str) -> Tensor:
    """`image` (3, H, W), scaled down where its longer side is longer than SIDE.

    Raises:
        PhotoError: its shorter side is then below SMALLEST_SIDE.
    """
    factor = SIDE / max(image.shape[1:])
    image = as_saved(Resize(factor)(image)) if factor < 1 else image
    if min(image.shape[1:]) < SMALLEST_SIDE:
        raise PhotoError(f"{name}: is too narrow; made {SIDE} px long it is {min(image.shape[1:])} px across")
    return image


def _files(
    folders: Sequence[Path], source: Source, group: tuple[Chain, ...], post_processing: str, seed: int
) -> tuple[Path, ...]:
    name = f"{source.digest[:20]}-{cache_key(group, post_processing, seed)}.safetensors"
    return tuple(folder / source.digest[:2] / name for folder in folders)


def cache_key(*parts: object) -> str:
    """A short digest of `parts` and of what else the pixels of a level depend on."""
    return hashlib.sha256(repr((*parts, _made_by())).encode()).hexdigest()[:16]


@cache
def _made_by() -> tuple[str, str]:
    """What the pixels of a level depend on beside its settings: the version of blemish, and its scale of severity."""
    return metadata.version("blemish"), hashlib.sha256(SHIPPED_CURVES.read_bytes()).hexdigest()


@lru_cache(maxsize=16)
def _network(backbone: str | nn.Module, layers: tuple[str, ...], weights: Path | str | None) -> Network:
    return layer_network(backbone, layers, weights)
