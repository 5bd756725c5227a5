"""Files of photos, as the world sends them, to pixels; NumPy and codecs only, so that a process which decodes starts fast."""

from .decode import MOST_PIXELS, decode_file, open_picture
from .kinds import FORMATS, SUFFIXES
from .pixels import Decoded, PhotoError, UnreadableError

__all__ = [
    "FORMATS",
    "MOST_PIXELS",
    "SUFFIXES",
    "Decoded",
    "PhotoError",
    "UnreadableError",
    "decode_file",
    "open_picture",
]
