"""The exported network says in onnxruntime what it says here."""

import pytest
import torch

from blemish.models.distortion_model.files import load_model
from blemish.models.distortion_model.onnx import OUTPUTS, export_onnx

onnxruntime = pytest.importorskip("onnxruntime")
pytest.importorskip("onnxscript")


def test_onnxruntime_gives_the_same_predictions(coffee, tmp_path):
    model, photo = load_model(), coffee[:, 100:228, 100:292].contiguous()
    export_onnx(model, tmp_path / "model.onnx", height=128, width=192)
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx", providers=["CPUExecutionProvider"])
    given = dict(zip(OUTPUTS, session.run(None, {"image": photo[None].numpy()}), strict=True))
    prediction = model.predict(photo)
    for name in ("probability", "severity", "kind_probability", "local_severity"):
        assert torch.allclose(torch.from_numpy(given[name]), getattr(prediction, name), atol=1e-3), name
    assert float(given["overall_severity"]) == pytest.approx(prediction.overall_severity.value, abs=1e-3)
    assert prediction.mos is not None
    assert float(given["mos"]) == pytest.approx(prediction.mos.value, abs=0.05)
    assert given["acr"].tolist() == pytest.approx(list(prediction.mos.acr.values()), abs=1e-3)
    assert float(given["undistorted_probability"]) == pytest.approx(prediction.undistorted_probability, abs=1e-3)


@pytest.mark.parametrize(("height", "width"), [(100, 128), (128, 96)])
def test_a_size_that_does_not_fit_is_refused(height, width, tmp_path):
    with pytest.raises(
        ValueError, match=f"{height} × {width} px: each side must be a multiple of 32 px and at least 128"
    ):
        export_onnx(load_model(), tmp_path / "model.onnx", height=height, width=width)
    assert not list(tmp_path.iterdir())
