"""Markdown files from the templates beside the renderers."""

from __future__ import annotations

from pathlib import Path

import jinja2

from ..synth_distort.files import write_file


def write_markdown(path: Path, template: str, **content: object) -> Path:
    """Write what `template`, a file NAME.md.j2 of this folder, makes of `content` to `path`; returns `path`."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("blemish.reports", "."),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    write_file(path, environment.get_template(template).render(content).encode())
    return path
