"""How fast the embedded model is beside ResNet-50, and what large photos cost: `python benchmarks/speed/model.py`.

One machine, one run, all cores; the two networks take turns, so that other load hits both alike. Each large photo is predicted
for in a process of its own, whose largest memory is read at its end. The photos are noise: the model's work does not depend on
what is in them.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torchvision.models import get_model

from blemish.models.distortion_model.files import load_model
from blemish.synth_distort.provenance import provenance

SIDE, ROUNDS = 512, 8
LARGE = {"12 megapixels": (3000, 4000), "100 megapixels": (8660, 11547)}


def main() -> None:
    """Measure, print and write docs/measurements/model_speed.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--prediction", metavar="NAME", help=argparse.SUPPRESS
    )  # what the processes of large photos are given
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        default=Path(__file__).resolve().parents[2] / "docs" / "measurements" / "model_speed.json",
    )
    arguments = parser.parse_args()
    if arguments.prediction:
        print(json.dumps(large_photo(*LARGE[arguments.prediction])))
        return
    figures = {
        "512 x 512": beside_resnet(),
        **{name: in_a_process(name) for name in LARGE},
        "onnx, 512 x 512": beside_onnxruntime(),
        "record": {"threads": torch.get_num_threads(), **provenance("torch", "torchvision", "onnxruntime")},
    }
    arguments.output.write_text(json.dumps(figures, indent=1) + "\n")
    print(json.dumps(figures, indent=1))


@torch.inference_mode()
def beside_resnet() -> dict[str, float]:
    """Seconds for each 512 × 512 photo: the whole prediction, and torchvision's ResNet-50 forward pass with random weights."""
    model, resnet = load_model(), get_model("resnet50").eval()
    image = torch.rand(3, SIDE, SIDE)
    ours, theirs = in_turns(lambda: model.predict(image), lambda: resnet(image[None]))
    return {"blemish_s": ours, "resnet50_s": theirs, "times_as_fast": round(theirs / ours, 2)}


def beside_onnxruntime() -> dict[str, float]:
    """Seconds for each 512 × 512 photo: PyTorch, and the exported network in onnxruntime; and how far apart they are."""
    import onnxruntime

    from blemish.models.distortion_model.onnx import OUTPUTS, export_onnx

    model, image = load_model(), torch.rand(3, SIDE, SIDE)
    with tempfile.TemporaryDirectory() as folder:
        export_onnx(model, Path(folder) / "model.onnx", height=SIDE, width=SIDE)
        session = onnxruntime.InferenceSession(Path(folder) / "model.onnx", providers=["CPUExecutionProvider"])
    given = {"image": image[None].numpy()}
    ours, theirs = in_turns(lambda: model.predict(image), lambda: session.run(None, given))
    outputs, prediction = dict(zip(OUTPUTS, session.run(None, given), strict=True)), model.predict(image)
    apart = max(
        float(abs(torch.from_numpy(outputs[name]) - getattr(prediction, name)).max())
        for name in ("probability", "severity", "local_severity")
    )
    return {"pytorch_s": ours, "onnxruntime_s": theirs, "largest_difference": apart}


def in_turns(*functions: Callable[[], object]) -> list[float]:
    """The median time of each of `functions`, s, over ROUNDS rounds after one to warm up."""
    times: list[list[float]] = [[] for _ in functions]
    for _ in range(ROUNDS + 1):
        for function, taken in zip(functions, times, strict=True):
            begun = time.perf_counter()
            function()
            taken.append(time.perf_counter() - begun)
    return [round(sorted(taken[1:])[ROUNDS // 2], 4) for taken in times]


def large_photo(height: int, width: int) -> dict[str, float]:
    """Seconds and the process's largest memory for one prediction, with maps, to a photo of bytes."""
    model = load_model()
    pixels = torch.randint(256, (3, height, width), dtype=torch.uint8)
    begun = time.perf_counter()
    prediction = model.predict(pixels)
    prediction.map_of(prediction.distortions[:1], height=height, width=width)
    seconds = time.perf_counter() - begun
    return {
        "seconds": round(seconds, 2),
        "gigabytes": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9, 2),
    }


def in_a_process(name: str) -> dict[str, float]:
    """`large_photo` in a process of its own."""
    done = subprocess.run(
        [sys.executable, os.path.abspath(__file__), "--prediction", name], check=True, capture_output=True, text=True
    )
    return json.loads(done.stdout)


if __name__ == "__main__":
    main()
