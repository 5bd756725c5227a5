"""Names of files as a terminal, a page or a table can show them."""

from __future__ import annotations

import os
import unicodedata


def shown(text: str | os.PathLike) -> str:
    """`text` with bytes that are not UTF-8, and characters that steer a terminal or turn the text around, as escapes."""
    text = os.fspath(text)
    text = os.fsdecode(text) if isinstance(text, bytes) else text
    return "".join(_escaped(character) for character in text)


def _unprintable(character: str) -> bool:
    """Controls, lone surrogates (bytes that were not UTF-8), line and paragraph separators, marks of direction."""
    return unicodedata.category(character) in ("Cc", "Cs", "Cf", "Zl", "Zp")


def _escaped(character: str) -> str:
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:  # how Python carries the byte code - 0xDC00
        return f"\\x{code - 0xDC00:02x}"
    if not _unprintable(character):
        return character
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
