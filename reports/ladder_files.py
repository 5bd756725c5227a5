"""A ladder as files: the rungs, a contact sheet, and what each rung is."""

from __future__ import annotations

import io
from pathlib import Path

import matplotlib

from ..synth_distort import Ladder, Photo, get_distortion, severity_curve, severity_word
from ..synth_distort.files import write_file, write_json
from ..synth_distort.ladder import generator_of
from ..synth_distort.photo import as_saved, write_png
from ..synth_distort.post_processing import life_in_words, live, named_life
from .figures import STYLE, contact_sheet


def write_ladder(photo: Photo, distortion: str, folder: Path, *, rungs: int, life: str, seed: int) -> None:
    """Write the rungs of a ladder made from `photo` as PNG files into `folder`, with contact_sheet.png and ladder.json.

    Args:
        photo: what is distorted.
        distortion: a key of `DISTORTIONS`.
        folder: made where it is not there.
        rungs: how many, from severity 0 to the worst that the distortion can do.
        life: a name of `LIVES`, or "random": what happens to every rung afterwards.
        seed: of the distortion, and of a random life.

    Raises:
        ValueError: no such distortion or life, or fewer than two rungs.
        OSError: the folder cannot be written.
    """
    entry, curve = get_distortion(distortion), severity_curve(distortion)
    ladder = Ladder(photo.image, distortion, rungs=rungs, seed=seed)
    steps = named_life(life, generator_of(seed, "life"))
    images = [live(as_saved(rung), steps) for rung in ladder]
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
    captions = [f"{rung['severity']:g}: {rung['word']}\n{_parameter(rung['value'], entry.unit)}" for rung in described]
    _write_contact_sheet(folder / "contact_sheet.png", images, captions, title=f"{entry.title} ({entry.parameter})")
    content = {
        "photo": str(photo.path) if photo.path else None,
        "sha256": photo.sha256,
        "distortion": distortion,
        "parameter": entry.parameter,
        "unit": entry.unit,
        "life": life,
        "life_steps": life_in_words(steps),
        "seed": seed,
        "rungs": described,
    }
    write_json(folder / "ladder.json", content)


def _parameter(value: float, unit: str) -> str:
    return f"{value:.3g} {unit}".strip()


def _write_contact_sheet(path: Path, images: list, captions: list[str], *, title: str) -> None:
    with matplotlib.rc_context(STYLE):
        stream = io.BytesIO()
        contact_sheet(images, captions, title=title).savefig(stream, format="png", facecolor="white")
    write_file(path, stream.getvalue())
