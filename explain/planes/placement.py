"""Placing a photo among the planes and on the maps of a finished study, without moving them; and keeping them as files."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import safetensors.numpy
from torch import Tensor, nn

from ...models.quality_cnns.backbones.layer_features import layer_network
from ...synth_distort import as_photo
from ...synth_distort.files import write_file
from ..embedding.maps import FeatureMap
from ..probes.ladder_features import at_most
from .mixtures import Axes

ARRAYS, SUMMARY = "maps.safetensors", "planes.json"
OF_DISPLACEMENTS = ("pca", "umap")  # maps that are drawn of what changes, not of what is there


@dataclass(frozen=True)
class Placed:
    """A photo among the planes.

    Attributes:
        coordinates: on each map, (3,); maps of displacements are left out where no reference was given.
        outside: of each distortion, the share of the photo's displacement that lies outside its plane, 0 to 1: the smallest
            is the plane that it lies nearest to.
        severities: of each distortion, as the non-negative combination of axes that comes nearest.
        with_reference: whether displacements are from the photo's own undistorted version, or from the mean undistorted
            photo.
    """

    coordinates: dict[str, np.ndarray]
    outside: dict[str, float]
    severities: dict[str, float]
    with_reference: bool

    @property
    def nearest(self) -> list[str]:
        """The distortions by their planes' distance, the nearest first."""
        return sorted(self.outside, key=lambda name: self.outside[name])


@dataclass(frozen=True)
class Placer:
    """All that it takes to place photos: the maps, and the planes of one layer.

    Attributes:
        backbone, layer, digest: whose features these are, and the SHA-256 of its weights.
        maps: by method.
        mean, scale, basis: of the reduced space, as `Displacements` has them.
        planes: of each distortion, (r, dimensions).
        axes: of all distortions.
    """

    backbone: str
    layer: str
    digest: str
    maps: dict[str, FeatureMap]
    mean: np.ndarray
    scale: np.ndarray
    basis: np.ndarray
    planes: dict[str, np.ndarray]
    axes: Axes

    def place_features(self, features: np.ndarray, reference: np.ndarray | None = None) -> Placed:
        """A photo by its features (length,) at the layer, and those of its undistorted version where that is at hand."""
        coordinates = {}
        for method, one in self.maps.items():
            if method not in OF_DISPLACEMENTS:
                coordinates[method] = one.place(features[None])[0]
            elif reference is not None:
                coordinates[method] = one.place((features - reference)[None])[0]
        origin = self.mean if reference is None else reference
        moved = (features - origin) / self.scale @ self.basis
        energy = max(float(moved @ moved), 1e-12)
        outside = {name: 1 - float(((moved @ plane) ** 2).sum()) / energy for name, plane in self.planes.items()}
        severities = dict(zip(self.axes.names, self.axes.resolve(moved).tolist(), strict=True))
        return Placed(coordinates, outside, severities, reference is not None)

    def arrays(self) -> dict[str, np.ndarray]:
        """Everything as arrays by name."""
        content = {"mean": self.mean, "scale": self.scale, "basis": self.basis}
        content |= {f"planes.{name}": plane for name, plane in self.planes.items()}
        content |= {"axes": self.axes.axes, "whitening": self.axes.whitening}
        for method, one in self.maps.items():
            content |= {f"maps.{method}.{key}": value for key, value in vars(one).items() if key != "method"}
        return {name: np.ascontiguousarray(array) for name, array in content.items()}

    def save(self, folder: Path) -> None:
        """Write the arrays to `folder`; safetensors, so that loading runs nobody's code."""
        words = {
            "backbone": self.backbone,
            "layer": self.layer,
            "digest": self.digest,
            "names": "+".join(self.axes.names),
        }
        write_file(folder / ARRAYS, safetensors.numpy.save(self.arrays(), metadata=words))


@dataclass(frozen=True)
class LoadedPlanes:
    """A finished study as it was kept.

    Attributes:
        placer: its maps and planes.
        summary: its figures, as planes.json has them.
        network: whose features they are.
    """

    placer: Placer
    summary: dict
    network: nn.Module

    def place(
        self, image: Path | np.ndarray | Tensor, *, reference: Path | np.ndarray | Tensor | None = None
    ) -> Placed:
        """Where a photo falls; maps of displacements only with its undistorted version as `reference`.

        Raises:
            PhotoError: a photo cannot be read.
        """
        return place(self.placer, self.network, image, reference=reference)


def place(
    placer: Placer,
    network: nn.Module,
    image: Path | np.ndarray | Tensor,
    *,
    reference: Path | np.ndarray | Tensor | None = None,
) -> Placed:
    """A photo by the features that `network` has of it.

    Raises:
        PhotoError: a photo cannot be read.
    """
    rows = [
        network(at_most(as_photo(one).image, str(one) if isinstance(one, Path) else "the image"))[placer.layer]
        .numpy()
        .astype(float)
        for one in (image, reference)
        if one is not None
    ]
    return placer.place_features(rows[0], rows[1] if reference is not None else None)


def load_planes(
    folder: Path | str, *, weights: Path | str | None = "download", backbone: nn.Module | None = None
) -> LoadedPlanes:
    """A study that `FeaturePlanes.save` or `blemish planes` wrote.

    Args:
        folder: of one backbone.
        weights: of the backbone, as `layer_network` takes them.
        backbone: the module, where the study was of one that has no name.

    Raises:
        ValueError: there is no study in the folder, or the backbone has other weights than the study's.
        WeightsError: the weights are not there.
    """
    folder = Path(folder)
    if not (folder / ARRAYS).exists():
        raise ValueError(f"{folder}: holds no {ARRAYS} of `blemish planes`")
    with safetensors.safe_open(folder / ARRAYS, framework="numpy") as stored:
        words = stored.metadata()
        arrays = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118  It is no dict.
    network = layer_network(backbone or words["backbone"], (words["layer"],), weights)
    if network.digest != words["digest"]:
        raise ValueError(f"{folder}: was made with other weights of {words['backbone']}; a map is of one network")
    methods = {name.split(".")[1] for name in arrays if name.startswith("maps.")}
    maps = {
        method: FeatureMap(
            method,
            **{name.split(".")[2]: array for name, array in arrays.items() if name.startswith(f"maps.{method}.")},
        )
        for method in sorted(methods)
    }
    names = tuple(words["names"].split("+"))
    placer = Placer(
        words["backbone"],
        words["layer"],
        words["digest"],
        maps,
        arrays["mean"],
        arrays["scale"],
        arrays["basis"],
        {name: arrays[f"planes.{name}"] for name in names},
        Axes(names, arrays["axes"], arrays["whitening"]),
    )
    summary = json.loads((folder / SUMMARY).read_text()) if (folder / SUMMARY).exists() else {}
    return LoadedPlanes(placer, summary, network)
