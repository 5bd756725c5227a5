"""The templates beside the renderers, filled in: pages, and Markdown files."""

from __future__ import annotations

from pathlib import Path

import jinja2

from ..synth_distort.files import write_file


def page_template(name: str, **filters) -> jinja2.Template:
    """The template `name`, by its path in this folder, which escapes what it is given; it may use `filters`."""
    environment = _environment(autoescape=True)
    environment.filters |= filters
    return environment.get_template(name)


def write_markdown(path: Path, template: str, **content) -> Path:
    """Write what `template`, a file NAME.md.j2 of this folder, makes of `content` to `path`; returns `path`."""
    text = _environment(autoescape=False).get_template(template).render(content)
    write_file(path, text.encode())
    return path


def _environment(*, autoescape: bool) -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.PackageLoader("blemish.reports", "."),
        autoescape=autoescape,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
