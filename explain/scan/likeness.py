"""What makes two photos nearly the same: a perceptual hash."""

from __future__ import annotations

import cv2
import numpy as np


def perceptual_hash(luma: np.ndarray) -> str:
    """64 bits as hexadecimal digits: which of the lowest frequencies of luma (H, W) are above their median.

    Source: Zauner, "Implementation and benchmarking of perceptual image hash functions" (2010), the hash by DCT.
    """
    small = cv2.resize(luma.astype(np.float32), (32, 32), interpolation=cv2.INTER_AREA)
    lowest = cv2.dct(small)[:8, :8].ravel()
    bits = lowest > np.median(lowest[1:])
    return np.packbits(bits).tobytes().hex()


def distances(hashes: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Bits that differ between each of `hashes` (N,) and each of `others` (M,), uint64: (N, M)."""
    return np.bitwise_count(hashes[:, None] ^ others[None, :])
