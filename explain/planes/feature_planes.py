"""Feature planes: where distortions lie in the features of a backbone, all of it worked out from the features of ladders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from torch import Tensor, nn

from ...synth_distort.files import write_json
from ..embedding.maps import FeatureMap, fit_map
from ..embedding.stability import Stability, stability
from ..probes.ladder_features import LadderFeatures
from ..probes.severity_probe import SeverityProbe, severity_probe
from ..probes.type_probe import PROBES, TypeProbe, type_probe
from .angles import Angle, Angles, plane_angles
from .mixtures import MixtureError, fit_axes, mixture_error
from .placement import OF_DISPLACEMENTS, SUMMARY, Placed, Placer, place
from .post_effect import PostEffect, post_effect
from .reduced_reference import ReducedReference, reduced_reference
from .separability import BestLayer, LayerScore, best_layer, layer_scores
from .subspaces import Displacements, SubspaceShape, displacements, subspace, subspace_shape

UNDISTORTED = "undistorted"


@dataclass(frozen=True)
class FeaturePlanes:
    """What was found of one backbone. All figures are of photos that what they judge was not fitted to.

    Attributes:
        features: of the ladders, at every layer.
        probes: the type probe of each layer (LDA).
        others: the other kinds of type probe, at the best layer.
        best: the best layer, and how sure that choice is.
        severity_layers: of each layer, the median over distortions of Spearman's correlation of severity.
        severity: of each distortion, read from the layer where that is highest.
        shapes: of each distortion at the best layer: line, plane or more.
        angles: between the planes at the best layer.
        atlas: separability of each distortion in each layer.
        embedding: maps of the best layer; "lda" of features, fitted to `fitted` photos; the others of displacements.
        stability: of the UMAP map.
        fitted: (P,) whether LDA's map was fitted to each photo; only the others are drawn on it.
        mixtures: how well chains are resolved.
        reduced_reference: quality by distance from a short signature.
        posts: what each post-processing does in each layer.
        placer: what places new photos.
        network: the backbone; None where features were made by hand.
    """

    features: LadderFeatures
    probes: tuple[TypeProbe, ...]
    others: tuple[TypeProbe, ...]
    best: BestLayer
    severity_layers: dict[str, float]
    severity: tuple[SeverityProbe, ...]
    shapes: tuple[SubspaceShape, ...]
    angles: Angles
    atlas: tuple[LayerScore, ...]
    embedding: dict[str, FeatureMap]
    stability: Stability
    fitted: np.ndarray
    mixtures: tuple[MixtureError, ...]
    reduced_reference: ReducedReference
    posts: tuple[PostEffect, ...]
    placer: Placer
    network: nn.Module | None

    @property
    def backbone(self) -> str:
        """The backbone's name."""
        return self.placer.backbone

    @property
    def layer(self) -> str:
        """The best layer."""
        return self.best.layer

    @property
    def names(self) -> tuple[str, ...]:
        """The distortions."""
        return self.angles.names

    @property
    def probe(self) -> TypeProbe:
        """The type probe of the best layer."""
        return next(one for one in self.probes if one.layer == self.layer)

    @property
    def not_told_apart(self) -> list[Angle]:
        """The pairs of planes that the test does not tell apart, the nearest first; none where there are too few photos for
        any pair to pass it.
        """
        return self.angles.shared if self.angles.testable(len(self.fitted)) else []

    @property
    def severity_layer(self) -> str:
        """The layer from which severity is read."""
        return self.severity[0].layer

    @property
    def median_spearman(self) -> float:
        """Of severity, over distortions."""
        return float(np.median([one.rank_correlation for one in self.severity]))

    def place(
        self, image: Path | np.ndarray | Tensor, *, reference: Path | np.ndarray | Tensor | None = None
    ) -> Placed:
        """Where a photo falls; on maps of displacements only with its undistorted version as `reference`.

        Raises:
            PhotoError: a photo cannot be read.
            ValueError: the features were made by hand, so that there is no network to see the photo.
        """
        if self.network is None:
            raise ValueError(
                "these planes are of features without a network; place features with .placer.place_features"
            )
        return place(self.placer, self.network, image, reference=reference)

    def coordinates(self, method: str) -> np.ndarray:
        """(N, 3) of every image on a map; NaN where it is not drawn: photos that LDA was fitted to, undistorted ones
        where UMAP has only changes.
        """
        rows = self.features.layers[self.layer].astype(float)
        clean = self.features.distortion == ""
        if method in OF_DISPLACEMENTS:
            rows = rows - _origins(self.features, rows)
            drawn = ~clean if method == "umap" else np.ones(len(rows), dtype=bool)
        else:
            drawn = ~self.fitted[self.features.photo]
        places = np.full((len(rows), 3), np.nan)
        places[drawn] = self.embedding[method].place(rows[drawn])
        return places

    def summary(self) -> dict:
        """All figures as JSON has them."""
        return {
            "backbone": self.backbone,
            "weights": self.placer.digest,
            "layers": list(self.features.layers),
            "photos": len(np.unique(self.features.photo)),
            "images": len(self.features),
            "best_layer": asdict(self.best),
            "type_accuracy": {one.layer: one.accuracy for one in self.probes},
            "other_probes": {one.probe: one.accuracy for one in self.others},
            "confused": [[a, b, round(share, 4)] for a, b, share in self.probe.most_confused(12)],
            "severity_layer": self.severity_layer,
            "severity_by_layer": self.severity_layers,
            "severity": {
                one.distortion: {
                    "spearman": one.spearman,
                    "along_axis": one.spearman_along_axis,
                    "absolute_error": round(one.absolute_error, 4),
                }
                for one in self.severity
            },
            "shapes": [asdict(one) for one in self.shapes],
            "angles": [asdict(one) for one in self.angles.pairs],
            "same_plane": dict(zip(self.names, self.angles.same, strict=True)),
            "atlas": [asdict(one) for one in self.atlas],
            "stability": {**asdict(self.stability), "index": self.stability.index},
            "mixtures": [asdict(one) for one in self.mixtures],
            "reduced_reference": asdict(self.reduced_reference),
            "post_processing": [asdict(one) for one in self.posts],
        }

    def save(self, folder: Path | str) -> Path:
        """Write planes.json, rows.parquet and the maps into `folder`, for `load_planes`; the folder."""
        from .table import write_rows

        folder = Path(folder)
        self.placer.save(folder)
        write_rows(self, folder / "rows.parquet")
        write_json(folder / SUMMARY, self.summary())
        return folder


