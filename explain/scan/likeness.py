"""What makes two photos nearly the same, and one of them the better: perceptual hash, sharpness, noise.

All are measured on the photo as viewed (reduced), where photos of one burst can be compared with each other.
"""

from __future__ import annotations

import cv2
import numpy as np

_LAPLACIAN = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)


def luma_of(pixels: np.ndarray) -> np.ndarray:
    """(H, W, 3) uint8 RGB to (H, W) float32 luma of BT.601, 0 to 255."""
    return cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(np.float32)


def perceptual_hash(luma: np.ndarray) -> str:
    """64 bits as hexadecimal digits: which of the lowest frequencies are above their median.

    Source: Zauner, "Implementation and benchmarking of perceptual image hash functions" (2010), the hash by DCT.
    """
    small = cv2.resize(luma, (32, 32), interpolation=cv2.INTER_AREA)
    lowest = cv2.dct(small)[:8, :8].ravel()
    bits = lowest > np.median(lowest[1:])
    return np.packbits(bits).tobytes().hex()


def sharpness(luma: np.ndarray) -> float:
    """Mean gradient of the steepest hundredth of the pixels, levels of 255 a pixel (after Tenengrad, Krotkov 1988)."""
    across, down = cv2.Sobel(luma, cv2.CV_32F, 1, 0) / 8, cv2.Sobel(luma, cv2.CV_32F, 0, 1) / 8
    steep = np.sqrt(across**2 + down**2).ravel()
    count = max(1, steep.size // 100)
    return float(np.partition(steep, -count)[-count:].mean())


def noise(luma: np.ndarray) -> float:
    """Standard deviation of the noise, levels of 255.

    Source: Immerkær, "Fast noise variance estimation", CVIU 1996; the median in place of the mean leaves edges out.
    """
    return float(np.median(np.abs(cv2.filter2D(luma, -1, _LAPLACIAN))) / (6 * 0.6745))


def distances(hashes: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Bits that differ between each of `hashes` (N,) and each of `others` (M,), uint64: (N, M)."""
    return np.bitwise_count(hashes[:, None] ^ others[None, :])
