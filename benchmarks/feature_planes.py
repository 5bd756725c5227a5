"""Feature planes without maps, backbone by backbone: type, severity, angles, shapes and signatures.

    python benchmarks/feature_planes.py PRISTINE WEIGHTS FEATURES OUT.json BACKBONE...

Features are kept in FEATURES, results are added to OUT.json after each backbone, so that a stopped run goes on where it was.
"""

import json
import sys
import time
from dataclasses import asdict
from itertools import islice, zip_longest
from pathlib import Path

import numpy as np
import torch

from blemish.explain.planes.angles import plane_angles
from blemish.explain.planes.reduced_reference import reduced_reference
from blemish.explain.planes.separability import best_layer
from blemish.explain.planes.study import SEVERITIES, collect, one_by_one
from blemish.explain.planes.subspaces import displacements, subspace_shape
from blemish.explain.probes.ladder_features import Extractor, extract_chains, ladder_chains
from blemish.explain.probes.severity_probe import severity_probe
from blemish.explain.probes.type_probe import type_probe
from blemish.synth_distort.files import write_json
from blemish.synth_distort.pristine_photos import TEST_COLLECTIONS, list_pristine
from blemish.synth_distort.provenance import provenance

COLLECTIONS = (*TEST_COLLECTIONS, "popos", "quantette_unsplash", "cid_train", "elementary", "dedbox", "budgie")
PHOTOS = 100
DISTORTIONS = ("jpeg", "gaussian_blur", "white_noise")


def measure(backbone: str, folder: Path, weights: Path, features: Path) -> dict:
    """All figures of one backbone."""
    by_collection = [[one.path for one in list_pristine(folder) if one.collection == name] for name in COLLECTIONS]
    turns = (path for turn in zip_longest(*by_collection) for path in turn if path is not None)
    sources = collect(list(islice(turns, PHOTOS))).sources
    groups = [((),), *ladder_chains(DISTORTIONS, SEVERITIES).values()]
    extractor = Extractor((backbone,), (), weights)
    (ladders,) = extract_chains(
        sources, [groups] * len(sources), extractor, post_processing="png", folder=features, engine=one_by_one
    )
    started = time.perf_counter()
    probes = [type_probe(ladders, layer) for layer in ladders.layers]
    best = best_layer(probes)
    severity = {layer: [severity_probe(ladders, layer, name) for name in DISTORTIONS] for layer in ladders.layers}
    medians = {layer: float(np.median([one.rank_correlation for one in row])) for layer, row in severity.items()}
    severest = max(medians, key=lambda layer: medians[layer])
    moved = displacements(ladders, best.layer)
    angles = plane_angles(moved)
    return {
        "photos": len(sources),
        "images": len(ladders),
        "numbers": {layer: rows.shape[1] for layer, rows in ladders.layers.items()},
        "type_accuracy": {probe.layer: probe.accuracy for probe in probes},
        "best_layer": asdict(best),
        "severity_by_layer": {layer: round(value, 4) for layer, value in medians.items()},
        "severity": {one.distortion: {"layer": severest, "spearman": one.spearman} for one in severity[severest]},
        "angles": [asdict(pair) for pair in angles.pairs],
        "same_plane": dict(zip(angles.names, angles.same, strict=True)),
        "shapes": [asdict(subspace_shape(moved, name)) for name in moved.names],
        "reduced_reference": asdict(reduced_reference(moved)),
        "seconds": round(time.perf_counter() - started, 1),
    }


def main() -> None:
    """Measure what is asked for, and print a line for each backbone."""
    folder, weights, features, out = map(Path, sys.argv[1:5])
    torch.set_num_threads(1)
    results = json.loads(out.read_text())["backbones"] if out.exists() else {}
    for backbone in sys.argv[5:]:
        if backbone not in results:
            results[backbone] = measure(backbone, folder, weights, features)
            record = {
                **provenance("torch", "scikit-learn", "numpy"),
                "severities": SEVERITIES,
                "collections": COLLECTIONS,
            }
            write_json(out, {"record": record, "backbones": results})
        layer, accuracy = results[backbone]["best_layer"]["layer"], results[backbone]["type_accuracy"]
        severity = max(results[backbone]["severity_by_layer"].values())
        print(f"{backbone:20} {layer:12} type {accuracy[layer]['value']:.3f}, severity {severity:.3f}", flush=True)


if __name__ == "__main__":
    main()
