"""What kind of file this is, by its first bytes; by its name only where these do not say."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """A kind of file that holds a photo.

    Attributes:
        name: as people call it.
        suffixes: of such files' names.
        opener: the format's name in Pillow; empty where Pillow does not read it.
        package: what must be installed to read it, beyond what blemish needs.
        risky: whether its decoder is so large that a hostile file may end the process.
    """

    name: str
    suffixes: tuple[str, ...]
    opener: str = ""
    package: str = ""
    risky: bool = False


JPEG = Kind("JPEG", (".jpg", ".jpeg", ".jpe", ".jfif"), "JPEG")
PNG = Kind("PNG", (".png",), "PNG")
WEBP = Kind("WebP", (".webp",), "WEBP")
TIFF = Kind("TIFF", (".tif", ".tiff"), "TIFF", risky=True)
BMP = Kind("BMP", (".bmp", ".dib"), "BMP")
AVIF = Kind("AVIF", (".avif",), "AVIF", risky=True)
JPEG_2000 = Kind("JPEG 2000", (".jp2", ".j2k", ".jpx", ".jpf", ".j2c"), "JPEG2000", risky=True)
GIF = Kind("GIF", (".gif",), "GIF")
PPM = Kind("PPM", (".ppm", ".pgm", ".pbm", ".pnm"), "PPM")
TGA = Kind("TGA", (".tga",), "TGA")
HEIC = Kind("HEIC", (".heic", ".heif", ".hif"), "HEIF", "pillow_heif", risky=True)
JPEG_XL = Kind("JPEG XL", (".jxl",), "JXL", "pillow_jxl", risky=True)
RAW = Kind(
    "camera raw",
    (".dng", ".nef", ".cr2", ".cr3", ".arw", ".orf", ".rw2", ".raf", ".pef", ".srw", ".rwl", ".3fr", ".x3f"),
    package="rawpy",
    risky=True,
)
KINDS = (JPEG, PNG, WEBP, TIFF, BMP, AVIF, JPEG_2000, GIF, PPM, TGA, HEIC, JPEG_XL, RAW)
SUFFIXES = tuple(suffix for kind in KINDS for suffix in kind.suffixes)
FORMATS = tuple(
    kind.opener for kind in KINDS if kind.opener and not kind.package
)  # Pillow's names of those that it reads
HEAD = 64  # bytes that `kind_of` needs

_TIFF_STARTS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_STARTS = (
    (b"\xff\xd8\xff", JPEG),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"\0\0\0\x0cjP  ", JPEG_2000),
    (b"\xff\x4f\xff\x51", JPEG_2000),
    (b"\0\0\0\x0cJXL ", JPEG_XL),
    (b"\xff\x0a", JPEG_XL),
    (b"FUJIFILMCCD-RAW", RAW),
    (b"IIRO", RAW),
    (b"IIRS", RAW),
    (b"MMOR", RAW),
    (b"IIU\0", RAW),
    (b"FOVb", RAW),
    (b"BM", BMP),
)
_HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")


def kind_of(head: bytes, suffix: str) -> Kind | None:
    """The kind of a file that begins with `head` (HEAD bytes) and whose name ends in `suffix`; None for no photo."""
    suffix = suffix.lower()
    if head.startswith(_TIFF_STARTS):
        return RAW if suffix in RAW.suffixes or head[8:10] == b"CR" else TIFF
    for start, kind in _STARTS:
        if head.startswith(start):
            return kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return WEBP
    if head[4:8] == b"ftyp":
        return _in_boxes(head)
    if head[:1] == b"P" and head[1:2] in b"123456" and head[2:3].isspace():
        return PPM
    return TGA if suffix in TGA.suffixes else None


def _in_boxes(head: bytes) -> Kind | None:
    """The kind of an ISO base media file by its brands."""
    end = min(len(head), int.from_bytes(head[:4], "big"))
    brands = {head[8:12], *(head[place : place + 4] for place in range(16, end, 4))}
    if b"crx " in brands:
        return RAW
    if brands & {b"avif", b"avis"}:
        return AVIF
    return HEIC if brands & set(_HEIC_BRANDS) else None
