"""Files of photos, as the world sends them, to pixels; NumPy and codecs only, so that a process which decodes starts fast."""

from .decode import MOST_PIXELS, decode_file
from .kinds import FORMATS, SUFFIXES
from .pixels import Decoded, PhotoError

__all__ = ["FORMATS", "MOST_PIXELS", "SUFFIXES", "Decoded", "PhotoError", "decode_file"]
