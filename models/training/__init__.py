"""How the embedded model is made: samples of distorted photos, the fit, the calibration."""
