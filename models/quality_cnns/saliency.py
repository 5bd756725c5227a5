"""Where the eye goes first: the spectral residual of a photo (Hou and Zhang, CVPR 2007)."""

from __future__ import annotations

import cv2
import numpy as np
from torch import Tensor

SIDE = 64  # px; the paper's scale, at which what stands out is an object and not a texture
NEIGHBOURHOOD = 3  # frequencies a side over which the log spectrum is smoothed
BLUR = 2.5  # px of SIDE; sigma of the Gaussian over the map


def spectral_residual(image: Tensor) -> np.ndarray:
    """Saliency of each pixel of `image` (3, H, W): (H, W), at least 0, with mean 1.

    What the log amplitude spectrum has beyond its own local mean is what is unlike the rest of the photo.
    """
    height, width = image.shape[1:]
    small = cv2.resize(image.mean(0).numpy(), (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    spectrum = np.fft.fft2(small)
    log_amplitude = np.log(np.abs(spectrum) + 1e-8).astype(np.float32)
    residual = log_amplitude - cv2.blur(log_amplitude, (NEIGHBOURHOOD, NEIGHBOURHOOD))
    back = np.abs(np.fft.ifft2(np.exp(residual + 1j * np.angle(spectrum)))) ** 2
    salient = cv2.resize(cv2.GaussianBlur(back.astype(np.float32), (0, 0), BLUR), (width, height))
    return salient / max(float(salient.mean()), 1e-12)
