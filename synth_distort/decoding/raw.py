"""Camera raw files, developed by LibRaw."""

from __future__ import annotations

import io

from .deep import quiet
from .pixels import Decoded, UnreadableError, check_size, finish

DEVELOPED = (
    "The file is camera raw, developed by LibRaw with the camera's white balance; the camera's own picture may differ."
)


def decode_raw(content: bytes, most_pixels: int) -> Decoded:
    """A camera raw file in sRGB.

    Raises:
        UnreadableError: LibRaw cannot decode it.
    """
    import rawpy

    with quiet():
        try:
            with rawpy.imread(io.BytesIO(content)) as raw:
                check_size(raw.sizes.width, raw.sizes.height, 1 << 40, most_pixels)
                pixels = raw.postprocess(use_camera_wb=True, output_bps=8, gamma=(2.4, 12.92))
        except rawpy.LibRawError as error:
            raise UnreadableError(
                f"is damaged, or raw of a kind that blemish does not read ({_words(error)})"
            ) from error
    return finish(pixels, None, [DEVELOPED])


def _words(error: Exception) -> str:
    """LibRaw's words, which come as bytes."""
    text = error.args[0] if error.args else error
    return text.decode(errors="replace") if isinstance(text, bytes) else str(text)
