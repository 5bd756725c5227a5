"""The report as one HTML page: no address outside it, readable on a phone, on paper and in dark mode."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib

from ...explain.diagnosis import Diagnosis
from ...explain.location import PlacedPart
from ...explain.measurements import GROUPS
from ...explain.measurements.measure import Measured
from ...explain.measurements.strips import strips_of
from ...models.score import ACR_WORDS
from ...synth_distort.files import printable
from ..figures import STYLE
from ..templates import page_template
from .nearest import nearest_picture, nearest_sentence, outcomes, rates_sentence
from .pictures import crops, histogram_picture, ladder_picture, map_picture, mended_pictures, shown_photo, to_fit
from .report_json import versions
from .verdict import described, percent, reconciled, verdict


def render(diagnosis: Diagnosis) -> str:
    """The page of `diagnosis`."""
    shown = to_fit(diagnosis.photo.image)
    with matplotlib.rc_context(STYLE):
        return page_template("photo/page.html.j2", number=number, share=percent).render(
            **_words(diagnosis),
            photo=shown_photo(shown),
            crops=crops(diagnosis),
            maps={name: map_picture(part, shown) for name, part in diagnosis.parts.items() if not part.is_everywhere},
            suspected_map=map_picture(suspected, shown) if (suspected := _suspected(diagnosis)) else None,
            mended=mended_pictures(diagnosis.counterfactuals),
            ladders=[(ladder, ladder_picture(ladder)) for ladder in diagnosis.ladders],
            nearest=_nearest(diagnosis),
            histogram=histogram_picture(diagnosis.photo.image),
            groups=grouped(diagnosis.measured),
            is_sampled=len(strips_of(diagnosis.photo.height, diagnosis.photo.width)) > 1,
            facts=fact_rows(diagnosis),
            versions=versions(),
        )


def render_card(diagnosis: Diagnosis) -> str:
    """A compact card for a notebook: the photo, the verdict and the findings."""
    photo = shown_photo(to_fit(diagnosis.photo.image))
    return page_template("photo/card.html.j2").render(**_words(diagnosis), photo=photo)


def grouped(measured: Sequence[Measured]) -> dict[str, list[Measured]]:
    """The measurements by group, those out of the usual range first, those not measurable last."""

    def order(one: Measured) -> tuple[bool, float]:
        return one.percentile is None, -abs((one.percentile or 0.5) - 0.5)

    return {group: sorted((one for one in measured if one.group == group), key=order) for group in GROUPS}


def _suspected(diagnosis: Diagnosis) -> PlacedPart | None:
    """The part that keeps a photo without findings from an all-clear, if there is one."""
    part = diagnosis.worst_part
    is_suspect = diagnosis.locally_high is not None and not diagnosis.findings
    return part if part is not None and is_suspect and not part.is_everywhere else None


def _nearest(diagnosis: Diagnosis) -> dict | None:
    """What the page shows of the nearest labelled levels; None where they were not asked for."""
    nearest = diagnosis.nearest
    return nearest and {
        "sentence": nearest_sentence(nearest),
        "outcomes": outcomes(diagnosis),
        "picture": nearest_picture(diagnosis),
        "rates": rates_sentence(nearest),
    }


def fact_rows(diagnosis: Diagnosis) -> list[tuple[str, str]]:
    """What the file states and shows, as names and words."""
    photo, facts = diagnosis.photo, diagnosis.facts
    rows = [("size", f"{photo.width} × {photo.height} px, {photo.width * photo.height / 1e6:.1f} megapixels")]
    if facts is None:
        return [*rows, ("file", "none: the image was given in memory")]
    jpeg, camera = facts.jpeg, facts.camera
    alpha = ", with transparency" if facts.has_alpha else ""
    rows += [
        ("file", f"{facts.format}, {facts.bytes / 1000:.0f} kB, {facts.bit_depth} bits, {facts.colour_mode}{alpha}"),
        ("colour profile", facts.profile or "none (read as sRGB)"),
    ]
    if jpeg is not None:
        quality = (
            f"quality {jpeg.quality}"
            if jpeg.quality is not None
            else f"not a standard table; about as fine as quality {jpeg.nearest_quality}"
        )
        kind = "progressive" if jpeg.progressive else "baseline"
        rows.append(("JPEG", f"{quality}, chroma {jpeg.subsampling or 'none'}, {kind}"))
        rows.append(("saved before", _seen(facts.saved_before, "as JPEG")))
    rows.append(("enlarged or turned", _seen(facts.enlarged, "by interpolation")))
    exposure = [
        camera.exposure_time and _seconds(camera.exposure_time),
        camera.f_number and f"f/{camera.f_number:g}",
        camera.iso and f"ISO {camera.iso}",
        camera.focal_length and f"{camera.focal_length:g} mm",
    ]
    maker = camera.make if camera.make and not (camera.model or "").startswith(camera.make) else None
    rows += [
        ("camera", " ".join(filter(None, [maker, camera.model])) or "not stated"),
        ("lens", camera.lens or "not stated"),
        ("exposure", ", ".join(filter(None, exposure)) or "not stated"),
        ("software", camera.software or "not stated"),
        ("gain map", "yes; the base image is judged" if facts.gain_map else "none"),
    ]
    return [row for row in rows if row[1] != "not stated"] + (
        [] if any([camera.make, camera.model, camera.software]) else [("camera data (EXIF)", "none in the file")]
    )


def _words(diagnosis: Diagnosis) -> dict:
    return {
        "diagnosis": diagnosis,
        "name": printable(diagnosis.photo.path.name) if diagnosis.photo.path else "photo",
        "verdict": verdict(diagnosis),
        "reconciled": reconciled(diagnosis),
        "described": {finding.name: described(diagnosis, finding) for finding in diagnosis.findings},
        "acr_words": ACR_WORDS,
    }


def number(value: float) -> str:
    """A measured value, to three digits, and to a thousandth at most."""
    if abs(value) < 0.0005:
        return "0"
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}".replace("-", "−")


def _seconds(time: float) -> str:
    return f"{time:g} s" if time >= 0.4 else f"1/{1 / time:.0f} s"


def _seen(found: bool | None, how: str) -> str:
    return "cannot be told" if found is None else f"yes, {how}" if found else "no trace of it"
