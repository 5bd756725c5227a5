"""What docs/sensitivity.md quotes: `python benchmarks/sensitivity.py PRISTINE LIVE_ITW WEIGHTS`.

Two measurements on photos of collections that no model was fitted to, of all distortions: every model on coarse ladders (a
level at each grade of ITU-R BT.500), and the embedded model on dense ones (steps of 0.05). PRISTINE is a folder with an
index.csv of collections, LIVE_ITW one of rated photos, to which support vectors on frozen features are fitted, and WEIGHTS
one of backbones' weights, with NIQE's parameters as niqe_pris_params.npz. Models of others are those of
models_of_others.py; one that is not installed is named and left out. Scores, features and models are kept in WORK, so that
a stopped run goes on, and a model that did not change is not asked again.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
from pathlib import Path

import cv2
import torch

from blemish.explain.sensitivity.measure import Measured, measure
from blemish.explain.sensitivity.plan import Plan
from blemish.models.data_sets import parse_data
from blemish.models.quality_cnns.design_names import parse_designs
from blemish.models.quality_cnns.files import load_quality_model, save_cnn
from blemish.models.quality_cnns.model import QualityCnn
from blemish.models.quality_cnns.training import Workshop, train_design
from blemish.models.scorers.lookup import get_scorer
from blemish.models.scorers.scorer import ScorerError
from blemish.reports.sensitivity.sensitivity_json import comparison_data
from blemish.synth_distort.files import write_json
from blemish.synth_distort.pristine_photos import list_pristine, unseen

HERE = Path(__file__).resolve().parent
QUOTED = ("threshold", "monotonicity", "photos_reversed")  # of each distortion
EMBEDDED = "blemish"
OF_OTHERS = [
    "pyiqa:piqe",
    "pyiqa:niqe@niqe.mat",
    "piq:haarpsi",
    "torchmetrics:structural_similarity_index_measure",
    "models_of_others:brisque",
    "models_of_others:cpbd",
    "command:python models_of_others.py pypiqe",
]
PLAIN = ["plain_measures:sharpness", "plain_measures:noise"]


def main() -> None:
    """Measure, and write docs/measurements/sensitivity-models.json and sensitivity-embedded.json."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pristine", type=Path)
    parser.add_argument("live_itw", type=Path)
    parser.add_argument("weights", type=Path)
    parser.add_argument("--work", type=Path, default=Path("sensitivity"))
    parser.add_argument("--photos", type=int, default=6, help="to measure every model on")
    parser.add_argument("--dense", type=int, default=2, help="how many of them dense ladders are made of")
    parser.add_argument("--side", type=int, default=320)
    parser.add_argument("--backbones", default="squeezenet1_1,efficientnet_lite0", help="of the support vectors")
    parser.add_argument("--only", choices=["models", "embedded"], help="one of the two measurements")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    work, output = asked.work.resolve(), HERE.parent / "docs" / "measurements"
    photos = in_order([photo.path.resolve() for photo in unseen(list_pristine(asked.pristine))])[: asked.photos]
    work.mkdir(parents=True, exist_ok=True)
    if asked.only != "embedded":
        cnns = [_support_vectors(name, asked, work) for name in asked.backbones.split(",")]
        graph = _as_onnx(work / cnns[0], asked.side)
        niqe_from(asked.weights.resolve(), work / "niqe.mat")
        _enter(work)
        names = [EMBEDDED, *cnns, graph, *PLAIN, *OF_OTHERS]
        coarse = Plan(levels=4, side=asked.side, stability=())
        measured = measure(_at_hand(names), photos, plan=coarse, cache=work / "scores")
        _keep(measured, output / "sensitivity-models.json", work)
    if asked.only != "models":
        measured = measure([EMBEDDED], photos[: asked.dense], plan=Plan(side=asked.side), cache=work / "scores")
        _keep(measured, output / "sensitivity-embedded.json", work)


def _enter(work: Path) -> None:
    """Go to `work`, with the modules of this folder in it: names without folders are the same on every machine."""
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    os.environ["PYTHONPATH"] = os.pathsep.join([str(HERE), *sys.path])
    sys.path.insert(0, str(HERE))
    os.chdir(work)
    for script in ("models_of_others.py", "plain_measures.py"):
        Path(script).write_bytes((HERE / script).read_bytes())


def in_order(photos: list[Path]) -> list[Path]:
    """`photos` in an order that has nothing to do with their names, so that the first of them are a sample, and stay it."""
    return sorted(photos, key=lambda photo: hashlib.sha256(photo.name.encode()).hexdigest())


def niqe_from(weights: Path, file: Path) -> None:
    """NIQE's parameters as pyiqa reads them, from where BasicSR keeps them."""
    source = weights / "niqe_pris_params.npz"
    if source.is_file() and not file.exists():
        import numpy as np
        import scipy.io

        kept = np.load(source)
        scipy.io.savemat(file, {"mu_prisparam": kept["mu_pris_param"], "cov_prisparam": kept["cov_pris_param"]})


def _support_vectors(backbone: str, asked: argparse.Namespace, work: Path) -> str:
    """Support vectors on frozen features of whole photos, as `blemish train` makes them: the name of their file in `work`."""
    file = work / f"{backbone}-svr.safetensors"
    if not file.exists():
        (design,) = parse_designs(f"whole/{backbone}/features-mean/svr")
        save_cnn(
            train_design(design, parse_data(f"live_itw={asked.live_itw}"), Workshop(work, asked.weights, 1, 0)), file
        )
    return file.name


def _as_onnx(file: Path, side: int) -> str:
    """The network, the mean of its map and the support vectors of `file` in one graph for images of `side` × `side` px."""
    path = file.with_suffix(".onnx")
    if path.exists():
        return path.name
    model = load_quality_model(file)
    assert isinstance(model, QualityCnn)

    class Whole(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.network, self.head = model.networks[0], model.fitted_head.head

        def forward(self, image: torch.Tensor) -> torch.Tensor:
            return self.head(self.network(image))[:, 0]

    with torch.inference_mode():
        example = (torch.rand(1, 3, side, side),)
        torch.onnx.export(
            Whole().eval(), example, path, input_names=["image"], output_names=["mos"], dynamo=True, external_data=False
        )
    return path.name


def _at_hand(names: list[str]) -> list[str]:
    found = []
    for name in names:
        try:
            get_scorer(name)
            found.append(name)
        except ScorerError as error:
            print(f"left out: {error}", file=sys.stderr)
    return found


def _keep(measured: Measured, path: Path, work: Path) -> None:
    from blemish.reports.sensitivity.page import write_sensitivity

    quoted = comparison_data(measured)  # the rest is in the JSON beside the pages
    quoted["differences"] = [one for one in quoted["differences"] if not one["distortion"]]
    for model in quoted["models"].values():
        ladders = model["distortions"].items()
        model["distortions"] = {name: {figure: one[figure] for figure in QUOTED} for name, one in ladders}
    write_json(path, quoted)
    for page in write_sensitivity(measured, work / path.stem):
        print(page)


if __name__ == "__main__":
    main()
