"""blemish: explainable analysis of image distortion.

It finds what is wrong with a photo, how bad it is and where, with the checks that confirm it.

    import blemish

    report = blemish.report("photo.jpg")
    report.mos.value, report.overall_severity.value, report.findings
    report.save("photo.html")
"""

from __future__ import annotations

from importlib import import_module, metadata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .explain.diagnosis import predict as predict
    from .explain.sensitivity.measure import sensitivity as sensitivity
    from .reports.photo_report import Report as Report
    from .reports.photo_report import report as report
    from .synth_distort import DISTORTIONS as DISTORTIONS
    from .synth_distort import Ladder as Ladder
    from .synth_distort import PhotoError as PhotoError
    from .synth_distort import distort as distort
    from .synth_distort import distort_chain as distort_chain
    from .synth_distort.transforms import Distort as Distort

__version__ = metadata.version("blemish")

# Public names, and the modules that they are imported from when first asked for: `import blemish` alone is instant.
_PUBLIC = {
    "DISTORTIONS": "synth_distort",
    "Distort": "synth_distort.transforms",
    "Ladder": "synth_distort",
    "PhotoError": "synth_distort",
    "Report": "reports.photo_report",
    "distort": "synth_distort",
    "distort_chain": "synth_distort",
    "predict": "explain.diagnosis",
    "report": "reports.photo_report",
    "sensitivity": "explain.sensitivity.measure",
}
__all__ = [
    "DISTORTIONS",
    "Distort",
    "Ladder",
    "PhotoError",
    "Report",
    "distort",
    "distort_chain",
    "predict",
    "report",
    "sensitivity",
]


def __getattr__(name: str) -> object:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'blemish' has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_PUBLIC[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_PUBLIC})
