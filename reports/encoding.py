"""Figures as the bytes of a picture file, and files as addresses that a page holds within itself."""

from __future__ import annotations

import base64
import io

from matplotlib.figure import Figure


def figure_bytes(figure: Figure, kind: str, **settings) -> bytes:
    """`figure` on white as a file of `kind` ("png", "webp", "svg"), with `settings` of `Figure.savefig`.

    WebP has quality 90: as PNG, the details of a noisy photo take megabytes.
    """
    stream = io.BytesIO()
    if kind == "webp":
        settings = {"pil_kwargs": {"quality": 90}, **settings}
    figure.savefig(stream, format=kind, facecolor="white", **settings)
    return stream.getvalue()


def data_address(content: bytes, kind: str) -> str:
    """The picture file `content` of `kind` ("jpeg", "webp") as an address."""
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"
