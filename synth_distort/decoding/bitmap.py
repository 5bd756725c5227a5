"""BMP whose bits are divided among the channels in ways that Pillow does not know: the masks say how, and are followed."""

from __future__ import annotations

import struct

import numpy as np

from .pixels import Decoded, UnreadableError, check_size, finish

BITFIELDS, ALPHA_BITFIELDS = 3, 6


def decode_bitfields(content: bytes, most_pixels: int) -> Decoded | None:
    """A BMP of 16 or 32 bits a pixel with masks for its channels; None for any other."""
    if len(content) < 54:
        return None
    start, header, width, height, _, bits, compression = struct.unpack_from("<IIiiHHI", content, 10)
    if compression not in (BITFIELDS, ALPHA_BITFIELDS) or bits not in (16, 32) or header < 40:
        return None
    down, height = height > 0, abs(height)
    check_size(width, height, len(content), most_pixels)
    has_alpha = compression == ALPHA_BITFIELDS or header >= 56
    masks = struct.unpack_from("<4I" if has_alpha else "<3I", content, 54)
    stride = -(-width * bits // 32) * 4
    rows = np.frombuffer(content, np.uint8, count=-1, offset=start)
    if width <= 0 or rows.size < stride * height:
        raise UnreadableError("is damaged or cut short (fewer pixels than it claims)")
    pixels = rows[: stride * height].reshape(height, stride).view("<u2" if bits == 16 else "<u4")[:, :width]
    channels = [_channel(pixels, mask) for mask in masks]
    image = np.stack(channels, axis=-1)[:: -1 if down else 1]
    alpha = image[..., 3] if len(masks) == 4 and masks[3] else None
    return finish(image[..., :3], alpha, [])


def _channel(pixels: np.ndarray, mask: int) -> np.ndarray:
    """The channel under `mask` as float32 in [0, 1]."""
    if not mask:
        return np.zeros(pixels.shape, np.float32)
    shift = (mask & -mask).bit_length() - 1
    return ((pixels & mask) >> shift).astype(np.float32) / (mask >> shift)
