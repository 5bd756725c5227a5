"""A ladder as files: the levels, a contact sheet, and what each level is."""

from __future__ import annotations

from pathlib import Path

import matplotlib

from ..synth_distort import Ladder, Photo, get_distortion, severity_curve, severity_word
from ..synth_distort.files import write_file, write_json
from ..synth_distort.ladder import generator_of
from ..synth_distort.photo import as_saved, write_png
from ..synth_distort.post_processing import named_post_processing, post_process, post_processing_in_words
from .encoding import figure_bytes
from .figures import STYLE, contact_sheet


def write_ladder(photo: Photo, distortion: str, folder: Path, *, levels: int, post_processing: str, seed: int) -> None:
    """Write the levels of a ladder made from `photo` as PNG files into `folder`, with contact_sheet.png and ladder.json.

    Args:
        photo: what is distorted.
        distortion: a key of `DISTORTIONS`.
        folder: made where it is not there.
        levels: how many, from severity 0 to the worst that the distortion can do.
        post_processing: a name of `POST_PROCESSINGS`, or "random": what happens to every level afterwards.
        seed: of the distortion, and of a random post-processing.

    Raises:
        ValueError: no such distortion or post-processing, or fewer than two levels.
        OSError: the folder cannot be written.
    """
    entry, curve = get_distortion(distortion), severity_curve(distortion)
    ladder = Ladder(photo.image, distortion, levels=levels, seed=seed)
    steps = named_post_processing(post_processing, generator_of(seed, "post_processing"))
    images = [post_process(as_saved(level), steps) for level in ladder]
    described = []
    for number, (image, severity, value) in enumerate(zip(images, ladder.severities, ladder.values, strict=True)):
        file = f"{distortion}-{number:02d}.png"
        write_png(folder / file, image)
        described.append(
            {
                "file": file,
                "severity": severity,
                "word": severity_word(severity),
                "value": value,
                "rated": curve.source == "rated" and severity <= curve.rated_up_to,
            }
        )
    captions = [
        f"{level['severity']:g}: {level['word']}\n{_parameter(level['value'], entry.unit)}" for level in described
    ]
    _write_contact_sheet(folder / "contact_sheet.png", images, captions, title=f"{entry.title} ({entry.parameter})")
    content = {
        "photo": str(photo.path) if photo.path else None,
        "sha256": photo.sha256,
        "distortion": distortion,
        "parameter": entry.parameter,
        "unit": entry.unit,
        "post_processing": post_processing,
        "post_processing_steps": post_processing_in_words(steps),
        "seed": seed,
        "levels": described,
    }
    write_json(folder / "ladder.json", content)


def _parameter(value: float, unit: str) -> str:
    return f"{value:.3g} {unit}".strip()


def _write_contact_sheet(path: Path, images: list, captions: list[str], *, title: str) -> None:
    with matplotlib.rc_context(STYLE):
        write_file(path, figure_bytes(contact_sheet(images, captions, title=title), "png"))
