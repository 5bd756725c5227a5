"""The embedded model, for inference: statistics, network, calibration, files, ONNX."""