def study_planes(
    features: LadderFeatures,
    *,
    mixtures: Sequence[LadderFeatures] = (),
    posts: Sequence[LadderFeatures] = (),
    backbone: str = "features",
    digest: str = "",
    network: nn.Module | None = None,
    seed: int = 0,
    cache: Path | None = None,
) -> FeaturePlanes:
    """Everything that ladders' features say of planes.

    Args:
        features: undistorted photos and their ladders.
        mixtures: chains of two distortions, of three, …, each with the undistorted photos.
        posts: the same ladders after post-processing, of some of the photos.
        backbone, digest, network: whose features they are.
        seed: of the maps.
        cache: a folder where what UMAP made is kept for the next run.

    Raises:
        ValueError: there are fewer than two photos or two distortions.
    """
    probes = tuple(type_probe(features, layer) for layer in features.layers)
    best = best_layer(list(probes))
    moved = {layer: displacements(features, layer) for layer in features.layers}
    here = moved[best.layer]
    severity = {layer: [severity_probe(features, layer, name) for name in here.names] for layer in features.layers}
    medians = {
        layer: round(float(np.median([one.rank_correlation for one in row])), 4) for layer, row in severity.items()
    }
    fitted = np.arange(int(features.photo.max()) + 1) % 2 == 0
    maps = _maps(features, best.layer, fitted, seed, cache)
    axes = fit_axes(here)
    distorted = features.take(features.distortion != "")
    return FeaturePlanes(
        features=features,
        probes=probes,
        others=tuple(type_probe(features, best.layer, kind) for kind in PROBES if kind != "lda"),
        best=best,
        severity_layers=medians,
        severity=tuple(severity[max(medians, key=lambda layer: medians[layer])]),
        shapes=tuple(subspace_shape(here, name) for name in here.names),
        angles=plane_angles(here),
        atlas=tuple(score for probe in probes for score in layer_scores(probe, moved[probe.layer])),
        embedding=maps,
        stability=stability(maps["umap"], _anchor_photos(distorted, features, best.layer), cache=cache),
        fitted=fitted,
        mixtures=tuple(error for one in mixtures for error in _mixture_errors(features, one, best.layer)),
        reduced_reference=reduced_reference(here),
        posts=tuple(post_effect(features, one, layer) for one in posts for layer in features.layers),
        placer=_placer(backbone, digest, best.layer, maps, here, axes),
        network=network,
    )


def _maps(
    features: LadderFeatures, layer: str, fitted: np.ndarray, seed: int, cache: Path | None
) -> dict[str, FeatureMap]:
    """PCA and UMAP of displacements of all photos, LDA of the features of `fitted` ones."""
    rows, names = features.layers[layer].astype(float), features.distortion
    moved = (rows - _origins(features, rows))[names != ""]
    some = fitted[features.photo]
    labels = np.where(names == "", UNDISTORTED, names)
    return {
        "lda": fit_map(rows[some], "lda", labels=labels[some]),
        "pca": fit_map(moved, "pca"),
        "umap": fit_map(moved, "umap", seed=seed, cache=cache),
    }


def _anchor_photos(distorted: LadderFeatures, features: LadderFeatures, layer: str) -> np.ndarray:
    """(N,) the photo of each anchor of the UMAP map, in the order in which `fit_map` put them."""
    rows = features.layers[layer].astype(float)
    moved = (rows - _origins(features, rows))[features.distortion != ""]
    order = sorted(range(len(moved)), key=lambda index: (moved[index].tobytes(), ""))
    return distorted.photo[order]


def _origins(features: LadderFeatures, rows: np.ndarray) -> np.ndarray:
    """(N, length) the row of each image's undistorted photo."""
    clean = {features.photo[index]: index for index in np.flatnonzero(features.distortion == "")}
    return rows[[clean[photo] for photo in features.photo]]


def _placer(backbone: str, digest: str, layer: str, maps: dict[str, FeatureMap], moved: Displacements, axes) -> Placer:
    planes = {name: subspace(ladders) for name, ladders in zip(moved.names, moved.ladders, strict=True)}
    return Placer(backbone, layer, digest, maps, moved.mean, moved.scale, moved.basis, planes, axes)


def _mixture_errors(features: LadderFeatures, mixtures: LadderFeatures, layer: str) -> list[MixtureError]:
    """With the reference and without; axes are fitted to photos without mixtures where there are enough, so that none
    judges itself.
    """
    judged = np.unique(mixtures.photo)
    rest = features.take(~np.isin(features.photo, judged))
    if len(np.unique(rest.photo)) < 2:
        return []
    moved = displacements(rest, layer)
    axes = fit_axes(moved)
    return [mixture_error(moved, axes, mixtures, layer, with_reference=known) for known in (True, False)]
