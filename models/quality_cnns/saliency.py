"""Visual saliency: the spectral residual of a photo (Hou and Zhang, CVPR 2007)."""

from __future__ import annotations

import cv2
import numpy as np
from torch import Tensor

SIDE = 64  # px; the paper's scale, at which objects stand out and textures do not
NEIGHBOURHOOD = 3  # frequencies a side over which the log spectrum is smoothed
BLUR = 2.5  # px of SIDE; sigma of the Gaussian over the map


def spectral_residual(image: Tensor) -> np.ndarray:
    """Saliency of each pixel of `image` (3, H, W): (H, W), at least 0, with mean 1.

    The log amplitude spectrum less its own local mean, back in the plane of the photo, is what differs from the rest of it.
    """
    height, width = image.shape[1:]
    small = cv2.resize(image.mean(0).numpy(), (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    spectrum = np.fft.fft2(small)
    log_amplitude = np.log(np.abs(spectrum) + 1e-8).astype(np.float32)
    residual = log_amplitude - cv2.blur(log_amplitude, (NEIGHBOURHOOD, NEIGHBOURHOOD))
    back = np.abs(np.fft.ifft2(np.exp(residual + 1j * np.angle(spectrum)))) ** 2
    salient = cv2.resize(cv2.GaussianBlur(back.astype(np.float32), (0, 0), BLUR), (width, height))
    return salient / max(float(salient.mean()), 1e-12)
