"""Every adapter brings a model to the same interface, and one that does not keep to it is told in a sentence."""

import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from blemish.models.distortion_model.files import load_model
from blemish.models.scorers.callables import callable_scorer
from blemish.models.scorers.lookup import get_scorer
from blemish.models.scorers.scorer import Batch, HangError, Scorer, ScorerError, ScoringError, checked_scores


@pytest.fixture
def batch(small) -> Batch:
    """Four images, darker and darker, with the first as reference."""
    images = torch.stack([small * share for share in (1.0, 0.8, 0.6, 0.4)])
    return Batch((images * 255).round() / 255, small.expand(4, -1, -1, -1))


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """A working folder with a module and two programs."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own_measures.py").write_text(
        "def brightness(images):\n    return images.mean((1, 2, 3))\n\n"
        "def distance(images, references):\n    return (images - references).abs().mean((1, 2, 3))\n"
    )
    (tmp_path / "score.py").write_text(
        "import sys\nfrom PIL import Image, ImageStat\n"
        "for path in sys.stdin.read().split():\n"
        "    print(path, sum(ImageStat.Stat(Image.open(path)).mean) / 3 / 255)\n"
    )
    (tmp_path / "hang.py").write_text("import time\ntime.sleep(60)\n")
    return tmp_path


def brightness(batch: Batch) -> np.ndarray:
    return batch.images.mean((1, 2, 3)).numpy()


def test_the_embedded_model_gives_what_it_predicts(batch):
    model = load_model()
    scorer, severity = get_scorer("blemish"), get_scorer("blemish:overall_severity")
    predictions = [model.predict(image) for image in batch.images]
    expected = [(one.mos or one.opinion_unaware_score).value for one in predictions]
    assert checked_scores(scorer, batch) == pytest.approx(expected)
    assert checked_scores(severity, batch) == pytest.approx([one.overall_severity.value for one in predictions])
    assert (scorer.higher_is_better, severity.higher_is_better) == (True, False)
    assert scorer.fingerprint != severity.fingerprint


def test_functions_are_found_by_name(batch, folder):
    assert checked_scores(get_scorer("own_measures:brightness"), batch) == pytest.approx(brightness(batch))
    distance = get_scorer("own_measures:distance")
    assert distance.full_reference
    assert checked_scores(distance, batch)[0] == pytest.approx(0, abs=1e-2)
    sys.modules.pop("own_measures")


def test_metrics_of_packages_are_found_by_name(batch):
    import piq
    import torchmetrics.functional.image as metrics

    variation = get_scorer("piq:total_variation")
    assert checked_scores(variation, batch) == pytest.approx(
        piq.total_variation(batch.images, reduction="none").numpy()
    )
    assert not variation.full_reference
    similarity = get_scorer("piq:haarpsi")
    assert similarity.full_reference
    assert checked_scores(similarity, batch)[0] == pytest.approx(1, abs=1e-3)
    each = [float(metrics.total_variation(image[None])) for image in batch.images]
    assert checked_scores(get_scorer("torchmetrics:total_variation"), batch) == pytest.approx(each)


def test_a_network_in_a_file_is_run(batch, tmp_path):
    pytest.importorskip("onnxruntime")
    _save_network(tmp_path / "mean.onnx", ["N", 3, "H", "W"])
    assert checked_scores(get_scorer(str(tmp_path / "mean.onnx")), batch) == pytest.approx(brightness(batch), abs=1e-5)
    _save_network(tmp_path / "fixed.onnx", [1, 3, 128, 96])
    fixed = get_scorer(f"{tmp_path / 'fixed.onnx'}:mos")
    assert fixed.note == "images are resized to 96 × 128 px, which the file asks for"
    assert checked_scores(fixed, batch) == pytest.approx(brightness(batch), abs=0.02)


def _save_network(path: Path, shape: list) -> None:
    """A network of one node: the mean of each image."""
    import onnx
    from onnx import helper

    given = helper.make_tensor_value_info("image", onnx.TensorProto.FLOAT, shape)
    returned = helper.make_tensor_value_info("mos", onnx.TensorProto.FLOAT, [shape[0]])
    axes = helper.make_tensor("axes", onnx.TensorProto.INT64, [3], [1, 2, 3])
    node = helper.make_node("ReduceMean", ["image", "axes"], ["mos"], keepdims=0)
    graph = helper.make_graph([node], "mean", [given], [returned], [axes])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10), path)


def test_a_program_reads_paths_and_prints_scores(batch, folder):
    program = get_scorer(f"command:{sys.executable} score.py")
    assert program.reads_files
    assert checked_scores(program, batch) == pytest.approx(brightness(batch), abs=1e-3)
    as_bmp = Batch(batch.images, batch.references, ".bmp")
    assert checked_scores(program, as_bmp) == pytest.approx(checked_scores(program, batch))


@pytest.mark.parametrize(
    ("returned", "sentence"),
    [
        (lambda batch: 1 / 0, "raised ZeroDivisionError: division by zero"),
        (lambda batch: [1.0, float("nan"), 2.0, 3.0], "returned nan for one of 4 images"),
        (
            lambda batch: torch.zeros(4, 2),
            "returned an array of shape (4, 2) for 4 images; it should be one score each",
        ),
        (lambda batch: [1.0], "returned an array of shape (1,) for 4 images"),
        (lambda batch: "good", "returned good, which are no numbers"),
        (lambda batch: None, "shape () for 4 images"),
        (lambda batch: [50, 60, 70, 900], "returned 900, outside its own scale of 0 to 100"),
    ],
)
def test_what_came_back_is_said(batch, returned, sentence):
    scorer = Scorer("strange", "callable", "", returned, scale=(0, 100))
    with pytest.raises(ScoringError) as caught:
        checked_scores(scorer, batch)
    assert sentence in str(caught.value)


def test_what_hangs_is_left_behind(batch, folder):
    begun = time.monotonic()
    with pytest.raises(HangError, match=r"returned nothing within 0\.2 s"):
        checked_scores(Scorer("slow", "callable", "", lambda batch: time.sleep(3)), batch, timeout=0.2)
    program = get_scorer(f"command:{sys.executable} hang.py", timeout=0.5)
    with pytest.raises(HangError, match=r"printed nothing within 0\.5 s"):
        checked_scores(program, batch)
    assert time.monotonic() - begun < 15


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("nonsense", "no model is called 'nonsense'; models are blemish, "),
        ("none.safetensors", "there is no such file"),
        ("blemish:beauty", "the embedded model gives its MOS"),
        ("none.onnx", "none.onnx: there is no such file"),
        ("piq:beauty", "piq has no metric called 'beauty'"),
        ("own_measures:beauty", "cannot be imported"),
        ("no.such.module:score", "cannot be imported"),
        ("command:no-such-program", "there is no program 'no-such-program'"),
    ],
)
def test_what_is_not_there_is_named(name, sentence, folder):
    with pytest.raises(ScorerError, match=sentence):
        get_scorer(name)


def test_a_changed_function_is_another_model():
    def one(images: Tensor) -> Tensor:
        return images.mean((1, 2, 3))

    assert callable_scorer(one, name="a").fingerprint != callable_scorer(one, name="b").fingerprint
    with pytest.raises(ScorerError, match="takes 3 arguments"):
        callable_scorer(lambda images, references, more: None, name="c")
